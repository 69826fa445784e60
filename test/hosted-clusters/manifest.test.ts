import assert from 'node:assert/strict';
import { createCipheriv, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseAllDocuments, stringify } from 'yaml';
import { type Ran, runHere } from '#cli/testing.ts';
import { systemClock } from '#foundation/clock.ts';
import { keyNameOf } from '#hosted-clusters/key/fnv.ts';
import type { KubeClient } from '#kube/client/client.ts';
import type { KubeObject } from '#kube/objects.ts';
import { secretType } from '#kube/secret-type.ts';
import { openLocation } from '#storage/locations.ts';
import { type Cluster, startCluster } from '#testbed/cluster/cluster.ts';
import { etcdGateway } from '#testbed/cluster/etcd-gateway.ts';
import { saveSnapshot } from '#testbed/cluster/etcd-snapshot.ts';
import type { TestObjectStore } from '#testbed/object-store/object-store.ts';
import { installDefinitions, openShiftDefinitions, typeNamed } from '#testbed/openshift/kinds.ts';
import { clientOf, sharedObjectStore, uniqueBucket } from '#testbed/shared.ts';

// A snapshot of a real API server that encrypts as a hosted one does, in a real S3; the management cluster is the same.

const key = randomBytes(32);
const parts = new AsyncDisposableStack();
let root: string;
let cluster: Cluster;
let client: KubeClient;
let store: TestObjectStore;
let bucket: string;
let snapshot: string;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'hozon-hosted-manifest-'));
  const encryption = join(root, 'encryption.yaml');
  await writeFile(encryption, configuration(), { mode: 0o600 });
  cluster = parts.use(
    await startCluster({ mode: 'light', apiServerFlags: [`--encryption-provider-config=${encryption}`] }),
  );
  client = parts.use(await clientOf(cluster));
  const hyperShift = (await openShiftDefinitions()).filter(({ metadata }) =>
    metadata.name.endsWith('.hypershift.openshift.io'),
  );
  await installDefinitions(client, hyperShift);
  await client.create(await typeNamed(client, 'namespaces'), {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'clusters' },
  });
  for (const name of ['a', 'b', 'c'])
    await client.create(secretType, secret('default', name, randomBytes(40)));
  snapshot = join(root, 'prod-snapshot.db');
  await saveSnapshot(cluster.etcd, snapshot);
  store = await sharedObjectStore();
  bucket = await uniqueBucket(store);
  const { accessKeyId, secretAccessKey } = store;
  const lines = ['[default]', `aws_access_key_id=${accessKeyId}`, `aws_secret_access_key=${secretAccessKey}`];
  await writeFile(join(root, 'credentials'), lines.join('\n'), { mode: 0o600 });
  const place = await openLocation({ url: location() });
  await place.put('prod-snapshot.db', await readFile(snapshot));
  await place.put('cut.db', (await readFile(snapshot)).subarray(0, 200_000));
  await place.put('tar.db', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]));
  await place.close();
  await writeFile(join(root, 'key'), key);
});
after(async () => {
  await parts.disposeAsync();
  await rm(root, { recursive: true });
});

function configuration(): string {
  const aescbc = { keys: [{ name: keyNameOf(key), secret: key.toString('base64') }] };
  return stringify({
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'EncryptionConfiguration',
    resources: [{ resources: ['secrets'], providers: [{ aescbc }, { identity: {} }] }],
  });
}

function secret(namespace: string, name: string, bytes: Buffer): KubeObject {
  const metadata = { namespace, name };
  return { apiVersion: 'v1', kind: 'Secret', metadata, data: { key: bytes.toString('base64') } };
}

function location(more: Readonly<Record<string, string>> = {}): string {
  const url = new URL(`s3://${bucket}/hosted`);
  const { endpoint, region, caFile } = store;
  const usual = {
    endpoint,
    region,
    'path-style': 'true',
    ca: caFile,
    'credentials-file': join(root, 'credentials'),
  };
  for (const [name, value] of Object.entries({ ...usual, ...more }))
    if (value !== undefined) url.searchParams.set(name, value);
  return url.href;
}

/** As `hcp create cluster --render --render-sensitive` writes it: with a new key each time. */
function rendered({ name = 'prod', bytes = randomBytes(32), size = '8Gi' } = {}): string {
  return `# rendered for the restore of ${name}
apiVersion: v1
kind: Secret
metadata: { name: ${name}-etcd-encryption-key, namespace: clusters }
data:
  key: ${bytes.toString('base64')} # AES
---
apiVersion: hypershift.openshift.io/v1beta1
kind: HostedCluster
metadata:
  name: ${name}
  namespace: clusters
spec:
  controllerAvailabilityPolicy: SingleReplica
  etcd:
    managed:
      storage:
        persistentVolume:
          size: ${size}   # as before
        type: PersistentVolume
    managementType: Managed
  pullSecret: { name: ${name}-pull-secret }
  secretEncryption:
    aescbc: { activeKey: { name: ${name}-etcd-encryption-key } }
    type: aescbc
---
apiVersion: hypershift.openshift.io/v1beta1
kind: NodePool
metadata: { name: ${name}, namespace: clusters }
spec: { clusterName: ${name}, replicas: 2 } # machines
`;
}

async function make(text: string, words: readonly string[], clock = systemClock): Promise<Ran> {
  const env = {
    HOME: root,
    KUBECONFIG: cluster.kubeconfig,
    LANG: 'C.UTF-8',
    AWS_CA_BUNDLE: store.caFile ?? '',
  };
  const all = ['hosted-cluster', 'restore-manifest', '-f', '-', ...words];
  return runHere(all, { env, clock, stdin: text });
}

const flat = ({ out, err }: Ran): string => (out + err).replaceAll(/\s+/g, ' ');

function objectsIn(text: string): KubeObject[] {
  return parseAllDocuments(text).map(document => document.toJS() as KubeObject);
}

function urlIn(text: string): string {
  const found = objectsIn(text).find(({ kind }) => kind === 'HostedCluster');
  type Spec = { etcd: { managed: { storage: { restoreSnapshotURL: string[] } } } };
  assert.ok(found !== undefined);
  return (found['spec'] as Spec).etcd.managed.storage.restoreSnapshotURL[0] ?? '';
}

test('the URL is presigned and answers with the snapshot, the saved key takes the rendered one’s place, all else stays', async () => {
  const text = rendered();
  const ran = await make(text, ['--location', location(), '--with-key', '--key-file', join(root, 'key')]);
  assert.equal(ran.code, 3, flat(ran)); // the pull secret is nowhere
  const url = urlIn(ran.out);
  const added = `        restoreSnapshotURL:\n        - ${JSON.stringify(url)}\n`;
  const old = /key: (\S+) # AES/.exec(text)?.[1] ?? '';
  const expected = text
    .replace(old, key.toString('base64'))
    .replace('        type: PersistentVolume\n', line => line + added);
  assert.equal(ran.out, expected);
  const answer = await fetchThrough(url);
  assert.ok(answer.equals(await readFile(snapshot)));
  assert.match(flat(ran), /every rendering makes a new one/);
  assert.match(flat(ran), /Secret clusters\/prod-pull-secret, which the HostedCluster names, is neither/);
});

async function fetchThrough(url: string): Promise<Buffer> {
  const { Agent, request } = await import('undici');
  const ca = store.caFile === undefined ? undefined : await readFile(store.caFile);
  const dispatcher = new Agent({ connect: ca === undefined ? {} : { ca } });
  const { statusCode, body } = await request(url, { dispatcher });
  assert.equal(statusCode, 200);
  return Buffer.from(await body.arrayBuffer());
}

test('a key that is not of the snapshot leaves nothing: neither one that is given nor the one that was rendered', async () => {
  const wrong = join(root, 'wrong');
  await writeFile(wrong, randomBytes(32));
  const file = join(root, 'never.yaml');
  const at = ['--location', location(), '-O', file];
  for (const words of [['--key-file', wrong, '--with-key'], ['--key-file', join(root, 'key')], []]) {
    const ran = await make(rendered(), [...at, ...words]);
    assert.equal(ran.code, 1, flat(ran));
    assert.match(flat(ran), /could not read its Secrets/);
    await assert.rejects(stat(file), { code: 'ENOENT' });
  }
  const sound = await make(rendered({ bytes: key }), [...at, '--offline', '--snapshot', snapshot]);
  assert.equal(sound.code, 0, flat(sound));
  assert.match(flat(sound), /\d+ of \d+ decrypted with prod-etcd-encryption-key/);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.ok(!(sound.out + sound.err).includes('X-Amz-Signature'), 'what opens the URL is only in the file');
});

test('what is no snapshot, is cut, is missing, or does not fit the volumes is found by trying', async () => {
  const words = ['--location', location(), '--key-file', join(root, 'key'), '--with-key', '--offline'];
  const outcomes = [
    [['--object', 'tar.db'], /no snapshot of etcd but gzip/],
    [['--object', 'cut.db'], /it was cut/],
    [['--object', 'gone.db'], /there is no object/],
  ] as const;
  for (const [more, said] of outcomes) {
    const ran = await make(rendered(), [...words, ...more]);
    assert.equal(ran.code, 1, flat(ran));
    assert.match(flat(ran), said);
    assert.equal(ran.out, '');
  }
  const small = await make(rendered({ size: '50Mi' }), words);
  assert.match(flat(small), /volumes of etcd \(50Mi\) cannot hold the snapshot/);
});

test('a URL that has expired, is signed by somebody else, or is untrusted is refused, by itself or by S3', async () => {
  const made = await make(rendered({ bytes: key }), [
    '--location',
    location(),
    '--offline',
    '--expires',
    '2s',
  ]);
  const url = urlIn(made.out);
  const given = async (text: string): Promise<string> => {
    const file = join(root, 'url');
    await writeFile(file, `${text}\n`);
    const ran = await make(rendered({ bytes: key }), ['--url-file', file, '--offline']);
    assert.equal(ran.code, 1, flat(ran));
    return flat(ran);
  };
  assert.match(flat(made), /expires at .*, in 0 min/);
  while (Date.now() < (Date.parse(dateOf(url)) || 0) + 2500) await systemClock.sleep(100);
  assert.match(await given(url), /it expired at 20/);
  assert.match(
    await given(url.replace('X-Amz-Expires=2', 'X-Amz-Expires=7200')),
    /server refuses it \(SignatureDoesNotMatch/,
  );
  assert.match(
    await given('https://127.0.0.1:1/x.db?X-Amz-Signature=1'),
    /cannot be reached from here \(ECONNREFUSED\)/,
  );
  assert.match(await given(`${url}&x=${'y'.repeat(1024)}`), /a HostedCluster takes 1024/);
});

test('a certificate is trusted by what the location says, and a URL from elsewhere by the usual authorities only', async () => {
  const env = { HOME: root, LANG: 'C.UTF-8' };
  const tried = (...words: readonly string[]) =>
    runHere(['hosted-cluster', 'restore-manifest', '-f', '-', '--offline', ...words], {
      env,
      clock: systemClock,
      stdin: rendered({ bytes: key }),
    });
  const trusted = await tried('--location', location());
  assert.equal(trusted.code, 0, flat(trusted));
  assert.match(flat(trusted), /of an authority of your own: make sure that the pods of etcd trust it/);
  const file = join(root, 'elsewhere');
  await writeFile(file, urlIn(trusted.out));
  const distrusted = await tried('--url-file', file);
  assert.equal(distrusted.code, 1, flat(distrusted));
  assert.match(flat(distrusted), /certificate of its server is not trusted/);
});

function dateOf(url: string): string {
  const text = new URL(url).searchParams.get('X-Amz-Date') ?? '';
  return text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
}

test('what is left of the old cluster is named: objects, namespace, volumes, another key', async () => {
  const clusters = await typeNamed(client, 'hostedclusters.hypershift.openshift.io');
  const pools = await typeNamed(client, 'nodepools.hypershift.openshift.io');
  const [, , pool] = objectsIn(rendered({ name: 'old' }));
  const [, old] = objectsIn(rendered({ name: 'old' }));
  assert.ok(old !== undefined && pool !== undefined);
  const finalizers = ['hypershift.openshift.io/finalizer'];
  await client.create(clusters, { ...old, metadata: { ...old.metadata, finalizers } });
  await client.create(pools, pool);
  await client.create(await typeNamed(client, 'namespaces'), {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'clusters-old' },
  });
  await client.create(await typeNamed(client, 'persistentvolumeclaims'), {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data-etcd-0', namespace: 'clusters-old' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  });
  await client.create(secretType, secret('clusters', 'old-etcd-encryption-key', randomBytes(32)));
  const words = ['--location', location(), '--object', 'prod-snapshot.db'];
  const all = await make(rendered({ name: 'old', bytes: key }), words);
  assert.equal(all.code, 3, flat(all));
  for (const said of [
    /HostedCluster clusters\/old is still there/,
    /NodePools of the old cluster are still there: old/,
    /namespace of the old control plane, clusters-old, is still there/,
    /volumes of the old etcd are still there: data-etcd-0/,
    /Secret clusters\/old-etcd-encryption-key on the management cluster holds another key/,
  ])
    assert.match(flat(all), said);
  await client.delete(clusters, { namespace: 'clusters', name: 'old' });
  const ending = await make(rendered({ name: 'old', bytes: key }), words);
  assert.match(flat(ending), /is being deleted and waits for: hypershift.openshift.io\/finalizer/);
});

test('the objects of a running cluster become a manifest without what the server wrote, and without its pause', async () => {
  const clusters = await typeNamed(client, 'hostedclusters.hypershift.openshift.io');
  const [, live] = objectsIn(rendered({ name: 'live' }));
  assert.ok(live !== undefined);
  await client.create(clusters, { ...live, spec: { ...(live['spec'] as object), pausedUntil: 'true' } });
  await client.create(secretType, secret('clusters', 'live-etcd-encryption-key', key));
  const env = { HOME: root, KUBECONFIG: cluster.kubeconfig, AWS_CA_BUNDLE: store.caFile ?? '' };
  const words = ['--location', location(), '--object', 'prod-snapshot.db', '--with-key', '-o', 'json'];
  const file = join(root, 'live.yaml');
  const ran = await runHere(['hosted-cluster', 'restore-manifest', 'live', ...words, '-O', file], {
    env,
    clock: systemClock,
  });
  assert.equal(ran.code, 3, ran.out + ran.err);
  const { findings } = JSON.parse(ran.out) as { findings: { code: string }[] };
  assert.ok(findings.some(({ code }) => code === 'cluster-there'));
  const [made, brought, ...others] = objectsIn(await readFile(file, 'utf8'));
  assert.deepEqual(others, []);
  assert.deepEqual(Object.keys(made?.metadata ?? {}).sort(), ['name', 'namespace']);
  assert.ok(made !== undefined && !('status' in made) && !('pausedUntil' in (made['spec'] as object)));
  assert.deepEqual(brought?.['data'], { key: key.toString('base64') });
});

test('while the key is rotated both saved keys go into the Secrets of their names, though most values are under the backup key', async () => {
  const next = randomBytes(32);
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-cbc', next, iv);
  const plain = '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"new"}}';
  const prefix = Buffer.from(`k8s:enc:aescbc:v1:${keyNameOf(next)}:`);
  const value = Buffer.concat([prefix, iv, cipher.update(plain), cipher.final()]).toString('base64');
  await using gateway = await etcdGateway(cluster.etcd);
  const stored = Buffer.from('/registry/secrets/default/new').toString('base64');
  await gateway.post('/v3/kv/put', { key: stored, value });
  const file = join(root, 'rotating.db');
  await saveSnapshot(cluster.etcd, file);
  await gateway.post('/v3/kv/deleterange', { key: stored });
  const place = await openLocation({ url: location() });
  await place.put('rotating.db', await readFile(file));
  await place.close();
  const saved = join(root, 'both.json');
  const items = [
    secret('clusters', 'prod-old-key', key),
    secret('clusters', 'prod-etcd-encryption-key', next),
  ];
  await writeFile(saved, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const words = ['--location', location(), '--object', 'rotating.db', '--offline', '--with-key'];
  const text = rendered().replace(
    'activeKey: { name: prod-etcd-encryption-key }',
    'activeKey: { name: prod-etcd-encryption-key }, backupKey: { name: prod-old-key }',
  );
  const ran = await make(text, [...words, '--key-file', saved]);
  assert.equal(ran.code, 0, flat(ran));
  const keys = objectsIn(ran.out).flatMap(({ kind, metadata: { name }, data }) =>
    kind === 'Secret' ? [[name, (data as { key: string }).key]] : [],
  );
  assert.deepEqual(Object.fromEntries(keys), {
    'prod-etcd-encryption-key': next.toString('base64'),
    'prod-old-key': key.toString('base64'),
  });
  const alone = await make(rendered(), [...words, '--key-file', saved]);
  assert.equal(alone.code, 1, flat(alone));
  assert.match(flat(alone), /name both Secrets, spec.secretEncryption.aescbc.activeKey and backupKey/);
});
