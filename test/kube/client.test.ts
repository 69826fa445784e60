import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { suite, test } from 'node:test';
import { isDeepStrictEqual, promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import { isHozonError } from '#foundation/errors.ts';
import { connect, type KubeClient } from '#kube/client/client.ts';
import { groupResource, type KubeObject } from '#kube/objects.ts';
import { liveReader } from '#kube/resource-reader.ts';
import { statusOf } from '#kube/status.ts';
import { live } from './live.ts';

const up = live('light');
const run = promisify(execFile);
const code = (wanted: string) => (thrown: unknown) => isHozonError(thrown, wanted);

async function kubectl(...args: string[]): Promise<string> {
  const { cluster } = up();
  return (await run(cluster.kubectl, ['--kubeconfig', cluster.kubeconfig, ...args])).stdout;
}

test('discovery finds what kubectl finds', async () => {
  const found = async (): Promise<string[]> => {
    const { preferred } = await up().client.discover({ refresh: true });
    return preferred.map(groupResource).sort();
  };
  for (let before = await found(); ; ) {
    const names = (await kubectl('api-resources', '--no-headers', '-o', 'name')).trim().split('\n').sort();
    const after = await found();
    if (isDeepStrictEqual(before, after)) {
      assert.deepEqual(after, names);
      break;
    }
    before = after; // another test has defined a type meanwhile
  }
  assert.match((await up().client.version()).gitVersion, /^v1\./);
});

test('a new type is there after a refresh, and its objects live and die', async () => {
  const { client, namespace } = up();
  const group = `${namespace}.example.org`;
  const names = { plural: 'widgets', singular: 'widget', kind: 'Widget' };
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const version = (name: string, storage: boolean) => ({ name, served: true, storage, schema });
  const crdType = up().type('customresourcedefinitions.apiextensions.k8s.io');
  const key = { name: `widgets.${group}` };
  await client.create(crdType, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: key,
    spec: { group, names, scope: 'Namespaced', versions: [version('v1beta1', false), version('v1', true)] },
  });
  let type = up().discovery.byName(`widgets.${group}`);
  const deadline = AbortSignal.timeout(180_000);
  while (type === undefined) {
    type = (await client.discover({ refresh: true, signal: deadline })).byName(`widgets.${group}`);
  }
  assert.equal(type.version, 'v1');
  const widget: KubeObject = {
    apiVersion: `${group}/v1`,
    kind: 'Widget',
    metadata: { name: 'w', namespace },
    spec: { size: 3 },
  };
  await client.create(type, widget);
  const found = await Array.fromAsync(client.list(type, { namespace }));
  assert.deepEqual(
    found.map(object => [object.apiVersion, object.kind, object['spec']]),
    [[`${group}/v1`, 'Widget', { size: 3 }]],
  );
  assert.equal(await client.delete(type, { namespace, name: 'w' }), true);
});

suite('an object', () => {
  test('is created, read, replaced, patched in every way and deleted', async () => {
    const { client, type, configMap, namespace } = up();
    const maps = type('configmaps');
    const key = { namespace, name: 'one' };
    const dataOf = (object: KubeObject | undefined): unknown => object?.['data'];
    assert.equal(await client.get(maps, key), undefined);
    const created = await client.create(maps, configMap('one', { a: '1' }));
    await assert.rejects(client.create(maps, configMap('one')), code('kube.already-exists'));
    const replaced = await client.replace(maps, { ...created, data: { a: '2' } });
    await assert.rejects(client.replace(maps, { ...created, data: { a: '3' } }), code('kube.conflict'));
    assert.deepEqual(dataOf(await client.get(maps, key)), { a: '2' });
    assert.deepEqual(dataOf(await client.patch(maps, key, { type: 'merge', body: { data: { b: '1' } } })), {
      a: '2',
      b: '1',
    });
    assert.deepEqual(
      dataOf(await client.patch(maps, key, { type: 'strategic', body: { data: { a: null } } })),
      { b: '1' },
    );
    const operations = [{ op: 'replace', path: '/data/b', value: '2' }];
    assert.deepEqual(dataOf(await client.patch(maps, key, { type: 'json', body: operations })), { b: '2' });
    await assert.rejects(client.delete(maps, key, { uid: 'another' }), code('kube.conflict'));
    assert.equal(
      await client.delete(maps, key, {
        uid: replaced.metadata.uid,
        gracePeriodSeconds: 0,
      }),
      true,
    );
    assert.equal(await client.delete(maps, key), false);
  });

  test('is applied; who owns a field is heeded, and told', async () => {
    const { client, type, configMap, namespace } = up();
    const maps = type('configmaps');
    const key = { namespace, name: 'applied' };
    const apply = (value: string, fieldManager: string, force = false) =>
      client.patch(
        maps,
        key,
        { type: 'apply', body: configMap('applied', { a: value }), force },
        { fieldManager },
      );
    await apply('1', 'first');
    await assert.rejects(apply('2', 'second'), (thrown: unknown) => {
      assert.ok(isHozonError(thrown, 'kube.conflict'));
      assert.deepEqual(
        statusOf(thrown)?.causes.map(cause => cause.field),
        ['.data.a'],
      );
      return true;
    });
    assert.deepEqual((await apply('2', 'second', true))['data'], { a: '2' });
    await assert.rejects(client.patch(maps, key, { type: 'apply', body: {} }), /needs a fieldManager/);
  });

  test('a dry run changes nothing', async () => {
    const { client, type, configMap, namespace } = up();
    const created = await client.create(type('configmaps'), configMap('dry'), { dryRun: true });
    assert.ok(created.metadata.uid);
    assert.equal(await client.get(type('configmaps'), { namespace, name: 'dry' }), undefined);
  });

  test('that is invalid is refused field by field', async () => {
    const { client, type, configMap } = up();
    await assert.rejects(client.create(type('configmaps'), configMap('Not_A_Name')), (thrown: unknown) => {
      assert.ok(isHozonError(thrown, 'kube.invalid'));
      assert.equal(statusOf(thrown)?.reason, 'Invalid');
      assert.equal(statusOf(thrown)?.causes[0]?.field, 'metadata.name');
      return true;
    });
    const nowhere = { ...configMap('x'), metadata: { name: 'x', namespace: 'no-such-namespace' } };
    await assert.rejects(client.create(type('configmaps'), nowhere), code('kube.not-found'));
  });

  test('has its status and scale apart', async () => {
    const { client, type, namespace } = up();
    const deployments = type('deployments.apps');
    const key = { namespace, name: 'web' };
    const labels = { app: 'web' };
    const containers = [{ name: 'c', image: 'x' }];
    await client.create(deployments, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: key,
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers } },
      },
    });
    const scaled = await client.patch(
      deployments,
      key,
      { type: 'merge', body: { spec: { replicas: 2 } } },
      { subresource: 'scale' },
    );
    assert.equal(scaled.kind, 'Scale');
    const body = { metadata: { labels: { ignored: 'x' } }, status: { observedGeneration: 99 } };
    await client.patch(deployments, key, { type: 'merge', body }, { subresource: 'status' });
    const found = await client.get(deployments, key);
    assert.ok(found);
    assert.equal((found['spec'] as { replicas: number }).replicas, 2);
    assert.equal(found.metadata.labels?.['ignored'], undefined);
    await client.delete(deployments, key, { propagation: 'Background' });
  });

  test('may have a name that a URL must escape', async () => {
    const { client, type, namespace } = up();
    const key = { name: `${namespace}:odd name?#+ü` };
    const roles = type('clusterroles.rbac.authorization.k8s.io');
    await client.create(roles, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: key,
      rules: [],
    });
    assert.equal((await client.get(roles, key))?.metadata.name, key.name);
    assert.equal(await client.delete(roles, key), true);
  });
});

suite('a list', () => {
  test('of many objects is whole in any page size, filtered by the server', async () => {
    const { client, type, namespace, configMap } = up();
    const maps = type('configmaps');
    const parity = (index: number) => `${namespace}-${index % 2 === 0 ? 'even' : 'odd'}`;
    const names = Array.from({ length: 120 }, (_, index) => `many-${String(index).padStart(3, '0')}`);
    await Promise.all(
      names.map(async (name, index) => {
        const object = configMap(name);
        return client.create(maps, {
          ...object,
          metadata: { ...object.metadata, labels: { many: parity(index) } },
        });
      }),
    );
    const list = async (labelSelector: string, pageSize: number): Promise<string[]> => {
      const found = await Array.fromAsync(client.list(maps, { namespace, labelSelector, pageSize }));
      return found.map(object => object.metadata.name);
    };
    for (const pageSize of [1, 7, 120, 1000]) assert.deepEqual(await list('many', pageSize), names);
    assert.deepEqual(
      await list(`many=${parity(1)}`, 50),
      names.filter((_, index) => index % 2 === 1),
    );
    const labelSelector = `many in (${parity(0)},${parity(1)})`;
    const everywhere = await Array.fromAsync(client.list(maps, { labelSelector }));
    assert.equal(everywhere.length, names.length);
    const one = await Array.fromAsync(
      client.list(maps, { namespace, fieldSelector: 'metadata.name=many-007' }),
    );
    assert.deepEqual(
      one.map(object => object.kind),
      ['ConfigMap'],
    );
    await assert.rejects(list('not a selector', 5), code('kube.rejected'));
  });

  test('reads the same through a reader', async () => {
    const { client, type, namespace } = up();
    const reader = liveReader(client);
    const types = await reader.types();
    assert.ok(types.some(one => one.resource === 'configmaps'));
    assert.ok(types.every(one => one.resource !== 'tokenreviews'));
    const read = await Array.fromAsync(reader.read(type('configmaps'), { namespace }));
    assert.deepEqual(read, await Array.fromAsync(client.list(type('configmaps'), { namespace })));
    const name = read[0]?.metadata.name ?? '';
    assert.deepEqual(await reader.get(type('configmaps'), { namespace, name }), read[0]);
    const absent = { ...type('configmaps'), group: 'absent.example.org' };
    assert.deepEqual(await Array.fromAsync(reader.read(absent)), []);
  });
});

suite('a watch', () => {
  test('shows what is there, then what happens', async () => {
    const { client, type, namespace, configMap } = up();
    const maps = type('configmaps');
    const label = (object: KubeObject): KubeObject => ({
      ...object,
      metadata: { ...object.metadata, labels: { watched: 'yes' } },
    });
    await client.create(maps, label(configMap('w1')));
    const seen: string[] = [];
    for await (const event of client.watch(maps, {
      namespace,
      labelSelector: 'watched=yes',
      signal: AbortSignal.timeout(180_000),
    })) {
      if (event.type === 'BOOKMARK') {
        seen.push('BOOKMARK');
        await client.create(maps, label(configMap('w2')));
        await client.patch(maps, { namespace, name: 'w2' }, { type: 'merge', body: { data: { a: '1' } } });
        await client.delete(maps, { namespace, name: 'w2' });
      } else {
        seen.push(`${event.type} ${event.object.metadata.name}`);
        assert.equal(event.object.apiVersion, 'v1');
      }
      if (event.type === 'DELETED') break;
    }
    assert.deepEqual(seen, ['ADDED w1', 'BOOKMARK', 'ADDED w2', 'MODIFIED w2', 'DELETED w2']);
  });
});

suite('who asks', () => {
  test('a user without rights is told what is not allowed', async () => {
    const { cluster, type, namespace } = up();
    await using client = await connect({ kubeconfig: await cluster.createUser('nobody-in-particular') });
    await assert.rejects(Array.fromAsync(client.list(type('secrets'), { namespace })), (thrown: unknown) => {
      assert.ok(isHozonError(thrown, 'kube.forbidden'));
      assert.match(thrown.message, /nobody-in-particular.*cannot list resource "secrets"/);
      return true;
    });
  });

  test('an administrator can act as somebody else', async () => {
    const { cluster, discovery } = up();
    const reviews = discovery.byName('selfsubjectreviews.authentication.k8s.io');
    assert.ok(reviews);
    const impersonation = {
      user: 'jane',
      groups: ['a', 'b'],
      uid: '7',
      extra: { 'example.org/Team x': ['1', '2'] },
    };
    await using client = await connect({ kubeconfig: cluster.kubeconfig, impersonation });
    const review = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'SelfSubjectReview',
      metadata: {},
    } as KubeObject;
    const { userInfo } = (await client.create(reviews, review))['status'] as {
      userInfo: Record<string, unknown>;
    };
    assert.equal(userInfo['username'], 'jane');
    assert.equal(userInfo['uid'], '7');
    assert.deepEqual(userInfo['groups'], ['a', 'b', 'system:authenticated']);
    assert.deepEqual(userInfo['extra'], { 'example.org/team x': ['1', '2'] });
  });

  test('a service account from inside the cluster, with its token and CA in files', async () => {
    const { cluster, namespace, type } = up();
    const directory = await mkdtemp(path.join(os.tmpdir(), 'hozon-sa-'));
    try {
      await kubectl(
        'create',
        'rolebinding',
        'view',
        '--clusterrole=view',
        `--serviceaccount=${namespace}:default`,
        '-n',
        namespace,
      );
      await writeFile(
        path.join(directory, 'token'),
        await kubectl('create', 'token', 'default', '-n', namespace),
      );
      await writeFile(path.join(directory, 'ca.crt'), await readFile(cluster.caFile));
      await writeFile(path.join(directory, 'namespace'), namespace);
      const { hostname, port } = new URL(cluster.server);
      const env = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
      await using client = await connect({ env, home: directory, serviceAccountDirectory: directory });
      assert.equal(client.connection.namespace, namespace);
      assert.ok((await Array.fromAsync(client.list(type('configmaps'), { namespace }))).length > 0);
      await assert.rejects(client.get(type('secrets'), { namespace, name: 'x' }), code('kube.forbidden'));
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

suite('trust', () => {
  interface Kubeconfig {
    clusters: { cluster: Record<string, unknown> }[];
    users: { user: Record<string, unknown> }[];
  }

  /** A client of a kubeconfig that was changed. */
  async function changed(
    change: (cluster: Record<string, unknown>, user: Record<string, unknown>) => void,
  ): Promise<KubeClient> {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'hozon-trust-'));
    try {
      const config = parse(await readFile(up().cluster.kubeconfig, 'utf8')) as Kubeconfig;
      const [cluster, user] = [config.clusters[0]?.cluster ?? {}, config.users[0]?.user ?? {}];
      change(cluster, user);
      const kubeconfig = path.join(directory, 'config');
      await writeFile(kubeconfig, stringify(config));
      return await connect({ kubeconfig });
    } finally {
      await rm(directory, { recursive: true });
    }
  }

  const noAuthority = (cluster: Record<string, unknown>): void => {
    delete cluster['certificate-authority'];
    delete cluster['certificate-authority-data'];
  };

  test('a server whose authority is not known is not spoken to, unless one insists', async () => {
    await using strict = await changed(noAuthority);
    await assert.rejects(strict.version(), code('kube.tls'));
    await using insecure = await changed(cluster => {
      noAuthority(cluster);
      cluster['insecure-skip-tls-verify'] = true;
    });
    assert.ok(await insecure.version());
  });

  test('the certificate must have the name that is asked for', async () => {
    await using right = await changed(cluster => {
      cluster['tls-server-name'] = 'kubernetes.default.svc';
    });
    assert.ok(await right.version());
    await using wrong = await changed(cluster => {
      cluster['tls-server-name'] = 'other.example';
    });
    await assert.rejects(wrong.version(), code('kube.tls'));
  });

  test('a token that nobody issued is not accepted', async () => {
    await using client = await changed((_cluster, user) => {
      for (const key of Object.keys(user)) delete user[key];
      user['token'] = 'not-a-token';
    });
    await assert.rejects(client.get(up().type('nodes'), { name: 'x' }), code('kube.unauthorized'));
  });
});

test('sixty-four requests at once keep to the bound', async () => {
  const { cluster, type, namespace } = up();
  await using client = await connect({ kubeconfig: cluster.kubeconfig, concurrency: 4 });
  const key = { namespace, name: 'kube-root-ca.crt' };
  await Promise.all(Array.from({ length: 64 }, () => client.get(type('configmaps'), key)));
  assert.equal(client.stats().waits, 60);
  assert.equal(client.stats().retries, 0);
});
