import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { Clock } from '#foundation/clock.ts';
import { replayable } from './bodies.ts';
import { raise } from './errors.ts';
import { FilesystemStore } from './filesystem/store.ts';
import type { ObjectStore } from './object-store.ts';
import { readAll, readText } from './read-all.ts';
import { readOnly } from './read-only.ts';
import { heldBody, retrying } from './retrying.ts';
import { all, bytesOf, collect, failure, inChunks, keysOf, read, textAt } from './testing/contents.ts';
import { type Fault, type FaultPlan, faulty, type Operation, scripted } from './testing/faulty.ts';

let root: string;
let plain: FilesystemStore;
const waits: number[] = [];

const clock: Clock = {
  now: () => new Date(),
  monotonic: () => 0,
  sleep: async milliseconds => {
    waits.push(milliseconds);
  },
};

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hozon-storage-'));
  plain = new FilesystemStore(root);
  waits.length = 0;
});
afterEach(() => rm(root, { recursive: true }));

const before: Fault = { kind: 'before' };
const after: Fault = { kind: 'after' };

function behind(script: Partial<Record<Operation, readonly (Fault | undefined)[]>>): ObjectStore {
  return retrying(faulty(plain, scripted(script)), { clock, random: () => 1 });
}

test('a failure that may pass is tried again with growing waits, and given up in the end', async () => {
  const store = behind({ head: [before, before, before], delete: Array.from({ length: 9 }, () => before) });
  await plain.put('a', Buffer.from('x'));
  assert.equal((await store.head('a'))?.size, 1);
  assert.deepEqual(waits, [100, 200, 400]);
  await assert.rejects(store.delete('a'), failure('unavailable'));
  assert.equal(waits.length, 3 + 5);
});

test('a failure that does not pass is not tried again', async () => {
  const denied = raise.denied({ url: 'file:///x', reason: 'no' });
  const store = behind({
    get: [{ kind: 'before', error: denied }],
    put: [{ kind: 'before', error: new TypeError('bug') }],
  });
  await assert.rejects(store.get('a'), thrown => thrown === denied);
  await assert.rejects(store.put('a', Buffer.from('x')), TypeError);
  await assert.rejects(store.get('a'), failure('not-found'));
  await plain.put('a', Buffer.from('x'));
  await assert.rejects(store.getRange('a', { offset: 0, length: 2 }), failure('truncated'));
  assert.deepEqual(waits, []);
});

test('a read that is cut goes on where it was cut, in a range too', async () => {
  const bytes = bytesOf('read', 1_000_000);
  await plain.put('a', bytes);
  const cut: Fault = { kind: 'truncate', after: 300_000 };
  const store = behind({ get: [before, cut], getRange: [cut, before, cut, undefined, cut, cut] });
  assert.deepEqual(await read(store, 'a'), bytes);
  assert.deepEqual(await read(store, 'a', { offset: 10, length: 900_000 }), bytes.subarray(10, 900_010));
});

test('a read that is cut is not continued in another version of the object', async () => {
  await plain.put('a', bytesOf('old', 1_000_000));
  const store = behind({ get: [{ kind: 'truncate', after: 500_000 }] });
  const body = await store.get('a');
  await plain.put('a', bytesOf('new', 1_000_000));
  await assert.rejects(collect(body), failure('changed'));
});

test('a listing that is cut goes on after the last key, nothing twice and nothing missing', async () => {
  const keys = Array.from({ length: 20 }, (_, at) => `k/${String(at).padStart(2, '0')}/x`);
  for (const key of keys) await plain.put(key, Buffer.from('x'));
  const cuts: Fault[] = [{ kind: 'truncate', after: 7 }, before, { kind: 'truncate', after: 3 }];
  const store = behind({ list: cuts, listPrefixes: cuts });
  assert.deepEqual(await keysOf(store), keys);
  assert.deepEqual(
    await all(store.listPrefixes('k/')),
    keys.map(key => key.slice(0, 5)),
  );
});

test('a put is repeated for bytes, short streams and replayable ones', async () => {
  const long = bytesOf('long', heldBody + 2_000_000);
  const cut: Fault = { kind: 'cut-body', after: 5_500_000 };
  const store = behind({ put: [before, after, undefined, cut, undefined, before, cut, after] });
  await store.put('bytes', Buffer.from('x'));
  await store.put('stream', inChunks(long.subarray(0, 100_000), 1000));
  await store.put(
    'replayable',
    replayable(() => inChunks(long, 10_000)),
  );
  assert.equal(await textAt(store, 'bytes'), 'x');
  assert.deepEqual(await read(store, 'stream'), long.subarray(0, 100_000));
  assert.deepEqual(await read(store, 'replayable'), long);
});

test('a put of a long stream is repeated while only what is held of it was taken', async () => {
  const long = bytesOf('long', heldBody + 2_000_000);
  const early: Fault = { kind: 'cut-body', after: 1000 };
  const late: Fault = { kind: 'cut-body', after: heldBody + 1_000_000 };
  const store = behind({ put: [before, early, undefined, late] });
  await store.put('a', inChunks(long, 10_000));
  assert.deepEqual(await read(store, 'a'), long);
  await assert.rejects(store.put('b', inChunks(long, 10_000)), failure('unavailable'));
  assert.equal(await store.head('b'), undefined);
});

test('an error of the body is final, even one that may pass', async () => {
  const own = raise.unavailable({ url: 's3://elsewhere', reason: 'the source' });
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('x');
    throw own;
  }
  const store = behind({});
  await assert.rejects(store.put('a', broken()), thrown => thrown === own);
  await assert.rejects(store.put('a', replayable(broken)), thrown => thrown === own);
  assert.deepEqual(waits, []);
});

test('putIfAbsent whose answer was lost tells its own object from a rival’s', async () => {
  const long = bytesOf('long', heldBody + 1);
  const store = behind({ putIfAbsent: [after, undefined, after, undefined, before, undefined, undefined] });
  assert.equal((await store.putIfAbsent('mine', Buffer.from('me'))).size, 2);
  assert.equal(
    (
      await store.putIfAbsent(
        'replayed',
        replayable(() => inChunks(long, 5000)),
      )
    ).size,
    long.length,
  );
  await plain.put('theirs', Buffer.from('you'));
  await assert.rejects(store.putIfAbsent('theirs', Buffer.from('me!')), failure('already-exists'));
  assert.equal(await textAt(plain, 'theirs'), 'you');
  await assert.rejects(store.putIfAbsent('mine', Buffer.from('me')), failure('already-exists'));
});

test('an abort ends a stalled call and a wait', async () => {
  const reason = new Error('enough');
  const stalled: FaultPlan = ({ operation }) => (operation === 'head' ? { kind: 'stall' } : before);
  const controller = new AbortController();
  const store = retrying(faulty(plain, stalled), {
    backoff: { attempts: 5, firstDelay: 1e9, maxDelay: 1e9 },
    onRetry: () => setImmediate(() => controller.abort(reason)),
  });
  const { signal } = controller;
  const head = store.head('a', { signal });
  await assert.rejects(
    store.delete('a', { signal }),
    thrown => (thrown as Error).name === 'AbortError' || thrown === reason,
  );
  await assert.rejects(head, thrown => thrown === reason);
});

test('a stalled call goes on when it is released', async () => {
  const released = Promise.withResolvers<void>();
  const store = faulty(plain, scripted({ put: [{ kind: 'stall', until: released.promise }] }));
  const put = store.put('a', Buffer.from('x'));
  assert.equal(await plain.head('a'), undefined);
  released.resolve();
  await put;
  assert.equal(await textAt(plain, 'a'), 'x');
});

test('a read-only store reads and refuses to write', async () => {
  await plain.put('a', Buffer.from('x'));
  const store = readOnly(plain);
  assert.equal(await textAt(store, 'a'), 'x');
  const write = { key: 'a', id: 'x', begun: new Date() };
  const writes = [
    () => store.put('a', Buffer.from('y')),
    () => store.putIfAbsent('b', Buffer.from('y')),
    () => store.delete('a'),
    () => store.abandon(write),
  ];
  for (const refused of writes) await assert.rejects(refused, failure('read-only'));
  assert.deepEqual(await keysOf(store), ['a']);
});

test('readAll holds no more than its limit', async () => {
  await plain.put('a', bytesOf('a', 600_000));
  assert.deepEqual(await readAll(plain, 'a', { limit: 600_000 }), bytesOf('a', 600_000));
  await assert.rejects(readAll(plain, 'a', { limit: 599_999 }), failure('too-large'));
  await plain.put('text', Buffer.from('é'));
  assert.equal(await readText(plain, 'text', { limit: 10 }), 'é');
});
