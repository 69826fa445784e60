import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { connect, type KubeClient } from '#kube/client/client.ts';
import type { KubeObject, ResourceType } from '#kube/objects.ts';
import { type OwnCluster, startCluster } from '#testbed/cluster/cluster.ts';
import { pushImage } from '#testbed/openshift/image-stream-controller.ts';
import { openShiftDefinitions, typeNamed } from '#testbed/openshift/kinds.ts';
import type { StandIn } from '#testbed/openshift/reconciler.ts';
import { startOpenShift } from '#testbed/openshift/stand-ins.ts';
import { until } from './until.ts';

const namespace = 'openshift-kinds';
let cluster: OwnCluster;
let client: KubeClient;
let standIns: StandIn;
let configs: ResourceType;
let controllers: ResourceType;

before(async () => {
  cluster = await startCluster({ mode: 'light' });
  client = await connect({ kubeconfig: cluster.kubeconfig });
  standIns = await startOpenShift(client, { covers: name => name.startsWith(namespace) });
  configs = await typeNamed(client, 'deploymentconfigs.apps.openshift.io');
  controllers = await typeNamed(client, 'replicationcontrollers');
  await create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
});

after(async () => {
  await standIns.stop();
  await client.close();
  await cluster.stop();
});

async function create(object: KubeObject): Promise<KubeObject> {
  const [group = '', version = ''] = object.apiVersion.includes('/')
    ? object.apiVersion.split('/')
    : ['', object.apiVersion];
  const type = (await client.discover()).byKind(group, version, object.kind);
  assert.ok(type, `${object.kind} is served`);
  return client.create(type, object);
}

function config(name: string, triggers: object[], image = 'hozon.dev/web:1'): KubeObject {
  const labels = { app: name };
  return {
    apiVersion: 'apps.openshift.io/v1',
    kind: 'DeploymentConfig',
    metadata: { name, namespace },
    spec: {
      replicas: 2,
      selector: labels,
      triggers,
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'main', image, imagePullPolicy: 'Never' }] },
      },
    },
  };
}

const latest = (version: number) => (object: KubeObject) =>
  (object['status'] as { latestVersion?: number } | undefined)?.latestVersion === version;

const replicas = (count: number) => (object: KubeObject) =>
  (object['spec'] as { replicas: number }).replicas === count &&
  (object['status'] as { replicas: number }).replicas === count;

test('discovery names every kind, with its short name', async () => {
  const discovery = await client.discover();
  for (const { metadata } of await openShiftDefinitions())
    assert.ok(discovery.byName(metadata.name), metadata.name);
  const kinds = ['dc', 'bc', 'is', 'scc', 'co', 'hc', 'route'].map(name => discovery.resolve(name)?.kind);
  assert.deepEqual(kinds, [
    'DeploymentConfig',
    'BuildConfig',
    'ImageStream',
    'SecurityContextConstraints',
    'ClusterOperator',
    'HostedCluster',
    'Route',
  ]);
});

test('an object that its schema forbids is refused', async () => {
  const route = {
    apiVersion: 'route.openshift.io/v1',
    kind: 'Route',
    metadata: { name: 'bad', namespace },
    spec: { to: { kind: 'Service', name: 'web', weight: 1000 } },
  };
  await assert.rejects(create(route), thrown => isHozonError(thrown, 'kube.invalid'));
});

describe('the stand-in for the DeploymentConfig controller', () => {
  test('a configuration rolls out, is scaled, and rolls out again when its template changes', async () => {
    await create(config('plain', [{ type: 'ConfigChange' }]));
    const first = { namespace, name: 'plain-1' };
    const rolled = await until(client, controllers, first, replicas(2));
    assert.equal(rolled.metadata.ownerReferences?.[0]?.name, 'plain');
    await until(client, configs, { namespace, name: 'plain' }, latest(1));
    const key = { namespace, name: 'plain' };
    await client.patch(configs, key, { type: 'merge', body: { spec: { replicas: 3 } } });
    await until(client, controllers, first, replicas(3));
    const template = { metadata: { annotations: { changed: 'yes' } } };
    await client.patch(configs, key, {
      type: 'merge',
      body: { spec: { template, strategy: { type: 'Recreate' } } },
    });
    await until(client, controllers, { namespace, name: 'plain-2' }, replicas(3));
    await until(client, controllers, first, replicas(0));
    await until(client, configs, key, latest(2));
  });

  test('a pushed image rolls out by its digest in the internal registry', async () => {
    const stream = {
      apiVersion: 'image.openshift.io/v1',
      kind: 'ImageStream',
      metadata: { name: 'ruby', namespace },
      spec: {},
    };
    await create(stream);
    const from = { kind: 'ImageStreamTag', namespace, name: 'ruby:latest' };
    const imageChangeParams = { automatic: true, containerNames: ['main'], from };
    await create(config('ruby', [{ type: 'ImageChange', imageChangeParams }], ' '));
    const pushed = async (digit: string, version: number): Promise<void> => {
      const digest = `sha256:${digit.repeat(64)}`;
      const image = await pushImage(client, { namespace, stream: 'ruby', tag: 'latest', digest });
      assert.equal(image, `10.111.255.221:5000/${namespace}/ruby@${digest}`);
      const rc = await until(client, controllers, { namespace, name: `ruby-${version}` }, () => true);
      const template = (rc['spec'] as { template: { spec: { containers: { image: string }[] } } }).template;
      assert.equal(template.spec.containers[0]?.image, image);
    };
    await pushed('1', 1);
    await pushed('2', 2);
    await until(client, configs, { namespace, name: 'ruby' }, latest(2));
  });

  test('a restored controller is adopted and its version counts', async () => {
    const live = await until(client, controllers, { namespace, name: 'plain-2' }, () => true);
    const labels = { ...live.metadata.labels, 'openshift.io/deployment-config.name': 'restored' };
    const annotations = { 'openshift.io/deployment-config.latest-version': '5' };
    const pods = { app: 'restored', deployment: 'restored-5', deploymentconfig: 'restored' };
    const container = { name: 'main', image: 'hozon.dev/web:1' };
    await create({
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: 'restored-5', namespace, labels, annotations },
      spec: {
        replicas: 0,
        selector: pods,
        template: { metadata: { labels: pods }, spec: { containers: [container] } },
      },
    });
    const made = await create(config('restored', [{ type: 'ConfigChange' }]));
    const adopted = await until(client, controllers, { namespace, name: 'restored-5' }, replicas(2));
    assert.equal(adopted.metadata.ownerReferences?.[0]?.uid, made.metadata.uid);
    await until(client, configs, { namespace, name: 'restored' }, latest(5));
  });

  test('a paused configuration waits until it is resumed', async () => {
    const paused = config('paused', [{ type: 'ConfigChange' }]);
    (paused['spec'] as { paused: boolean }).paused = true;
    await create(paused);
    const key = { namespace, name: 'paused' };
    await until(client, configs, key, latest(0));
    assert.equal(await client.get(controllers, { namespace, name: 'paused-1' }), undefined);
    await client.patch(configs, key, { type: 'merge', body: { spec: { paused: false } } });
    await until(client, controllers, { namespace, name: 'paused-1' }, replicas(2));
  });
});

test('a project gets its UID range, dockercfg secrets and route hosts', async () => {
  const namespaces = await typeNamed(client, 'namespaces');
  const ranged = await until(client, namespaces, { name: namespace }, ({ metadata }) =>
    Object.hasOwn(metadata.annotations ?? {}, 'openshift.io/sa.scc.uid-range'),
  );
  assert.match(ranged.metadata.annotations?.['openshift.io/sa.scc.uid-range'] ?? '', /^1000\d{6}\/10000$/);
  const accounts = await typeNamed(client, 'serviceaccounts');
  const secrets = await typeNamed(client, 'secrets');
  for (const name of ['default', 'builder', 'deployer']) {
    const account = await until(
      client,
      accounts,
      { namespace, name },
      object => object['imagePullSecrets'] !== undefined,
    );
    const [reference] = account['imagePullSecrets'] as { name: string }[];
    const secret = await client.get(secrets, { namespace, name: reference?.name ?? '' });
    assert.equal(secret?.['type'], 'kubernetes.io/dockercfg');
  }
  const routes = await typeNamed(client, 'routes.route.openshift.io');
  await create({
    apiVersion: 'route.openshift.io/v1',
    kind: 'Route',
    metadata: { name: 'web', namespace },
    spec: { to: { kind: 'Service', name: 'web' } },
  });
  const route = await until(
    client,
    routes,
    { namespace, name: 'web' },
    object => object['status'] !== undefined,
  );
  assert.equal((route['spec'] as { host: string }).host, `web-${namespace}.apps.example.com`);
  assert.equal(route.metadata.annotations?.['openshift.io/host.generated'], 'true');
});

test('what is played elsewhere is left alone', async () => {
  const other = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'elsewhere' } };
  await create(other);
  const namespaces = await typeNamed(client, 'namespaces');
  await create({ ...other, metadata: { name: `${namespace}-2` } });
  await until(
    client,
    namespaces,
    { name: `${namespace}-2` },
    ({ metadata }) => metadata.annotations !== undefined,
  );
  const untouched = await client.get(namespaces, { name: 'elsewhere' });
  assert.equal(untouched?.metadata.annotations, undefined);
});
