import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { KubeClient } from '#kube/client/client.ts';
import type { KubeObject, ResourceType } from '#kube/objects.ts';
import type { Cluster } from '#testbed/cluster/cluster.ts';
import type { FaultRule } from '#testbed/faults/rules.ts';
import { startApiServerFaults, startObjectStoreFaults } from '#testbed/faults/targets.ts';
import type { TestObjectStore } from '#testbed/object-store/object-store.ts';
import {
  clientOf,
  sharedCluster,
  sharedObjectStore,
  type TestNamespace,
  uniqueBucket,
  uniqueName,
  uniqueNamespace,
} from '#testbed/shared.ts';

const run = promisify(execFile);
const main = resolve(import.meta.dirname, '../../src/cli/main.ts');

let home = '';
let cluster: Cluster;
let client: KubeClient;
let project: TestNamespace;
let store: TestObjectStore;

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'hozon-backup-'));
  cluster = await sharedCluster('light');
  client = await clientOf(cluster);
  project = await uniqueNamespace(client, 'shop');
  store = await sharedObjectStore();
  const credentials = `[default]\naws_access_key_id=${store.accessKeyId}\naws_secret_access_key=${store.secretAccessKey}\n`;
  await writeFile(join(home, 'credentials'), credentials, { mode: 0o600 });
  for (const object of objectsOf(project.name)) await client.create(await typeOf(object.kind), object);
});

after(async () => {
  await project[Symbol.asyncDispose]();
  await client.close();
  await rm(home, { recursive: true });
});

function objectsOf(namespace: string): KubeObject[] {
  const labels = { app: 'web' };
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace, labels },
      data: { colour: 'blue' },
    },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'key', namespace }, stringData: { key: 'geheim' } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace, labels },
      spec: { selector: labels, ports: [{ port: 80 }] },
    },
  ];
}

const plurals: Readonly<Record<string, string>> = {
  ConfigMap: 'configmaps',
  Secret: 'secrets',
  Service: 'services',
  Namespace: 'namespaces',
};

async function typeOf(kind: string): Promise<ResourceType> {
  const type = (await client.discover()).byName(plurals[kind] ?? '');
  if (type === undefined) throw new Error(`no type for ${kind}`);
  return type;
}

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const env = () => ({ PATH: process.env['PATH'] ?? '', HOME: home, LANG: 'C.UTF-8' });

async function hozon(words: readonly string[], kubeconfig = cluster.kubeconfig): Promise<Ran> {
  const argv = [main, ...words, '--kubeconfig', kubeconfig];
  try {
    return { code: 0, ...(await run(process.execPath, argv, { env: env(), cwd: home })) };
  } catch (failed) {
    return failed as Ran;
  }
}

/** A location in a directory of its own, and Hozon on it. */
function fileLocation(): { directory: string; url: string; on: (...words: string[]) => Promise<Ran> } {
  const directory = join(home, uniqueName('location'));
  const { href: url } = pathToFileURL(directory);
  return { directory, url, on: (...words) => hozon([...words, '--location', url]) };
}

/** A bucket of its own as a location; `through` is the same server behind a fault proxy. */
async function bucketLocation(
  through: TestObjectStore = store,
): Promise<{ bucket: string; url: string; on: (...words: string[]) => Promise<Ran> }> {
  const bucket = await uniqueBucket(store);
  const url = new URL(`s3://${bucket}/prod`);
  const parameters = {
    endpoint: through.endpoint,
    region: store.region,
    'path-style': 'true',
    'credentials-file': join(home, 'credentials'),
    ...(store.caFile === undefined ? {} : { ca: store.caFile }),
  };
  for (const [key, value] of Object.entries(parameters)) url.searchParams.set(key, value);
  return { bucket, url: url.href, on: (...words) => hozon([...words, '--location', url.href]) };
}

async function deleted(name: string): Promise<void> {
  const namespaces = await typeOf('Namespace');
  const signal = AbortSignal.timeout(180_000);
  for await (const { type } of client.watch(namespaces, { fieldSelector: `metadata.name=${name}`, signal })) {
    if (type === 'ADDED') await client.delete(namespaces, { name });
    if (type === 'DELETED') return;
  }
}

test('a project goes into a bucket, is destroyed and comes back', async () => {
  const { bucket, on } = await bucketLocation();
  await using doomed = await uniqueNamespace(client, 'doomed');
  for (const object of objectsOf(doomed.name)) await client.create(await typeOf(object.kind), object);

  const created = await on(
    'backup',
    'create',
    'nightly',
    '--include-namespaces',
    doomed.name,
    '--labels=a=b',
  );
  assert.equal(created.code, 0, created.stderr);
  assert.match(created.stdout, /^Phase: +Completed$/m);
  assert.match(created.stderr, /^\{"type":"progress",.*"phase":"collect"/m);
  assert.match(created.stderr, /hozon restore create --from-backup nightly --location/);
  const again = await on('backup', 'create', 'nightly');
  assert.deepEqual([again.code, /archive\.backup-exists/.test(again.stderr)], [1, true]);

  assert.match(
    (await on('backup', 'get')).stdout,
    /^nightly +Completed +0 +0 +\S+ ago +in 29d +default +<none>$/m,
  );
  assert.equal((await on('backup', 'get', '-l', 'a=b', '-o', 'name')).stdout, 'backup.velero.io/nightly\n');
  const described = await on('backup', 'describe', 'nightly', '--details');
  assert.match(described.stdout, new RegExp(`^ {2}Namespaces: +${doomed.name}$`, 'm'));
  assert.match(described.stdout, new RegExp(`^ {4}${doomed.name}/settings$`, 'm'));
  assert.match((await on('backup', 'logs', 'nightly')).stdout, /resource=configmaps .*name=settings/);

  const archive = join(home, uniqueName('archive'));
  assert.equal((await on('backup', 'download', 'nightly', '-o', archive)).code, 0);
  const { stdout: members } = await run('tar', ['-tzf', archive]);
  assert.ok(members.includes(`resources/configmaps/namespaces/${doomed.name}/settings.json`));
  assert.equal((await stat(archive)).mode & 0o777, 0o600);

  await deleted(doomed.name);
  const restored = await on('restore', 'create', 'again', '--from-backup', 'nightly');
  assert.equal(restored.code, 0, restored.stderr);
  assert.match(restored.stdout, /^ {4}v1\/Secret: +1 created/m);
  const settings = await client.get(await typeOf('ConfigMap'), { namespace: doomed.name, name: 'settings' });
  assert.deepEqual(settings?.['data'], { colour: 'blue' });

  assert.match(
    (await on('restore', 'get')).stdout,
    /^again +nightly +Completed +\S+ ago +\S+ ago +0 +0 +<none>$/m,
  );
  const description = await on('restore', 'describe', 'again', '--details');
  assert.match(description.stdout, new RegExp(`^ {4}${doomed.name}/settings\\(created\\)$`, 'm'));
  assert.match((await on('restore', 'logs', 'again')).stdout, /resource=configmaps .*name=settings/);

  assert.equal((await on('backup', 'delete', 'nightly')).code, 2);
  assert.equal((await on('backup', 'delete', 'nightly', '--confirm')).code, 0);
  assert.equal((await on('backup', 'describe', 'nightly')).code, 10);
  assert.equal((await on('restore', 'get', '-o', 'name')).stdout, '');
  assert.deepEqual(await filesIn(join(store.dataDir, bucket)), []);
});

async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
}

test('a restore from a manifest goes beside the old project', async () => {
  const { on } = fileLocation();
  const copy = `${project.name}-copy`;
  assert.equal((await on('backup', 'create', 'b', '--include-namespaces', project.name)).code, 0);
  const manifest = join(home, 'restore.yaml');
  await writeFile(
    manifest,
    `apiVersion: velero.io/v1
kind: Restore
metadata: { labels: { ticket: ops-1 } }
spec:
  backupName: b
  includedResources: [configmaps]
  namespaceMapping: { ${project.name}: ${copy} }
`,
  );
  try {
    const ran = await on('restore', 'create', '--from-file', manifest, '-o', 'json');
    assert.equal(ran.code, 0, ran.stderr);
    const restore = JSON.parse(ran.stdout) as KubeObject;
    assert.match(restore.metadata.name, /^b-\d{14}$/);
    assert.equal(restore.metadata.labels?.['ticket'], 'ops-1');
    const configMaps = await typeOf('ConfigMap');
    assert.notEqual(await client.get(configMaps, { namespace: copy, name: 'settings' }), undefined);
    assert.equal(await client.get(await typeOf('Secret'), { namespace: copy, name: 'key' }), undefined);
  } finally {
    await client.delete(await typeOf('Namespace'), { name: copy });
  }
});

test('what could not be read makes a backup partial: it says so, in two languages, with exit code 3', async () => {
  const refusal = { kind: 'status', status: 403, reason: 'Forbidden' } as const;
  const rules: FaultRule[] = [{ name: 'refused', path: /\/secrets\?/, times: 1000, fault: refusal }];
  const { proxy, kubeconfig } = await startApiServerFaults(cluster, { rules });
  await using _ = proxy;
  const { url } = fileLocation();
  const create = (name: string, ...words: string[]) =>
    hozon(
      ['backup', 'create', name, '--include-namespaces', project.name, '--location', url, ...words],
      kubeconfig,
    );
  const ran = await create('partial');
  assert.equal(ran.code, 3, ran.stderr);
  assert.match(ran.stdout, /^Phase: +PartiallyFailed$/m);
  assert.match(ran.stderr, /^Find out why: hozon backup logs partial --location /m);
  assert.match(ran.stdout, /^Errors: +1\n.*\n? +secrets: /m);
  const japanese = await create('bubun', '--lang', 'ja', '-q');
  assert.equal(japanese.code, 3);
  assert.equal(japanese.stderr.includes('progress'), false);
  assert.match(japanese.stdout, /^フェーズ: +PartiallyFailed$/m);
  assert.match((await hozon(['backup', 'get', '--location', url])).stdout, /^partial +PartiallyFailed +1 /m);
});

/** Starts a backup, stops it by a signal once `begun` resolves, and resolves with how it ended. */
async function interrupted(
  words: readonly string[],
  begun: () => Promise<unknown>,
  signal: NodeJS.Signals = 'SIGINT',
): Promise<Ran> {
  const child = spawn(process.execPath, [main, ...words], { env: env(), stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = once(child, 'close') as Promise<[number | null]>;
  const failed = ended.then(() => Promise.reject(new Error(`it ended too early: ${stderr}`)));
  await Promise.race([begun(), failed]);
  child.kill(signal);
  const [code] = await ended;
  failed.catch(() => {});
  return { code: code ?? -1, stdout, stderr };
}

function assertNothingLeft({ code, stdout, stderr }: Ran): void {
  assert.equal(code, 130, stderr);
  assert.equal(stdout, '');
  assert.match(stderr, /^SIG(INT|TERM): stopping cleanly/m);
  assert.match(stderr, /^Nothing of backup "b" was left behind\.$/m);
  assert.match(stderr, /\[run\.cancelled\]/);
}

test('a backup that is stopped while it reads the cluster leaves nothing', async () => {
  const rules: FaultRule[] = [{ name: 'hang', path: /\/secrets\?/, times: 1000, fault: { kind: 'stall' } }];
  const { proxy, kubeconfig } = await startApiServerFaults(cluster, { rules });
  await using _ = proxy;
  const { directory, url, on } = fileLocation();
  const words = ['backup', 'create', 'b', '--include-namespaces', project.name];
  const flags = ['--location', url, '--kubeconfig', kubeconfig];
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const seen = proxy.count('hang').fired;
    const begun = () => proxy.untilFired('hang', seen + 1);
    assertNothingLeft(await interrupted([...words, ...flags], begun, signal));
    assert.deepEqual(await filesIn(directory), []);
  }
  assert.equal((await on('backup', 'get', '-o', 'name')).stdout, '');
});

test('a backup that is stopped while its archive is uploaded leaves nothing', async () => {
  const { proxy, store: through } = await startObjectStoreFaults(store, {
    rules: [{ name: 'hang', method: 'PUT', path: /b\.tar\.gz/, times: 1000, fault: { kind: 'stall' } }],
  });
  await using _ = proxy;
  const { bucket, url } = await bucketLocation(through);
  const words = ['backup', 'create', 'b', '--include-namespaces', project.name];
  const flags = ['--location', url, '--kubeconfig', cluster.kubeconfig];
  assertNothingLeft(await interrupted([...words, ...flags], () => proxy.untilFired('hang')));
  assert.deepEqual(await filesIn(join(store.dataDir, bucket)), []);
});

test('a restore that is stopped says what stays, and its record says Failed', async () => {
  const { url, on } = fileLocation();
  const copy = `${project.name}-stopped`;
  assert.equal((await on('backup', 'create', 'b', '--include-namespaces', project.name)).code, 0);
  const rules: FaultRule[] = [
    { name: 'hang', method: 'POST', path: /\/services\?/, times: 1000, fault: { kind: 'stall' } },
  ];
  const { proxy, kubeconfig } = await startApiServerFaults(cluster, { rules });
  await using _ = proxy;
  const mapping = `${project.name}:${copy}`;
  const words = ['restore', 'create', 'r', '--from-backup', 'b', '--namespace-mappings', mapping];
  const flags = ['--location', url, '--kubeconfig', kubeconfig];
  try {
    const ran = await interrupted([...words, ...flags], () => proxy.untilFired('hang'));
    assert.equal(ran.code, 130, ran.stderr);
    assert.match(
      ran.stderr,
      /^What restore "r" had created until then stays\. .*: hozon restore describe r --location /m,
    );
    assert.match((await on('restore', 'get')).stdout, /^r +b +Failed /m);
    assert.notEqual(await client.get(await typeOf('Namespace'), { name: copy }), undefined);
  } finally {
    await client.delete(await typeOf('Namespace'), { name: copy });
  }
});

test('what a killed backup left is no backup, and the next one clears it away', async () => {
  const rules: FaultRule[] = [{ name: 'hang', path: /\/secrets\?/, times: 1, fault: { kind: 'stall' } }];
  const { proxy, kubeconfig } = await startApiServerFaults(cluster, { rules });
  await using _ = proxy;
  const { directory, url, on } = fileLocation();
  const words = ['backup', 'create', 'b', '--include-namespaces', project.name, '--location', url];
  await interrupted([...words, '--kubeconfig', kubeconfig], () => proxy.untilFired('hang'), 'SIGKILL');
  assert.notDeepEqual(await filesIn(directory), []);
  assert.equal((await on('backup', 'get', '-o', 'name')).stdout, '');
  assert.equal((await on('backup', 'create', 'other', '--include-namespaces', project.name)).code, 0);
  assert.deepEqual(await readdir(join(directory, 'backups')), ['other']);
});

test('usage errors name what is wrong before anything is touched', async () => {
  const { directory, on } = fileLocation();
  const wrong: readonly (readonly [readonly string[], number, RegExp])[] = [
    [['backup', 'create'], 2, /NAME is missing/],
    [['backup', 'create', 'b', '-l', 'a in'], 2, /--selector/],
    [['backup', 'create', 'b', '--include-namespaces', 'A_B'], 2, /A_B/],
    [['backup', 'create', 'b', '-f', '/no/such/file'], 1, /manifest-unreadable/],
    [['restore', 'create'], 2, /--from-backup/],
    [['restore', 'create', '--from-backup', 'absent'], 10, /archive\.backup-not-found/],
  ];
  for (const [words, code, pattern] of wrong) {
    const ran = await on(...words);
    assert.deepEqual([ran.code, pattern.test(ran.stderr)], [code, true], `${words.join(' ')}: ${ran.stderr}`);
  }
  await assert.rejects(readFile(directory));
  assert.deepEqual(await readdir(directory).catch(() => []), []);
});
