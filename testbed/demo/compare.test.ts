import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '#kube/objects.ts';
import { compareObjects, explain, formatDifference, type Listed, type NewNames } from './compare.ts';
import { restoreReasons } from './reasons.ts';
import { reportOf } from './report.ts';

type Fields = Record<string, unknown>;

function listed(resource: string, object: Fields): Listed {
  const [plural = '', ...group] = resource.split('.');
  return { type: { resource: plural, group: group.join('.') }, object: object as unknown as KubeObject };
}

function one(resource: string, metadata: Fields, rest: Fields = {}): Listed {
  return listed(resource, { metadata: { namespace: 'shop', name: 'web', ...metadata }, ...rest });
}

/** The titles of the reasons that explain what differs, `-` for what none explains. */
function reasonsFor(before: Listed[], after: Listed[], names: NewNames = {}): string[] {
  const differences = compareObjects(before, after, names);
  const { groups, unexplained } = explain(differences, restoreReasons, names);
  return [...groups.map(({ reason }) => reason.title), ...unexplained.map(() => '-')];
}

test('objects are found again under the new name of their project', () => {
  const before = [one('configmaps', {}), listed('namespaces', { metadata: { name: 'shop' } })];
  const after = [
    listed('namespaces', { metadata: { name: 'shop-copy' } }),
    one('configmaps', { namespace: 'shop-copy' }),
  ];
  const lines = compareObjects(before, after, { shop: 'shop-copy' }).map(formatDifference);
  assert.deepEqual(lines, [
    'configmaps shop-copy/web metadata.namespace: "shop" → "shop-copy"',
    'namespaces shop-copy metadata.name: "shop" → "shop-copy"',
  ]);
  assert.deepEqual(reasonsFor(before, after, { shop: 'shop-copy' }), ['the new name of the project']);
  assert.deepEqual(compareObjects(before, after).map(formatDifference), [
    'configmaps shop/web is missing',
    'namespaces shop is missing',
    'namespaces shop-copy is new',
    'configmaps shop-copy/web is new',
  ]);
});

test('what a restore cannot keep is explained', () => {
  const expectations: [reason: string, before: Listed, after: Listed][] = [
    [
      'a new identity',
      one('secrets', { uid: 'a', resourceVersion: '7', creationTimestamp: 't' }),
      one('secrets', { uid: 'b', resourceVersion: '9', creationTimestamp: 'u' }),
    ],
    [
      'labels of the restore',
      one('secrets', { labels: { app: 'web' } }),
      one('secrets', { labels: { app: 'web', 'velero.io/backup-name': 'b', 'velero.io/restore-name': 'r' } }),
    ],
    [
      'owners',
      one('pods', {
        ownerReferences: [{ apiVersion: 'v1', kind: 'ReplicationController', name: 'web', uid: 'a' }],
      }),
      one('pods', {
        ownerReferences: [{ apiVersion: 'v1', kind: 'ReplicationController', name: 'web', uid: 'b' }],
      }),
    ],
    [
      'another cluster IP',
      one('services', {}, { spec: { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'] } }),
      one('services', {}, { spec: { clusterIP: '10.0.0.2', clusterIPs: ['10.0.0.2'] } }),
    ],
    [
      'another node port',
      one('services', {}, { spec: { ports: [{ name: 'http', port: 80, nodePort: 30001 }] } }),
      one('services', {}, { spec: { ports: [{ name: 'http', port: 80, nodePort: 30002 }] } }),
    ],
    [
      'a volume made anew',
      one('persistentvolumeclaims', {}, { spec: { volumeName: 'pvc-1' } }),
      one('persistentvolumeclaims', {}, { spec: { volumeName: 'pvc-2' } }),
    ],
    [
      'the token of the service account',
      one('pods', {}, mounting('kube-api-access-aaaaa')),
      one('pods', {}, mounting('kube-api-access-bbbbb')),
    ],
    [
      'addresses of pods',
      one(
        'endpoints',
        { labels: { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' } },
        { subsets: [1] },
      ),
      one(
        'endpoints',
        { labels: { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' } },
        { subsets: [2] },
      ),
    ],
    [
      'status that nobody writes again',
      one('buildconfigs.build.openshift.io', {}, { status: { lastVersion: 1 } }),
      one('buildconfigs.build.openshift.io', {}),
    ],
    [
      'status',
      one('pods', {}, { status: { podIP: '10.1.0.1' } }),
      one('pods', {}, { status: { podIP: '10.1.0.2' } }),
    ],
  ];
  for (const [reason, before, after] of expectations)
    assert.deepEqual(reasonsFor([before], [after]), [reason]);
});

function mounting(volume: string): Fields {
  return {
    spec: {
      volumes: [{ name: volume, projected: { sources: [] } }],
      containers: [{ name: 'web', volumeMounts: [{ name: volume, mountPath: '/var/run/secrets' }] }],
    },
  };
}

test('what has ended is not missed, what ran is', () => {
  const ended = one('pods', {}, { status: { phase: 'Succeeded' } });
  const running = one('pods', {}, { status: { phase: 'Running' } });
  const job = one('jobs.batch', {}, { status: { completionTime: 't' } });
  assert.deepEqual(reasonsFor([ended, job], []), ['builds, jobs and pods that had ended']);
  assert.deepEqual(reasonsFor([running], []), ['-']);
  assert.deepEqual(reasonsFor([one('jobs.batch', {})], []), ['-']);
});

test('pods may be replaced by as many of the same maker', () => {
  const made = (name: string, kind = 'ReplicationController'): Listed =>
    one('pods', {
      name,
      generateName: 'web-1-',
      ownerReferences: [{ ...owner('web-1'), kind, controller: true }],
    });
  assert.deepEqual(reasonsFor([made('web-1-a'), made('web-1-b')], [made('web-1-c'), made('web-1-d')]), [
    'pods that were made anew',
  ]);
  assert.deepEqual(reasonsFor([made('web-1-a'), made('web-1-b')], [made('web-1-c')]), ['-', '-', '-']);
  assert.deepEqual(reasonsFor([made('a', 'ReplicaSet')], [made('b', 'ReplicaSet')]), ['-', '-']);
});

test('a pull secret may come and go, no other secret', () => {
  const pull = one('secrets', { name: 'default-dockercfg-x7k2p' });
  assert.deepEqual(reasonsFor([], [pull]), ['pull secrets of service accounts']);
  assert.deepEqual(reasonsFor([one('secrets', {})], []), ['-']);
  const account = (...names: string[]): Listed =>
    one('serviceaccounts', {}, { secrets: names.map(name => ({ name })) });
  assert.deepEqual(reasonsFor([account('ours')], [account('ours', 'web-dockercfg-abcde')]), [
    'pull secrets of service accounts',
  ]);
  assert.deepEqual(reasonsFor([account('ours')], [account()]), ['-']);
});

test('what a restore must keep is never explained away', () => {
  const spec = (fields: Fields): Fields => ({ spec: fields });
  const losses: [what: string, before: Listed, after: Listed][] = [
    [
      'replicas',
      one('deployments.apps', {}, spec({ replicas: 2 })),
      one('deployments.apps', {}, spec({ replicas: 1 })),
    ],
    [
      'an image',
      one('pods', {}, spec({ containers: [{ name: 'web', image: 'web:1' }] })),
      one('pods', {}, spec({ containers: [{ name: 'web', image: 'web:2' }] })),
    ],
    ['a label', one('secrets', { labels: { app: 'web' } }), one('secrets', {})],
    [
      'an annotation',
      one('secrets', { annotations: { a: 'b' } }),
      one('secrets', { annotations: { a: 'c' } }),
    ],
    ['a finalizer', one('secrets', { finalizers: ['x/y'] }), one('secrets', {})],
    ['data', one('secrets', {}, { data: { a: 'YQ==' } }), one('secrets', {}, { data: { a: 'Yg==' } })],
    [
      'a headless service',
      one('services', {}, spec({ clusterIP: 'None' })),
      one('services', {}, spec({ clusterIP: '10.0.0.1' })),
    ],
    [
      'a port',
      one('services', {}, spec({ ports: [{ port: 80 }] })),
      one('services', {}, spec({ ports: [{ port: 81 }] })),
    ],
    [
      'an owner',
      one('pods', { ownerReferences: [owner('a')] }),
      one('pods', { ownerReferences: [owner('b')] }),
    ],
    [
      'a volume',
      one('persistentvolumeclaims', {}, spec({ volumeName: 'pvc-1' })),
      one('persistentvolumeclaims', {}, spec({})),
    ],
    ['a mount', one('pods', {}, mounting('data-a')), one('pods', {}, mounting('data-b'))],
    ['handmade endpoints', one('endpoints', {}, { subsets: [1] }), one('endpoints', {}, { subsets: [2] })],
    [
      'a phase',
      one('pods', {}, { status: { phase: 'Running' } }),
      one('pods', {}, { status: { phase: 'Pending' } }),
    ],
    [
      'readiness',
      one('pods', {}, { status: { conditions: [{ type: 'Ready', status: 'True' }] } }),
      one('pods', {}, { status: { conditions: [{ type: 'Ready', status: 'False' }] } }),
    ],
    [
      'pods of a workload',
      one('statefulsets.apps', {}, { status: { readyReplicas: 1 } }),
      one('statefulsets.apps', {}, { status: {} }),
    ],
  ];
  for (const [what, before, after] of losses) {
    const found = new Set(reasonsFor([before], [after]));
    assert.ok(found.has('-'), `${what}: ${[...found].join()}`);
  }
});

function owner(name: string): Fields {
  return { apiVersion: 'v1', kind: 'ReplicationController', name, uid: name };
}

test('a name is new only where the project got it', () => {
  const role = (namespace: string): Listed =>
    one(
      'rolebindings.rbac.authorization.k8s.io',
      {},
      { subjects: [{ kind: 'ServiceAccount', name: 'a', namespace }] },
    );
  assert.deepEqual(reasonsFor([role('shop')], [role('other')]), ['-']);
  const moved = one('configmaps', { namespace: 'copy' }, { data: { home: 'copy' } });
  assert.deepEqual(
    reasonsFor([one('configmaps', {}, { data: { home: 'shop' } })], [moved], { shop: 'copy' }),
    ['the new name of the project', '-'],
  );
});

test('the report shows each reason with examples, and everything that none explains', () => {
  const before = [one('secrets', { uid: 'a', labels: { app: 'web' } }), one('services', { uid: 'b' })];
  const after = [one('secrets', { uid: 'c' }), one('services', { uid: 'd' })];
  const lines = reportOf(explain(compareObjects(before, after), restoreReasons));
  assert.equal(lines[0], 'a new identity (2 fields of 2 objects)');
  assert.ok(lines.includes('    secrets shop/web metadata.uid: "a" → "c"'));
  assert.deepEqual(lines.slice(-2), [
    'NOT EXPLAINED (1 field of 1 object)',
    '    secrets shop/web metadata.labels.app: "web" → nothing',
  ]);
});
