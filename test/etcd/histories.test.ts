import assert from 'node:assert/strict';
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { BoltFile } from '#etcd/bolt/bolt-file.ts';
import { listObjects } from '#etcd/objects/list-objects.ts';
import { SnapshotReader } from '#etcd/objects/snapshot-reader.ts';
import { listKeys } from '#etcd/snapshot/key-list.ts';
import { type KeysAtRevision, keysAt } from '#etcd/snapshot/key-values.ts';
import { Records } from '#etcd/snapshot/records.ts';
import { readStatus } from '#etcd/snapshot/status.ts';
import { verifySnapshot } from '#etcd/snapshot/verify.ts';
import { isHozonError } from '#foundation/errors.ts';
import { type EtcdGateway, etcdGateway } from '#testbed/cluster/etcd-gateway.ts';
import { saveSnapshot, stockStatus } from '#testbed/cluster/etcd-snapshot.ts';
import { sharedCluster, uniqueName } from '#testbed/shared.ts';
import { rounds } from '#testbed/soak.ts';

let directory: string;
let file: string;
let etcd: EtcdGateway;
const prefix = `/${uniqueName('history')}/`;
/** What etcd answered at each of them: value and revision of the last change, by key. */
const answers = new Map<number, Record<string, string>>();

/** Random transactions: values from nothing to several pages, keys written again, deleted, and deleted by ranges. */
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-etcd-history-'));
  file = join(directory, 'snapshot.db');
  const cluster = await sharedCluster('light');
  etcd = await etcdGateway(cluster.etcd);
  for (let round = 0; round < rounds(30); round++) {
    const changes = new Map(Array.from({ length: randomInt(1, 20) }, () => change(randomInt(60))));
    await etcd.post('/v3/kv/txn', { success: [...changes.values()] });
    if (round % 10 === 0) await clear(randomInt(50));
    if (round % 5 === 4) await ask();
  }
  await ask();
  await saveSnapshot(cluster.etcd, file);
});
after(async () => {
  await etcd?.post('/v3/kv/deleterange', wholeRange());
  await etcd?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');
const keyOf = (number: number): string => `${prefix}${String(number).padStart(3, '0')}`;

function change(number: number): readonly [number, object] {
  const key = base64(keyOf(number));
  if (randomInt(4) === 0) return [number, { requestDeleteRange: { key } }];
  const size = randomInt(3) === 0 ? randomInt(30_000) : randomInt(100);
  return [number, { requestPut: { key, value: base64(valueOf(size)) } }];
}

/** Never an object of a kind: other tests read their own snapshots of this etcd. */
function valueOf(size: number): Buffer {
  const value = randomBytes(size);
  if (size > 0) value[0] = 0;
  return value;
}

async function clear(from: number): Promise<void> {
  const range = { key: base64(keyOf(from)), range_end: base64(keyOf(from + 10)) };
  await etcd.post('/v3/kv/deleterange', range);
}

function wholeRange(): object {
  return { key: base64(prefix), range_end: base64(`${prefix.slice(0, -1)}0`) };
}

interface Range {
  readonly header: { readonly revision: string };
  readonly kvs?: readonly { readonly key: string; readonly mod_revision: string; readonly value?: string }[];
}

async function ask(): Promise<void> {
  const { header, kvs = [] } = (await etcd.post('/v3/kv/range', wholeRange())) as unknown as Range;
  const entries = kvs.map(({ key, value = '', mod_revision: at }) => [
    Buffer.from(key, 'base64').toString(),
    `${at} ${value}`,
  ]);
  answers.set(Number(header.revision), Object.fromEntries(entries));
}

async function found(keys: KeysAtRevision): Promise<Record<string, string>> {
  const entries: Record<string, string> = {};
  for await (const { keyValue } of keys.all()) {
    const key = keyValue.key.toString();
    if (key.startsWith(prefix)) entries[key] = `${keyValue.modRevision} ${keyValue.value.toString('base64')}`;
  }
  return entries;
}

test('at every revision the keys are those that etcd answered then', async () => {
  using bolt = BoltFile.open(file);
  const records = new Records(bolt);
  assert.ok(answers.size >= 6);
  for (const [revision, answer] of answers) {
    const keys = await keysAt(records, { revision });
    assert.deepEqual(await found(keys), answer, String(revision));
    const names = [...(await listKeys(records, { revision }))].filter(key => key.startsWith(prefix));
    assert.deepEqual(names, Object.keys(answer).sort(), String(revision));
    for (let number = 0; number < 60; number++) {
      const value = keys.get(Buffer.from(keyOf(number)));
      assert.equal(value && `${value.modRevision} ${value.value.toString('base64')}`, answer[keyOf(number)]);
    }
  }
});

test('its status is what etcdutl says, and it is sound', async () => {
  using bolt = BoltFile.open(file);
  const { hash, revision, liveKeys, totalSize } = await readStatus(bolt);
  const stock = await stockStatus(file);
  assert.deepEqual(
    [hash, revision, liveKeys, totalSize],
    [stock.hash, stock.revision, stock.totalKey, stock.totalSize],
  );
  assert.deepEqual((await verifySnapshot(file)).findings, []);
});

test('a revision that is not in it yet is refused', async () => {
  using bolt = BoltFile.open(file);
  const records = new Records(bolt);
  await assert.rejects(keysAt(records, { revision: records.newest() + 1 }), thrown =>
    isHozonError(thrown, 'etcd.snapshot-revision'),
  );
});

test('whatever its pages say under a right checksum, reading it ends, and with an error that names the file', async () => {
  const sound = (await readFile(file)).subarray(0, -32);
  const hostile = join(directory, 'hostile.db');
  for (let round = 0; round < rounds(40); round++) {
    const bytes = Buffer.from(sound);
    for (let count = randomInt(1, 6); count > 0; count--) mutate(bytes);
    await writeFile(hostile, Buffer.concat([bytes, createHash('sha256').update(bytes).digest()]));
    const { trailer } = await verifySnapshot(hostile);
    assert.equal(trailer, 'sound');
    await readAll(hostile).catch(thrown => assert.ok(isHozonError(thrown), String(thrown)));
  }
});

/** Changes a number near the beginning of a page, where headers and elements are. */
function mutate(bytes: Buffer): void {
  const page = 4096 * randomInt(2, bytes.length / 4096);
  const at = page + 4 * randomInt(40);
  const values = [0, 1, 2, 3, 0xff, 0x7fff_ffff, 0xffff_ffff, randomInt(64), randomInt(2 ** 32 - 1)];
  bytes.writeUInt32LE(values[randomInt(values.length)] ?? 0, at);
}

async function readAll(path: string): Promise<void> {
  using bolt = BoltFile.open(path);
  await readStatus(bolt);
  const reader = new SnapshotReader(await keysAt(new Records(bolt)), { source: path });
  await listObjects(new Records(bolt), {});
  for await (const { object } of reader.objects()) assert.equal(typeof object.metadata.name, 'string');
}
