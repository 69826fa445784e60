import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { storedForm } from '#archive/contents/stored-form.ts';
import { createRunReport } from '#archive/runs/run-report.ts';
import { systemClock } from '#foundation/clock.ts';
import { Discovery } from '#kube/discovery.ts';
import type { KubeObject, ResourceType } from '#kube/objects.ts';
import { podType } from '#kube/pods/pods.ts';
import { liveRelatedReader, type RelatedReader } from './reader.ts';
import { relatedTo } from './related.ts';

function type(group: string, resource: string, kind: string, namespaced = false): ResourceType {
  return { ...podType, group, resource, kind, namespaced, singular: kind.toLowerCase(), shortNames: [] };
}

const claims = type('', 'persistentvolumeclaims', 'PersistentVolumeClaim', true);
const accounts = type('', 'serviceaccounts', 'ServiceAccount', true);
const bindings = type('rbac.authorization.k8s.io', 'clusterrolebindings', 'ClusterRoleBinding');
const constraints = type('security.openshift.io', 'securitycontextconstraints', 'SecurityContextConstraints');

function object(
  kind: string,
  name: string,
  fields: Record<string, unknown> = {},
  namespace?: string,
): KubeObject {
  return {
    apiVersion: 'v1',
    kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    ...fields,
  };
}

const none: RelatedReader = { grantsTo: async () => [], constraintsOn: async () => [] };

async function related(type: ResourceType, object: KubeObject, reader = none): Promise<string[]> {
  const items = await relatedTo({ type, object }, reader);
  return items.map(({ resource, key }) => [resource, key.namespace, key.name].filter(Boolean).join(' '));
}

suite('what an item brings along', () => {
  test('a pod: the claims that it mounts, its priority class', async () => {
    const claim = (claimName: string) => ({ persistentVolumeClaim: { claimName } });
    const spec = {
      volumes: [claim('data'), { emptyDir: {} }, claim('logs'), claim('data'), { ephemeral: {} }, claim('')],
      priorityClassName: 'high',
    };
    assert.deepEqual(await related(podType, object('Pod', 'web', { spec }, 'shop')), [
      'persistentvolumeclaims shop data',
      'persistentvolumeclaims shop logs',
      'priorityclasses.scheduling.k8s.io high',
    ]);
    assert.deepEqual(await related(podType, object('Pod', 'bare', { spec: { volumes: null } }, 'shop')), []);
  });

  test('a claim: its volume, once it has one', async () => {
    const claim = (phase: string, volumeName: string): KubeObject =>
      object('PersistentVolumeClaim', 'data', { spec: { volumeName }, status: { phase } }, 'shop');
    assert.deepEqual(await related(claims, claim('Bound', 'pv-1')), ['persistentvolumes pv-1']);
    assert.deepEqual(await related(claims, claim('Lost', 'pv-1')), []);
    assert.deepEqual(await related(claims, claim('Bound', '')), []);
  });

  test('other types: nothing, whatever they are called', async () => {
    assert.deepEqual(await related(type('', 'constructor', 'Odd', true), object('Odd', 'x', {}, 'shop')), []);
  });
});

suite('a service account', () => {
  const subject = (kind: string, name: string, namespace?: string) => ({ kind, name, namespace });
  const binding = (name: string, clusterRole: string, ...subjects: object[]): KubeObject =>
    object('ClusterRoleBinding', name, { subjects, roleRef: { kind: 'ClusterRole', name: clusterRole } });
  const cluster = new Map<ResourceType, readonly KubeObject[]>([
    [
      bindings,
      [
        binding(
          'a',
          'edit',
          subject('ServiceAccount', 'robot', 'shop'),
          subject('ServiceAccount', 'robot', 'shop'),
        ),
        binding('b', 'edit', subject('User', 'alice'), subject('User', 'system:serviceaccount:shop:robot')),
        binding('elsewhere', 'x', subject('ServiceAccount', 'robot', 'other')),
        binding('everybody', 'y', subject('Group', 'system:serviceaccounts:shop')),
        object('ClusterRoleBinding', 'empty', { subjects: null, roleRef: { name: 'z' } }),
      ],
    ],
    [
      constraints,
      [
        object('SecurityContextConstraints', 'restricted', {
          users: ['system:serviceaccount:shop:robot', 7],
        }),
        object('SecurityContextConstraints', 'others', { users: null }),
      ],
    ],
  ]);
  const robot = object('ServiceAccount', 'robot', {}, 'shop');

  function reader(types: readonly ResourceType[], fail?: Error) {
    const lists: string[] = [];
    const report = createRunReport(systemClock);
    const reader = liveRelatedReader({
      report,
      api: {
        discover: async () => new Discovery(types),
        async *list(type) {
          lists.push(type.resource);
          if (fail !== undefined) throw fail;
          yield* cluster.get(type) ?? [];
        },
      },
    });
    return { reader, report, lists };
  }

  test('brings what names it: bindings, their roles, security context constraints', async () => {
    const { reader: live, lists } = reader([bindings, constraints]);
    const expected = [
      'clusterrolebindings.rbac.authorization.k8s.io a',
      'clusterrolebindings.rbac.authorization.k8s.io b',
      'clusterroles.rbac.authorization.k8s.io edit',
      'securitycontextconstraints.security.openshift.io restricted',
    ];
    assert.deepEqual(await related(accounts, robot, live), expected);
    assert.deepEqual(await related(accounts, robot, live), expected);
    assert.deepEqual(await related(accounts, object('ServiceAccount', 'default', {}, 'shop'), live), []);
    assert.deepEqual(lists, ['clusterrolebindings', 'securitycontextconstraints'], 'each is listed once');
  });

  test('brings nothing where the cluster has neither', async () => {
    assert.deepEqual(await related(accounts, robot, reader([]).reader), []);
  });

  test('whose bindings cannot be listed is stored alone, and that is an error, once', async () => {
    const { reader: live, report } = reader([bindings], new Error('forbidden'));
    assert.deepEqual(await related(accounts, robot, live), []);
    assert.deepEqual(await related(accounts, robot, live), []);
    assert.deepEqual(
      report.findings.map(({ severity, text }) => `${severity}: ${text.en()}`),
      [
        'error: clusterrolebindings.rbac.authorization.k8s.io could not be listed, so those that name service accounts are not in the backup: forbidden',
      ],
    );
  });

  test('is not read on after an abort', async () => {
    const report = createRunReport(systemClock);
    const signal = AbortSignal.abort(new Error('stop'));
    const discover = async (): Promise<Discovery> => {
      throw signal.reason;
    };
    const live = liveRelatedReader({ report, signal, api: { discover, list: async function* () {} } });
    await assert.rejects(relatedTo({ type: accounts, object: robot }, live), /stop/);
    assert.equal(report.errors, 0);
  });
});

suite('a claim as it is stored', () => {
  function stored(fields: { spec?: object; labels?: Record<string, string>; phase?: string }): KubeObject {
    const claim = object('PersistentVolumeClaim', 'data', {
      spec: { volumeName: 'pv-1', ...fields.spec },
      status: { phase: fields.phase ?? 'Bound' },
    });
    claim.metadata.labels = fields.labels ?? {};
    return storedForm({ type: claims, object: claim }, 'nightly');
  }

  test('has no source and, beside a class, no selector', () => {
    const spec = {
      dataSource: { name: 's' },
      dataSourceRef: { name: 's' },
      selector: { matchLabels: { a: 'b' } },
    };
    assert.deepEqual(stored({ spec })['spec'], { volumeName: 'pv-1' });
    assert.deepEqual(stored({ spec: { ...spec, storageClassName: 'fast' } })['spec'], {
      volumeName: 'pv-1',
      storageClassName: 'fast',
    });
  });

  test('keeps the selector that finds its volume, without what a restore put there', () => {
    const selector = { matchLabels: { a: 'b', 'velero.io/dynamic-pv-restore': 'x' } };
    assert.deepEqual(stored({ spec: { storageClassName: '', selector } })['spec'], {
      volumeName: 'pv-1',
      storageClassName: '',
      selector: { matchLabels: { a: 'b' } },
    });
  });

  test('loses the labels of earlier runs only', () => {
    const labels = {
      app: 'db',
      'velero.io/restore-name': 'r',
      'velero.io/backup-name': 'yesterday',
      'velero.io/volume-snapshot-name': 'v',
      'backup.velero.io/must-include-additional-items': 'true',
      'velero.io/exclude-from-backup': 'false',
    };
    assert.deepEqual(stored({ labels }).metadata.labels, {
      app: 'db',
      'velero.io/exclude-from-backup': 'false',
    });
    const own = { 'velero.io/backup-name': 'nightly' };
    assert.deepEqual(stored({ labels: own }).metadata.labels, own);
  });

  test('is untouched before it is bound, as other types are', () => {
    const spec = { dataSource: { name: 's' } };
    assert.deepEqual(stored({ spec, phase: 'Pending' })['spec'], { volumeName: 'pv-1', ...spec });
    const web = object('Pod', 'web', { spec: { dataSource: 1 }, status: { phase: 'Bound' } });
    assert.equal(storedForm({ type: podType, object: web }, 'nightly'), web);
  });
});
