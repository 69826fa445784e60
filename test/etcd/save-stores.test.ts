import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Ran, runHere } from '#cli/testing.ts';
import { verifySnapshot } from '#etcd/snapshot/verify.ts';
import { systemClock } from '#foundation/clock.ts';
import { openLocation } from '#storage/locations.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { type EtcdCluster, startEtcdCluster } from '#testbed/etcd/cluster.ts';
import { startWriteLoad } from '#testbed/etcd/load.ts';
import { sharedObjectStore, uniqueBucket } from '#testbed/shared.ts';
import { metBeforeEnd, startRelay } from './relay.ts';

let root: string;
let cluster: EtcdCluster;
let credentials: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'hozon-save-stores-'));
  cluster = await startEtcdCluster({ members: 1, tls: false, flags: ['--unsafe-no-fsync'] });
  await using load = await startWriteLoad(cluster, { valueBytes: 400_000, restMs: 0 });
  await load.untilAcknowledged(35);
  const { accessKeyId, secretAccessKey } = await sharedObjectStore();
  credentials = join(root, 'credentials');
  const lines = ['[default]', `aws_access_key_id=${accessKeyId}`, `aws_secret_access_key=${secretAccessKey}`];
  await writeFile(credentials, lines.join('\n'), { mode: 0o600 });
});
after(async () => {
  await cluster?.[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

interface Saving {
  readonly endpoint?: string;
  readonly env?: Readonly<Record<string, string>>;
}

function save(words: readonly string[], { endpoint, env = {} }: Saving = {}): Promise<Ran> {
  const endpoints = ['--endpoints', endpoint ?? cluster.endpoints[0] ?? ''];
  const argv = ['etcd', 'snapshot', 'save', ...words, ...endpoints];
  return runHere(argv, { env: { HOME: root, ...patient, ...env }, clock: systemClock });
}

/** A busy machine is not taken for a member that does not answer. */
const patient = { ETCDCTL_COMMAND_TIMEOUT: '120s' };

/** The URL of a prefix of a bucket of the testbed's. */
async function urlOf(bucket: string, prefix: string): Promise<string> {
  const { endpoint, region, caFile } = await sharedObjectStore();
  const url = new URL(`s3://${bucket}/${prefix}`);
  const parameters = { endpoint, region, 'path-style': 'true', 'credentials-file': credentials, ca: caFile };
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url.href;
}

async function keysIn(store: ObjectStore): Promise<string[]> {
  const found = await Array.fromAsync(store.list(''));
  const unfinished = await Array.fromAsync(store.unfinished(''));
  return [...found, ...unfinished].map(({ key }) => key);
}

/** A place that leads to the member and breaks in the middle of a snapshot, in every way of several. */
const faults = [
  { afterBytes: 9_500_001, does: 'flip' },
  { afterBytes: 9_500_001, does: 'cut' },
] as const;

test('S3: a snapshot is streamed into a prefix, and one that breaks leaves nothing there', async () => {
  const bucket = await uniqueBucket(await sharedObjectStore());
  const url = await urlOf(bucket, 'etcd/west');
  const store = await openLocation({ url });
  try {
    for (const fault of faults) {
      await using relay = await startRelay(cluster.endpoints[0] ?? '', fault);
      const saving = save([url], { endpoint: `http://127.0.0.1:${relay.port}` });
      await metBeforeEnd(relay, saving);
      const { code, err } = await saving;
      assert.equal(code, 1, err);
      assert.deepEqual(await keysIn(store), []);
    }
    const { code, out, err } = await save([url, '-o', 'json']);
    assert.equal(code, 0, err);
    const { name, place, verified } = JSON.parse(out) as Record<string, string>;
    assert.equal(place, `s3://${bucket}/etcd/west/${name}`);
    assert.equal(verified, 'checksum');
    assert.deepEqual(await keysIn(store), [name]);
    const file = join(root, 'from-s3.db');
    await writeFile(file, Buffer.concat(await Array.fromAsync(await store.get(name ?? ''))));
    assert.deepEqual((await verifySnapshot(file)).findings, []);
    const again = await save([url, '--name', name ?? '']);
    assert.equal(again.code, 1);
    assert.match(again.err, /etcd\.save-exists/);
  } finally {
    await store.close();
  }
});

test('S3: the prefix of a configured storage location, and what is below it, is refused', async () => {
  const bucket = await uniqueBucket(await sharedObjectStore());
  const config = join(root, 'config.yaml');
  await writeFile(
    config,
    JSON.stringify({
      locations: { nightly: { url: await urlOf(bucket, 'velero'), credentialsFile: credentials } },
    }),
  );
  const env = { HOZON_CONFIG: config };
  for (const prefix of ['velero', 'velero/etcd', 'velero/backups']) {
    const { code, err } = await save([await urlOf(bucket, prefix)], { env });
    assert.equal(code, 2, err);
    assert.match(
      err,
      /lies in the storage location nightly of the configuration[^]*etcd\.save-velero-location/,
    );
  }
  for (const prefix of ['velero-etcd', '']) {
    const { code, err } = await save([await urlOf(bucket, prefix), '--dry-run'], { env });
    assert.equal(code, 0, err);
  }
});

test('a directory that is a configured storage location is refused', async () => {
  const place = join(root, 'backups');
  await mkdir(join(place, 'etcd'), { recursive: true });
  const linked = join(root, 'linked');
  await symlink(place, linked);
  const config = join(root, 'directories.yaml');
  for (const [known, target] of [
    [place, join(place, 'etcd')],
    [linked, join(place, 'etcd')],
    [place, join(linked, 'etcd')],
    [place, `file://${linked}/etcd`],
    [linked, `file://${place}/absent`],
  ] as const) {
    await writeFile(config, JSON.stringify({ locations: { local: { url: `file://${known}` } } }));
    const { code, err } = await save([target], { env: { HOZON_CONFIG: config } });
    assert.equal(code, 2, `${known} ${target}: ${err}`);
    assert.match(err, /etcd\.save-velero-location/);
  }
});

for (const format of ['restic', 'kopia'] as const) {
  test(`a ${format} repository: a snapshot comes back as it was, and one that breaks is none`, async () => {
    const place = await mkdtemp(join(root, `${format}-`));
    const env = { RESTIC_PASSWORD: 'p', KOPIA_PASSWORD: 'p' };
    const repo = ['--repo', `file://${place}`];
    const hozon = async (...words: string[]): Promise<string> => {
      const { code, out, err } = await runHere(words, { env: { HOME: root, ...env }, clock: systemClock });
      assert.equal(code, 0, err);
      return out;
    };
    await hozon('repo', 'init', ...repo, '--format', format);
    await using relay = await startRelay(cluster.endpoints[0] ?? '', faults[0]);
    const saving = save(repo, { endpoint: `http://127.0.0.1:${relay.port}`, env });
    await metBeforeEnd(relay, saving);
    const broken = await saving;
    assert.equal(broken.code, 1, broken.err);
    const { code, out, err } = await save([...repo, '--cluster-name', 'west', '-o', 'json'], { env });
    assert.equal(code, 0, err);
    const { name, sha256 } = JSON.parse(out) as { name: string; sha256: string };
    const all = JSON.parse(await hozon('repo', 'snapshots', ...repo, '-o', 'json')) as {
      items: { id: string; paths: string[] }[];
    };
    assert.deepEqual(
      all.items.map(({ paths }) => paths),
      [['/etcd/west/snapshot']],
    );
    const target = await mkdtemp(join(root, 'restored-'));
    await hozon('repo', 'restore', all.items[0]?.id ?? '', ...repo, '--target', target);
    const [restored = ''] = (await readdir(target, { recursive: true })).filter(each => each.endsWith('.db'));
    assert.equal(restored.split('/').at(-1), name);
    const file = join(target, restored);
    assert.equal((await readFile(file)).subarray(-32).toString('hex'), sha256);
    assert.deepEqual((await verifySnapshot(file)).findings, []);
  });
}
