import assert from 'node:assert/strict';
import { createCipheriv, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { stringify } from 'yaml';
import { systemClock } from '#foundation/clock.ts';
import { keyNameOf } from '#hosted-clusters/key/fnv.ts';
import { type KeyVerdict, matchKey } from '#hosted-clusters/key/match.ts';
import type { KubeClient } from '#kube/client/client.ts';
import { secretType } from '#kube/secret-type.ts';
import { type Cluster, startCluster } from '#testbed/cluster/cluster.ts';
import { type EtcdGateway, etcdGateway } from '#testbed/cluster/etcd-gateway.ts';
import { saveSnapshot } from '#testbed/cluster/etcd-snapshot.ts';
import { clientOf } from '#testbed/shared.ts';
import { runHere } from '../../src/cli/testing.ts';

/** Of the API server, named as a hosted cluster's control plane names it; of a rotation; of another cluster. */
const [active, next, stranger] = [randomBytes(32), randomBytes(32), randomBytes(32)];
const secrets = 20;
const parts = new AsyncDisposableStack();
let directory: string;
let cluster: Cluster;
let client: KubeClient;
let gateway: EtcdGateway;
/** What a real API server wrote, and nothing else. */
let snapshot: string;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-hosted-key-'));
  const file = join(directory, 'encryption.yaml');
  await writeFile(file, configuration(active), { mode: 0o600 });
  const apiServerFlags = [`--encryption-provider-config=${file}`];
  cluster = parts.use(await startCluster({ mode: 'light', apiServerFlags }));
  client = parts.use(await clientOf(cluster));
  gateway = parts.use(await etcdGateway(cluster.etcd));
  for (let number = 0; number < secrets; number++) {
    const metadata = { namespace: 'default', name: `kept-${number}` };
    const data = { password: randomBytes(number * 17).toString('base64') };
    await client.create(secretType, { apiVersion: 'v1', kind: 'Secret', metadata, data });
  }
  snapshot = await taken('real');
});
after(async () => {
  await parts.disposeAsync();
  await rm(directory, { recursive: true });
});

function configuration(key: Buffer): string {
  const aescbc = { keys: [{ name: keyNameOf(key), secret: key.toString('base64') }] };
  return stringify({
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'EncryptionConfiguration',
    resources: [{ resources: ['secrets'], providers: [{ aescbc }, { identity: {} }] }],
  });
}

async function taken(name: string): Promise<string> {
  const path = join(directory, `${name}.db`);
  await saveSnapshot(cluster.etcd, path);
  return path;
}

const base64 = (bytes: Buffer | string): string => Buffer.from(bytes).toString('base64');

async function put(name: string, value: Buffer): Promise<void> {
  const key = base64(`/registry/secrets/default/${name}`);
  await gateway.post('/v3/kv/put', { key, value: base64(value) });
}

/** As an API server writes it; made here without the code that is tested. */
function sealed(key: Buffer, name = keyNameOf(key)): Buffer {
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const plain = '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x"}}';
  return Buffer.concat([Buffer.from(`k8s:enc:aescbc:v1:${name}:`), iv, cipher.update(plain), cipher.final()]);
}

async function verdict(path: string, ...keys: readonly Buffer[]): Promise<KeyVerdict> {
  const named = keys.map((bytes, number) => ({ name: `key ${number}`, bytes }));
  return (await matchKey(path, named)).verdict;
}

async function ask(...words: readonly string[]) {
  const env = { HOME: directory, KUBECONFIG: cluster.kubeconfig, LANG: 'C.UTF-8' };
  return runHere(['hosted-cluster', 'match-key', ...words], { env, clock: systemClock });
}

test('the key that an API server encrypts with is matched by its name and by every value', async () => {
  const match = await matchKey(snapshot, [{ name: 'saved', bytes: active }]);
  assert.equal(match.verdict, 'matched');
  assert.equal(match.groups.length, 1);
  const [group] = match.groups;
  assert.deepEqual([group?.keyName, group?.secret], [keyNameOf(active), 'saved']);
  assert.equal(group?.decrypted, group?.values);
  assert.ok(Number(group?.values) >= secrets);
  assert.equal(match.plainSecrets, 0);
});

test('another key is not, whether it has another name or is said to be of that name', async () => {
  assert.equal(await verdict(snapshot, stranger), 'other-key');
  await put('forged', sealed(stranger, keyNameOf(next)));
  assert.equal(await verdict(await taken('forged'), active, next), 'wrong-key');
  await gateway.post('/v3/kv/deleterange', { key: base64('/registry/secrets/default/forged') });
  assert.equal(await verdict(await taken('deleted'), active), 'matched', 'history does not count');
});

test('a rotation is noticed until both keys are given, and a value that was changed is named', async () => {
  await put('rotated', sealed(next));
  const rotating = await taken('rotating');
  assert.equal(await verdict(rotating, active), 'partly');
  assert.equal(await verdict(rotating, next), 'partly');
  assert.equal(await verdict(rotating, active, next), 'matched');
  await put('changed', sealed(next).subarray(0, -7));
  const changed = await matchKey(await taken('changed'), [
    { name: 'a', bytes: active },
    { name: 'b', bytes: next },
  ]);
  assert.equal(changed.verdict, 'damaged-values');
  assert.equal(
    changed.groups.find(({ secret }) => secret === 'b')?.example,
    '/registry/secrets/default/changed',
  );
});

test('the command says what was tried, of a file, of its base64 and of a Secret, and never shows the key', async () => {
  const raw = join(directory, 'raw.key');
  const encoded = join(directory, 'encoded.key');
  const manifest = join(directory, 'secret.yaml');
  const metadata = { namespace: 'default', name: 'prod-etcd-encryption-key' };
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata, data: { key: base64(active) } };
  await writeFile(raw, active);
  await writeFile(encoded, `${base64(active)}\n`);
  await writeFile(manifest, stringify(secret));
  await client.create(secretType, secret);
  const sources = [
    ['--key-file', raw],
    ['--key-file', encoded],
    ['--key-file', manifest],
    ['--secret', 'default/prod-etcd-encryption-key'],
  ];
  for (const source of sources) {
    const { code, out, err } = await ask(snapshot, ...source);
    assert.equal(code, 0, out + err);
    assert.match(out, /\d+ values under key-\d+ \(aescbc\): (\d+) of \1 decrypted/);
    assert.ok(!(out + err).includes(base64(active)));
  }
});

test('a wrong key fails the command, in a sentence and as data', async () => {
  const file = join(directory, 'stranger.key');
  await writeFile(file, stranger);
  const { code, out } = await ask(snapshot, '--key-file', file);
  assert.equal(code, 1);
  assert.match(out.replaceAll(/\s+/g, ' '), /encrypted with another key: its values name key-\d+/);
  const asked = await ask(snapshot, '--key-file', file, '-o', 'json');
  const data = JSON.parse(asked.out) as { verdict: string; groups: { decrypted: number }[] };
  assert.deepEqual([asked.code, data.verdict, data.groups[0]?.decrypted], [1, 'other-key', 0]);
});

test('what is no key is refused without a word of it', async () => {
  const file = join(directory, 'no.key');
  for (const content of [
    'hunter2-hunter2',
    base64(randomBytes(16)),
    'kind: Secret\ndata: {key: aHVudGVyMg==}',
  ]) {
    await writeFile(file, content);
    const { code, err } = await ask(snapshot, '--key-file', file);
    assert.equal(code, 2, err);
    assert.match(err, /holds no AES key/);
    assert.ok(!err.includes(content) && !err.includes('hunter2') && !err.includes('aHVudGVyMg'));
  }
  const missing = await ask(snapshot, '--secret', 'default/nobody');
  assert.equal(missing.code, 10, missing.err);
  assert.equal((await ask(snapshot)).code, 2);
});

test('values of a KMS, of other ciphers, and plain ones are called what they are', async () => {
  const [from, to] = ['/registry/secrets/', '/registry/secrets0'].map(base64);
  await gateway.post('/v3/kv/deleterange', { key: from, range_end: to });
  await put('plain', Buffer.from('{"apiVersion":"v1","kind":"Secret","metadata":{"name":"plain"}}'));
  const plain = await matchKey(await taken('plain'), [{ name: 'key', bytes: active }]);
  assert.deepEqual([plain.verdict, plain.plainSecrets >= 1], ['not-encrypted', true]);
  await put('boxed', Buffer.concat([Buffer.from('k8s:enc:secretbox:v1:key1:'), randomBytes(80)]));
  assert.equal(await verdict(await taken('boxed'), active), 'other-provider');
  await put('kms', Buffer.concat([Buffer.from('k8s:enc:kms:v2:awskms:'), randomBytes(80)]));
  assert.equal(await verdict(await taken('kms'), active), 'kms');
});
