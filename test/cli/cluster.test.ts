import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { backupStorageLocations } from '#cli/locations/cluster-locations.ts';
import type { KubeClient } from '#kube/client/client.ts';
import type { ResourceType } from '#kube/objects.ts';
import type { Cluster } from '#testbed/cluster/cluster.ts';
import type { TestObjectStore } from '#testbed/object-store/object-store.ts';
import {
  clientOf,
  sharedCluster,
  sharedObjectStore,
  type TestNamespace,
  uniqueBucket,
  uniqueNamespace,
} from '#testbed/shared.ts';
import { haveVeleroLocations } from './velero-locations.ts';

const run = promisify(execFile);
const main = resolve(import.meta.dirname, '../../src/cli/main.ts');

let home = '';
let cluster: Cluster;
let client: KubeClient;
let namespace: TestNamespace;
let store: TestObjectStore;
let bucket = '';

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'hozon-cli-'));
  cluster = await sharedCluster('light');
  store = await sharedObjectStore();
  client = await clientOf(cluster);
  namespace = await uniqueNamespace(client, 'velero');
  bucket = await uniqueBucket(store);
  await haveVeleroLocations(client);
  await createLocation();
});

after(async () => {
  await namespace[Symbol.asyncDispose]();
  await client.close();
  await rm(home, { recursive: true });
});

async function createLocation(): Promise<void> {
  const credentials = `[default]\naws_access_key_id=${store.accessKeyId}\naws_secret_access_key=${store.secretAccessKey}\n`;
  await client.create(await typeNamed('secrets'), {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'store', namespace: namespace.name },
    stringData: { keys: credentials },
  });
  const caCert = store.caFile === undefined ? {} : { caCert: await readFile(store.caFile, 'base64') };
  await client.create(backupStorageLocations, {
    apiVersion: 'velero.io/v1',
    kind: 'BackupStorageLocation',
    metadata: { name: 'main', namespace: namespace.name },
    spec: {
      default: true,
      provider: 'aws',
      objectStorage: { bucket, prefix: 'cluster-a', ...caCert },
      config: { region: store.region, s3Url: store.endpoint, s3ForcePathStyle: 'true' },
      credential: { name: 'store', key: 'keys' },
    },
  });
}

async function typeNamed(name: string): Promise<ResourceType> {
  const type = (await client.discover()).byName(name);
  if (type === undefined) throw new Error(`no type ${name}`);
  return type;
}

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function hozon(kubeconfig: string, ...words: string[]): Promise<Ran> {
  const argv = [main, ...words, '--kubeconfig', kubeconfig, '-n', namespace.name];
  const env = { PATH: process.env['PATH'] ?? '', HOME: home };
  try {
    return { code: 0, ...(await run(process.execPath, argv, { env })) };
  } catch (failed) {
    return failed as Ran;
  }
}

const asAdmin = (...words: string[]) => hozon(cluster.kubeconfig, ...words);

interface Checked {
  readonly checks: readonly { readonly check: string; readonly status: string; readonly detail: string }[];
}

function statuses({ stdout }: Ran): Record<string, string> {
  const { checks } = JSON.parse(stdout) as Checked;
  return Object.fromEntries(checks.map(({ check, status }) => [check, status]));
}

test("the cluster's location is found, shown and used with the Secret that it names", async () => {
  const listed = await asAdmin('location', 'get', 'main', '-o', 'json');
  assert.deepEqual(JSON.parse(listed.stdout), {
    name: 'main',
    url: `aws:${bucket}/cluster-a`,
    origin: 'cluster',
    default: true,
    accessMode: 'ReadWrite',
  });
  const checked = await asAdmin('location', 'check', '-o', 'json');
  assert.equal(checked.code, 0, checked.stderr);
  const { written, read, origin } = JSON.parse(checked.stdout) as Record<string, unknown>;
  assert.deepEqual({ written, read, origin }, { written: true, read: true, origin: 'cluster' });
  assert.deepEqual(await filesOf(join(store.dataDir, bucket)), []);
});

/** Objects in the bucket, as files; the probe must leave none. */
async function filesOf(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter(entry => entry.isFile()).map(entry => entry.name);
}

test('its name and its backups are offered to a shell', async () => {
  const words = ['--kubeconfig', cluster.kubeconfig, '-n', namespace.name];
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, HOZON_COMPLETION_SECONDS: '600' };
  const offered = async (kind: string): Promise<string> =>
    (await run(process.execPath, [main, '__complete', kind, '--', ...words], { env })).stdout;
  assert.equal(await offered('locations'), 'main\n');
  assert.notEqual(await offered('contexts'), '');
});

test('doctor is content with an administrator', async () => {
  const ran = await asAdmin('doctor', '-o', 'json');
  assert.equal(ran.code, 0, ran.stderr);
  const found = statuses(ran);
  for (const check of [
    'kubeconfig',
    'api-server',
    'user',
    'cluster-clock',
    'may-read',
    'may-write',
    'may-exec',
  ]) {
    assert.equal(found[check], 'ok', check);
  }
  assert.equal(found['location-access'], 'ok');
});

test('doctor tells somebody without rights what they may not do', async () => {
  const ran = await hozon(await cluster.createUser('visitor'), 'doctor', '-o', 'json');
  assert.equal(ran.code, 1);
  const found = statuses(ran);
  assert.deepEqual(
    [found['api-server'], found['user'], found['may-read'], found['may-write'], found['may-exec']],
    ['ok', 'ok', 'fail', 'warn', 'warn'],
  );
  assert.notEqual(found['location'], 'ok');
});

test('the server says its version', async () => {
  const { stdout } = await asAdmin('version', '--server', '-o', 'json');
  assert.match((JSON.parse(stdout) as { server: string }).server, /^v1\./);
});

test('a snapshot of etcd is not put where a BackupStorageLocation of the cluster is', async () => {
  for (const prefix of ['cluster-a', 'cluster-a/etcd']) {
    const { code, stderr } = await asAdmin('etcd', 'snapshot', 'save', `s3://${bucket}/${prefix}`);
    assert.equal(code, 2, stderr);
    assert.match(stderr, new RegExp(`storage location ${namespace.name}/main of the cluster`));
  }
});
