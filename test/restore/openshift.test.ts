import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '#kube/client/client.ts';
import { listAt, textAt, valueAt } from '#kube/fields.ts';
import { formatKey, type KubeObject, type ObjectKey } from '#kube/objects.ts';
import { planRestore } from '#restore/plan/make.ts';
import { restoreRoles } from '#restore/plan/roles.ts';
import { backupsIn } from '#restore/source.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { startCluster } from '#testbed/cluster/cluster.ts';
import { internalRegistry } from '#testbed/openshift/image-stream.ts';
import { typeNamed } from '#testbed/openshift/kinds.ts';
import { startOpenShift } from '#testbed/openshift/stand-ins.ts';
import { runBackup } from '../backup/setting.ts';
import { bindRoles } from './binding.ts';
import { namespaceObject } from './objects.ts';
import { type Restored, restored, restoreOf } from './scene.ts';

/** A project of a cluster whose registry is named by its service, restored where it is named by an address. */
const [project, copy] = ['shop', 'shop-copy'];
const oldRegistry = 'image-registry.openshift-image-registry.svc:5000';
const digest = `sha256:${'a'.repeat(64)}`;
const ofOldCluster = `${oldRegistry}/${project}/web@${digest}`;
const ofThisCluster = `${internalRegistry}/${copy}/web@${digest}`;

const parts = new AsyncDisposableStack();
let cluster: Awaited<ReturnType<typeof startCluster>>;
let backup: string;
let client: Awaited<ReturnType<typeof connect>>;
let store: ObjectStore;
let outcome: Restored;
let said: readonly string[] = [];
let registryOfBackup: string | undefined;

before(async () => {
  cluster = await startCluster({ mode: 'light' });
  parts.defer(() => cluster.stop());
  client = parts.use(await connect({ kubeconfig: cluster.kubeconfig }));
  const root = await mkdtemp(join(tmpdir(), 'hozon-openshift-'));
  parts.defer(() => rm(root, { recursive: true }));
  store = new FilesystemStore(root);
  const standIns = await startOpenShift(client);
  parts.defer(() => standIns.stop());
  backup = await backedUp();
  await arriveInAnotherCluster();
  outcome = await restored(
    { client, store },
    restoreOf(backup, { namespaceMapping: { [project]: copy }, includedNamespaces: [project] }),
  );
  said = outcome.said;
});

after(() => parts.disposeAsync());

async function backedUp(): Promise<string> {
  await make(namespaceObject('openshift-image-registry'));
  await make(registryService());
  await make(namespaceObject(project));
  await until(
    'its accounts have pull secrets',
    async () =>
      listAt(await get('serviceaccounts', { namespace: project, name: 'builder' }), 'imagePullSecrets')
        .length > 0 &&
      listAt(await get('serviceaccounts', { namespace: project, name: 'default' }), 'imagePullSecrets')
        .length > 0,
  );
  for (const object of projectObjects()) await make(object);
  await until(
    'the router has admitted its routes',
    async () =>
      textAt(await get('routes.route.openshift.io', { namespace: project, name: 'web' }), 'spec', 'host') !==
      undefined,
  );
  await until(
    'its configuration is rolled out',
    async () => (await get('replicationcontrollers', { namespace: project, name: 'web-1' })) !== undefined,
  );
  const { backup, name } = await runBackup({ includedNamespaces: [project] }, { api: client, store });
  registryOfBackup = backup.metadata.annotations?.['openshift.io/backup-registry-hostname'];
  return name;
}

/** Here, an address is what image streams say. */
async function arriveInAnotherCluster(): Promise<void> {
  await make(namespaceObject('openshift'));
  await make(imageStream('openshift', 'httpd', 'docker.io/library/httpd:2'));
  await until('the registry is known', async () => {
    const stream = await get('imagestreams.image.openshift.io', { namespace: 'openshift', name: 'httpd' });
    return textAt(stream, 'status', 'dockerImageRepository') !== undefined;
  });
}

function registryService(): KubeObject {
  const metadata = { name: 'image-registry', namespace: 'openshift-image-registry' };
  return { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 5000 }] } };
}

function imageStream(namespace: string, name: string, image: string): KubeObject {
  return {
    apiVersion: 'image.openshift.io/v1',
    kind: 'ImageStream',
    metadata: { name, namespace },
    spec: { tags: [{ name: 'latest', from: { kind: 'DockerImage', name: image } }] },
  };
}

function projectObjects(): KubeObject[] {
  const object = (
    apiVersion: string,
    kind: string,
    name: string,
    rest: Partial<KubeObject> & { annotations?: Record<string, string> } = {},
  ): KubeObject => {
    const { annotations = {}, ...fields } = rest;
    return { apiVersion, kind, metadata: { name, namespace: project, annotations }, ...fields };
  };
  const container = { name: 'main', image: ofOldCluster };
  const labels = { app: 'web' };
  const template = { metadata: { labels }, spec: { containers: [container] } };
  const to = { kind: 'Service', name: 'web' };
  const ports = [{ port: 80, protocol: 'TCP', targetPort: 80 }];
  const served = { 'service.beta.openshift.io/originating-service-name': 'web' };
  const docker = { kind: 'DockerImage', name: `${oldRegistry}/${project}/base:1` };
  const builder = { name: 'builder-dockercfg-b7x4k' };
  return [
    imageStream(project, 'web', `${oldRegistry}/${project}/base:1`),
    object('apps.openshift.io/v1', 'DeploymentConfig', 'web', {
      spec: { replicas: 2, selector: labels, template, triggers: [{ type: 'ConfigChange' }] },
    }),
    object('apps/v1', 'Deployment', 'api', {
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'api' } },
        template: { metadata: { labels: { app: 'api' } }, spec: { containers: [container] } },
      },
    }),
    object('build.openshift.io/v1', 'BuildConfig', 'web', {
      spec: {
        output: { to: docker, pushSecret: builder },
        strategy: { type: 'Docker', dockerStrategy: { from: docker, pullSecret: builder } },
        source: { type: 'Git', git: { uri: 'https://git.example.com/web' } },
      },
    }),
    object('build.openshift.io/v1', 'Build', 'web-1', { spec: {} }),
    object('v1', 'Pod', 'web-1-build', {
      annotations: { 'openshift.io/build.name': 'web-1' },
      spec: { containers: [container] },
    }),
    object('v1', 'Pod', 'alone', { spec: { containers: [container] } }),
    object('v1', 'Secret', 'web-tls', { annotations: served, data: { 'tls.key': 'b2xk' } }),
    object('v1', 'Secret', 'password', { data: { password: 'b2xk' } }),
    object('route.openshift.io/v1', 'Route', 'web', { spec: { to } }),
    object('route.openshift.io/v1', 'Route', 'chosen', { spec: { to, host: 'www.example.com' } }),
    object('v1', 'Service', 'outside', {
      spec: { type: 'LoadBalancer', ports, externalIPs: ['192.0.2.9'], selector: labels },
    }),
  ];
}

async function make(object: KubeObject): Promise<void> {
  const discovery = await client.discover();
  const [version = '', group = ''] = object.apiVersion.split('/').reverse();
  const type = discovery.byKind(group, version, object.kind);
  assert.ok(type, object.kind);
  await client.create(type, object);
}

async function get(resource: string, key: ObjectKey): Promise<KubeObject | undefined> {
  return client.get(await typeNamed(client, resource), key);
}

const here = (resource: string, name: string): Promise<KubeObject | undefined> =>
  get(resource, { namespace: copy, name });

async function until(what: string, done: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await done()); tries++) {
    if (tries > 1800) throw new Error(`not in three minutes: ${what}`);
    await delay(100);
  }
}

function fateOf(kind: string, name: string): string | undefined {
  const entry = outcome.resources[kind]?.find(each =>
    each.startsWith(`${formatKey({ namespace: copy, name })}(`),
  );
  return /\((\w+)\)$/.exec(entry ?? '')?.[1];
}

const firstImage = (object: KubeObject | undefined, ...path: string[]): string | undefined =>
  textAt(listAt(object, ...path, 'containers')[0], 'image');

test('a backup records where its cluster’s registry was', () => {
  assert.equal(registryOfBackup, oldRegistry);
});

test('nothing failed, and nothing that comes back is warned of', () => {
  assert.deepEqual(said, []);
  assert.equal(outcome.restore.status?.phase, 'Completed');
});

test('images are where this cluster has them, under the project’s new name', async () => {
  const template = ['spec', 'template', 'spec'];
  const config = await here('deploymentconfigs.apps.openshift.io', 'web');
  assert.equal(firstImage(config, ...template), ofThisCluster);
  assert.equal(firstImage(await here('deployments.apps', 'api'), ...template), ofThisCluster);
  assert.equal(firstImage(await here('pods', 'alone'), 'spec'), ofThisCluster);
  const stream = await here('imagestreams.image.openshift.io', 'web');
  const tag = listAt(stream, 'spec', 'tags')[0];
  assert.equal(textAt(tag, 'from', 'name'), `${internalRegistry}/${copy}/base:1`);
});

test('a DeploymentConfig rolls out by itself, with its replicas', async () => {
  assert.equal(valueAt(await here('deploymentconfigs.apps.openshift.io', 'web'), 'spec', 'replicas'), 2);
  assert.equal(fateOf('v1/ReplicationController', 'web-1'), 'skipped');
  await until('a roll-out', async () => {
    const rc = await here('replicationcontrollers', 'web-1');
    return firstImage(rc, 'spec', 'template', 'spec') === ofThisCluster;
  });
});

test('a pod pulls with the secret that this cluster made for its account', async () => {
  const account = await here('serviceaccounts', 'default');
  const [made] = listAt(account, 'imagePullSecrets').map(each => textAt(each, 'name'));
  assert.match(made ?? '', /^default-dockercfg-/);
  assert.deepEqual(listAt(await here('pods', 'alone'), 'spec', 'imagePullSecrets'), [{ name: made }]);
});

test('builds and what they ran with stay away; their configuration builds for this cluster', async () => {
  assert.equal(fateOf('build.openshift.io/v1/Build', 'web-1'), 'skipped');
  assert.equal(fateOf('v1/Pod', 'web-1-build'), 'skipped');
  const config = await here('buildconfigs.build.openshift.io', 'web');
  const base = `${internalRegistry}/${copy}/base:1`;
  assert.equal(textAt(config, 'spec', 'output', 'to', 'name'), base);
  assert.equal(textAt(config, 'spec', 'strategy', 'dockerStrategy', 'from', 'name'), base);
  assert.equal(valueAt(config, 'spec', 'output', 'pushSecret'), undefined);
  assert.equal(valueAt(config, 'spec', 'strategy', 'dockerStrategy', 'pullSecret'), undefined);
});

test('secrets, bindings and accounts that OpenShift makes are left to it', async () => {
  assert.equal(fateOf('v1/Secret', 'web-tls'), 'skipped');
  assert.equal(fateOf('v1/Secret', 'password'), 'created');
  const skipped = Object.entries(outcome.resources).flatMap(([kind, entries]) =>
    kind === 'v1/Secret' ? entries.filter(entry => entry.includes('-dockercfg-')) : [],
  );
  assert.ok(skipped.length >= 3);
  assert.ok(skipped.every(entry => entry.endsWith('(skipped)')));
  const bindings = outcome.resources['rbac.authorization.k8s.io/v1/RoleBinding'] ?? [];
  assert.deepEqual(
    bindings,
    ['system:deployers', 'system:image-builders', 'system:image-pullers'].map(
      name => `${copy}/${name}(skipped)`,
    ),
  );
});

test('routes and load balancers fit this cluster', async () => {
  await until('a host is generated', async () => {
    const host = textAt(await here('routes.route.openshift.io', 'web'), 'spec', 'host');
    return host === `web-${copy}.apps.example.com`;
  });
  assert.equal(textAt(await here('routes.route.openshift.io', 'chosen'), 'spec', 'host'), 'www.example.com');
  assert.equal(valueAt(await here('services', 'outside'), 'spec', 'externalIPs'), undefined);
});

test('restored once more, it has nothing to say', async () => {
  const again = await restored(
    { client, store },
    restoreOf(outcome.restore.spec.backupName ?? '', {
      namespaceMapping: { [project]: copy },
      includedNamespaces: [project],
    }),
  );
  assert.deepEqual(again.said, []);
});

test('the roles that the plan asks for are enough, for the waits and look-ups of OpenShift too', async () => {
  const [third, user] = ['shop-third', 'restorer'];
  await make(namespaceObject('velero'));
  const asked = restoreOf(backup, { namespaceMapping: { [project]: third }, includedNamespaces: [project] });
  const plan = await planRestore(asked, {
    api: client,
    source: backupsIn(store),
    veleroNamespace: 'velero',
  });
  const registryIn = ['openshift', 'openshift-image-registry', 'default'];
  assert.deepEqual(plan.asks, { registryIn, pullSecrets: true, storageClasses: false });
  await bindRoles(client, restoreRoles(plan, { veleroNamespace: 'velero' }), user);
  await using limited = await connect({ kubeconfig: await cluster.createUser(user) });
  const done = await restored({ client, store }, asked, { api: limited, veleroNamespace: 'velero' });
  assert.deepEqual(done.said, []);
  const pod = await get('pods', { namespace: third, name: 'alone' });
  assert.match(textAt(listAt(pod, 'spec', 'imagePullSecrets')[0], 'name') ?? '', /^default-dockercfg-/);
  assert.equal(firstImage(pod, 'spec'), `${internalRegistry}/${third}/web@${digest}`);
});
