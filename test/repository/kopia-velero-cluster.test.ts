import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { backupStorageLocations } from '#cli/locations/cluster-locations.ts';
import type { Ran } from '#cli/testing.ts';
import type { KubeClient } from '#kube/client/client.ts';
import { secretType } from '#kube/secret-type.ts';
import type { Cluster } from '#testbed/cluster/cluster.ts';
import { type Kopia, stockKopia } from '#testbed/kopia.ts';
import type { TestObjectStore } from '#testbed/object-store/object-store.ts';
import {
  clientOf,
  sharedCluster,
  sharedObjectStore,
  type TestNamespace,
  uniqueBucket,
  uniqueNamespace,
} from '#testbed/shared.ts';
import { haveVeleroLocations } from '../cli/velero-locations.ts';
import { hozonOn } from './hozon.ts';

/** As people put it there: with a line feed that is no part of it. */
const password = 'not what Velero ships';
const [shop, repo] = ['shop', 'velero:main/shop'];

let directory: string;
let cluster: Cluster;
let client: KubeClient;
let velero: TestNamespace;
let store: TestObjectStore;
let bucket: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-velero-secret-'));
  await mkdir(join(directory, 'volume'));
  await writeFile(join(directory, 'volume/file'), 'of the volume');
  cluster = await sharedCluster('light');
  client = await clientOf(cluster);
  velero = await uniqueNamespace(client, 'velero');
  store = await sharedObjectStore();
  bucket = await uniqueBucket(store);
  await createLocation();
});
after(async () => {
  await velero[Symbol.asyncDispose]();
  await client.close();
  await rm(directory, { recursive: true });
});

async function createLocation(): Promise<void> {
  const keys = `[default]\naws_access_key_id=${store.accessKeyId}\naws_secret_access_key=${store.secretAccessKey}\n`;
  await createSecret('store', { keys });
  const caCert = store.caFile === undefined ? {} : { caCert: await readFile(store.caFile, 'base64') };
  await haveVeleroLocations(client);
  await client.create(backupStorageLocations, {
    apiVersion: 'velero.io/v1',
    kind: 'BackupStorageLocation',
    metadata: { name: 'main', namespace: velero.name },
    spec: {
      provider: 'aws',
      objectStorage: { bucket, prefix: 'cluster-a', ...caCert },
      config: { region: store.region, s3Url: store.endpoint, s3ForcePathStyle: 'true' },
      credential: { name: 'store', key: 'keys' },
    },
  });
}

async function createSecret(name: string, stringData: Readonly<Record<string, string>>): Promise<void> {
  const metadata = { name, namespace: velero.name };
  await client.create(secretType, { apiVersion: 'v1', kind: 'Secret', metadata, stringData });
}

function hozon(words: readonly string[]): Promise<Ran> {
  const access = [
    '--repo',
    repo,
    '--kubeconfig',
    cluster.kubeconfig,
    '--namespace',
    velero.name,
    '--verbose',
  ];
  return hozonOn('', '').end([...words, ...access]);
}

async function hozonSays(words: readonly string[]): Promise<string> {
  const { code, out, err } = await hozon(words);
  assert.equal(code, 0, err);
  return out;
}

/** The real kopia as Velero would be, with that password. */
function kopiaWith(given: string): Promise<Kopia> {
  const { accessKeyId, secretAccessKey, region, caFile } = store;
  const endpoint = new URL(store.endpoint).host;
  const ca = caFile === undefined ? {} : { caFile };
  return stockKopia({
    storage: {
      bucket,
      prefix: `cluster-a/kopia/${shop}/`,
      endpoint,
      region,
      accessKeyId,
      secretAccessKey,
      ...ca,
    },
    password: given,
    identity: { username: 'default', hostname: 'default' },
  });
}

test('the password of Velero’s repositories is read from its Secret in the cluster', async () => {
  await createSecret('velero-repo-credentials', { 'repository-password': `${password}\n` });
  await hozonSays(['init']);
  await hozonSays(['snapshot', join(directory, 'volume'), '--volume', 'web-0/data']);
  await using kopia = await kopiaWith(password);
  await kopia.connect();
  const [snapshot] = (await kopia.json(['snapshot', 'list', '--all'])) as readonly { readonly id: string }[];
  const target = join(directory, 'by kopia');
  await kopia.run(['snapshot', 'restore', snapshot?.id ?? '', target]);
  assert.equal(await readFile(join(target, 'file'), 'utf8'), 'of the volume');
  await using other = await kopiaWith('static-passw0rd');
  await assert.rejects(other.connect(), /password/);
  const { items } = JSON.parse(await hozonSays(['snapshots', '-o', 'json'])) as { items: { id: string }[] };
  assert.deepEqual(
    items.map(({ id }) => id),
    [snapshot?.id],
  );
});

test('what Velero ships is said where there is no Secret, and does not open the repository', async () => {
  await client.delete(secretType, { namespace: velero.name, name: 'velero-repo-credentials' });
  const { code, err } = await hozon(['snapshots']);
  assert.notEqual(code, 0);
  assert.match(err, /Taking the password that Velero itself ships/);
  assert.match(err, /wrong-password|password/);
});
