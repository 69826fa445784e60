import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { BackupSpec } from '#api/velero/backup.ts';
import type { KubeClient } from '#kube/client/client.ts';
import { persistentVolumeClaims, persistentVolumes } from '#testbed/cluster/types.ts';
import { typeNamed } from '#testbed/openshift/kinds.ts';
import {
  clientOf,
  sharedCluster,
  sharedObjectStore,
  type TestNamespace,
  uniqueBucket,
  uniqueName,
  uniqueNamespace,
} from '#testbed/shared.ts';
import { startVelero, type Velero } from '#testbed/velero/velero.ts';
import { claim, configMap, pod, volume } from '../restore/objects.ts';
import { type Hozon, hozonBeside } from './hozon.ts';

let client: KubeClient;
let velero: Velero;
let hozon: Hozon;
let place: TestNamespace;
const volumeName = uniqueName('volume');
const runtimeName = uniqueName('runtime');

/** What must end, in the order in which it was begun. */
const parts = new AsyncDisposableStack();

before(async () => {
  const cluster = await sharedCluster('light');
  client = parts.use(await clientOf(cluster));
  parts.defer(async () => {
    await client.delete(persistentVolumes, { name: volumeName });
    await client.delete(await typeNamed(client, runtimeClasses), { name: runtimeName });
  });
  place = parts.use(await uniqueNamespace(client, 'described'));
  await makeObjects(place.name);
  const store = await sharedObjectStore();
  velero = parts.use(await startVelero({ cluster, store, bucket: await uniqueBucket(store) }));
  const configMaps = await typeNamed(client, 'configmaps');
  await client.create(configMaps, configMap(velero.namespace, 'policy', { policy }));
  hozon = parts.use(await hozonBeside(cluster, velero.namespace));
  for (const [name, spec] of Object.entries(specs)) await makeBackups(name, spec);
  await readAnew();
});

after(() => parts.disposeAsync());

/** A type of which no other suite has objects: those of the whole cluster are backed up. */
const runtimeClasses = 'runtimeclasses.node.k8s.io';

const policy = `version: v1
volumePolicies:
  - conditions: { storageClass: [none-such] }
    action: { type: skip }
`;

async function makeObjects(namespace: string): Promise<void> {
  const key = { namespace, name: 'data' };
  await client.create(persistentVolumes, volume(volumeName, 'Retain', key));
  await client.create(persistentVolumeClaims, claim(namespace, 'data', volumeName));
  await client.create(await typeNamed(client, runtimeClasses), {
    apiVersion: 'node.k8s.io/v1',
    kind: 'RuntimeClass',
    metadata: { name: runtimeName },
    handler: 'none',
  });
  const configMaps = await typeNamed(client, 'configmaps');
  const labels = { app: 'web' };
  for (const name of ['a', 'b']) await client.create(configMaps, configMap(namespace, name, {}, { labels }));
  const { spec, ...web } = pod(namespace, 'web', { labels });
  const waiting = { ...(spec as object), nodeName: undefined, schedulerName: 'nobody' };
  await client.create(await typeNamed(client, 'pods'), { ...web, spec: waiting });
}

const selector = { matchLabels: { app: 'web' } };
const policyReference = { kind: 'ConfigMap', name: 'policy' };

/** Of the namespace with the objects. */
const specs: Readonly<Record<string, BackupSpec>> = {
  plain: {},
  older: {
    includedResources: ['configmaps', 'pods'],
    excludedResources: ['secrets'],
    includeClusterResources: true,
    labelSelector: selector,
    ttl: '48h',
  },
  scoped: {
    includedClusterScopedResources: [runtimeClasses],
    excludedNamespaceScopedResources: ['secrets', 'limitranges'],
    snapshotVolumes: false,
    csiSnapshotTimeout: '5m',
  },
  selecting: {
    orLabelSelectors: [selector, { matchLabels: { app: 'db' } }],
    orderedResources: { configmaps: 'x/b,x/a', persistentvolumes: 'p' },
    excludedNamespaces: ['elsewhere'],
  },
  policies: { resourcePolicy: policyReference },
  hooks: {
    hooks: {
      resources: [
        {
          name: 'freeze',
          includedNamespaces: ['elsewhere'],
          labelSelector: selector,
          pre: [{ exec: { command: ['/bin/true'], container: 'main', onError: 'Continue', timeout: '10s' } }],
          post: [{ exec: { command: ['/bin/true'] } }],
        },
      ],
    },
  },
};

suite('Velero describes a backup by Hozon as its own', () => {
  for (const name of Object.keys(specs)) {
    test(name, async () => assert.deepEqual(await described(oursOf(name)), await described(theirsOf(name))));
  }
});

function oursOf(name: string): string {
  return `our-${name}`;
}

function theirsOf(name: string): string {
  return `their-${name}`;
}

/** Makes backups of the spec by both. */
async function makeBackups(name: string, more: BackupSpec): Promise<void> {
  const spec = { includedNamespaces: [place.name], ...more };
  const metadata = { name: oursOf(name), labels: { team: 'blue' }, annotations: { purpose: 'comparison' } };
  await velero.backup(spec, { ...metadata, name: theirsOf(name) });
  const file = join(hozon.home, `${name}.json`);
  await writeFile(file, JSON.stringify({ apiVersion: 'velero.io/v1', kind: 'Backup', metadata, spec }));
  const created = await hozon.cli('backup', 'create', '--from-file', file);
  assert.equal(created.exitCode, 0, created.stderr);
}

/** Lets Velero know its own backups, too, from the bucket only: it drops what it could execute, such as hooks. */
async function readAnew(): Promise<void> {
  const backups = await typeNamed(client, 'backups.velero.io');
  for (const name of Object.keys(specs)) {
    await client.delete(backups, { namespace: velero.namespace, name: theirsOf(name) });
  }
  await velero.sync();
}

const times = /^(started|completed|expiration)$/;

/** What Velero prints of a backup, without its name, its times, and the words of its warnings, which are each one's own. */
async function described(name: string): Promise<unknown> {
  const words = ['backup', 'describe', name, '--details', '--output=json'];
  const { exitCode, stdout, stderr } = await velero.cli(words);
  assert.equal(exitCode, 0, stderr);
  const printed = JSON.parse(stdout.replaceAll(name, 'NAME'), (key, value) => (times.test(key) ? '' : value));
  const whole = Object.entries(printed as Record<string, unknown>);
  assert.deepEqual(Object.fromEntries(whole)['errors'] ?? {}, {});
  return Object.fromEntries(whole.filter(([key]) => key !== 'warnings' && key !== 'errors'));
}
