import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { systemClock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { ProgressEvent } from '#foundation/progress.ts';
import { ownIdentity } from '#repository/restic/access/identity.ts';
import type { IndexedRepository } from '#repository/restic/access/indexed.ts';
import { saveDocument } from '#repository/restic/access/save.ts';
import { findSnapshot, type StoredSnapshot } from '#repository/restic/access/snapshots.ts';
import { findParent } from '#repository/restic/backup/parent.ts';
import {
  type SnapshotTreeOptions,
  snapshotTree,
  type TreeSnapshot,
} from '#repository/restic/backup/snapshot-tree.ts';
import {
  directoryEvent,
  entryOf,
  fileEvent,
  sourceOf,
  textContent,
  treeOf,
} from '#repository/restic/backup/testing.ts';
import { checkRestic } from '#repository/restic/checking/check.ts';
import { writeIndex } from '#repository/restic/format/index-file.ts';
import { openPlainSink } from '#repository/restic/pipeline/plain-sink.ts';
import { readContent, walkSnapshot } from '#repository/restic/reading/browse.ts';
import type { SourceEvent, TreeSource } from '#repository/trees/source.ts';
import { openQuick } from './crafted.ts';
import { MemoryStore } from './memory-store.ts';
import { makeQuickRepository } from './quick-repository.ts';

/** What becomes of a source's events, by a source that says what a test wants it to. */

type Told = Partial<SnapshotTreeOptions>;

async function newStore(): Promise<MemoryStore> {
  const store = new MemoryStore();
  await makeQuickRepository(store);
  return store;
}

async function take(store: MemoryStore, source: TreeSource, told: Told = {}): Promise<TreeSnapshot> {
  return snapshotTree(await openQuick(store), source, {
    identity: { ...ownIdentity(), hostname: 'here', username: 'someone', uid: 5, gid: 0 },
    clock: systemClock,
    parent: undefined,
    openSink: async (repository, options) => openPlainSink(repository, options),
    ...told,
  });
}

function stored({ id, document }: TreeSnapshot): StoredSnapshot {
  assert.ok(id !== undefined);
  return { id, document };
}

/** The files of a snapshot, with their texts, and its directories. */
async function contentsOf(
  repository: IndexedRepository,
  snapshot: StoredSnapshot,
): Promise<Map<string, string>> {
  const contents = new Map<string, string>();
  for await (const entry of walkSnapshot(repository, snapshot)) {
    const parts = entry.node.type === 'file' ? await Array.fromAsync(readContent(repository, entry)) : [];
    contents.set(
      entry.path.toString(),
      entry.node.type === 'file' ? Buffer.concat(parts).toString() : entry.node.type,
    );
  }
  return contents;
}

async function assertSound(store: MemoryStore): Promise<void> {
  assert.deepEqual(await Array.fromAsync(checkRestic(await openQuick(store), { readData: true })), []);
}

/** A source whose contents must not be read. */
function unread(source: TreeSource): TreeSource {
  const untouchable = {
    [Symbol.asyncIterator]: (): never => assert.fail('a content was read'),
  };
  return {
    ...source,
    async *events(options) {
      for await (const batch of source.events(options)) {
        yield batch.map(event =>
          event.kind === 'entry' && event.content !== undefined
            ? { ...event, content: { kind: 'stream', body: untouchable } as const }
            : event,
        );
      }
    },
  };
}

const files = { a: 'one', 'b/c': 'two', 'b/d/e': '', 'b/d/f': 'three', z: 'one' };

test('a tree is stored, and said to be', async () => {
  const store = await newStore();
  const told = {
    tags: ['x', 'y'],
    excludes: ['*.tmp'],
    program: 'hozon 1',
    time: 1_767_323_045_000_000_000n,
  };
  const taken = await take(store, treeOf(files), told);
  const repository = await openQuick(store);
  const { document } = await findSnapshot(repository, taken.id ?? '');
  assert.deepEqual(document, taken.document);
  assert.deepEqual(
    await contentsOf(repository, stored(taken)),
    new Map([
      ['/a', 'one'],
      ['/b', 'dir'],
      ['/b/c', 'two'],
      ['/b/d', 'dir'],
      ['/b/d/e', ''],
      ['/b/d/f', 'three'],
      ['/z', 'one'],
    ]),
  );
  const members = 'time tree paths hostname username uid excludes tags program_version summary';
  assert.deepEqual(Object.keys(document), members.split(' '));
  const { summary, hostname, username, uid, paths, tags, excludes } = document;
  assert.deepEqual(
    [hostname, username, uid, paths, tags, excludes],
    ['here', 'someone', 5, ['/tree'], ['x', 'y'], ['*.tmp']],
  );
  const {
    backup_start: _begun,
    backup_end: _ended,
    data_added_packed: packed,
    ...counts
  } = summary as Record<string, number>;
  assert.ok(packed !== undefined && packed > 0);
  assert.deepEqual(counts, {
    files_new: 5,
    files_changed: 0,
    files_unmodified: 0,
    dirs_new: 2,
    dirs_changed: 0,
    dirs_unmodified: 0,
    data_blobs: 3,
    tree_blobs: 3,
    data_added: counts['data_added'],
    total_files_processed: 5,
    total_bytes_processed: 14,
  });
  await assertSound(store);
});

test('nothing of an unchanged tree is read or stored, whoever walks it', async () => {
  const store = await newStore();
  const first = stored(await take(store, treeOf(files)));
  const keys = [...store.files.keys()];
  const second = await take(store, unread(treeOf(files)), { parent: first });
  assert.equal(second.document.tree, first.document.tree);
  assert.equal(second.document.parent, first.id);
  assert.deepEqual(second.statistics.files, { new: 0, changed: 0, unmodified: 5 });
  assert.deepEqual(second.statistics.directories, { new: 0, changed: 0, unmodified: 2 });
  assert.deepEqual(second.totals, { dataBlobs: 0, treeBlobs: 0, added: 0, addedPacked: 0 });
  assert.equal(store.files.size, keys.length + 1);
  const skipped = await take(store, treeOf(files), { parent: first, skipIfUnchanged: true });
  assert.equal(skipped.id, undefined);
  assert.equal(store.files.size, keys.length + 1);
});

test('what is new, changed, gone or of another type is told apart', async () => {
  const store = await newStore();
  const first = stored(await take(store, treeOf({ ...files, gone: 'x', 'was/a': '', 'mode/x': '' })));
  const now = { ...files, a: 'other', 'b/new': 'new', was: 'a file', 'mode/x': '' };
  const told = (path: string) => (path === 'mode' ? { mode: 0o700 } : path === 'a' ? { mtime: 5n } : {});
  const second = await take(store, treeOf(now, told), { parent: first });
  assert.deepEqual(second.statistics.files, { new: 1, changed: 2, unmodified: 5 });
  assert.deepEqual(second.statistics.directories, { new: 0, changed: 2, unmodified: 1 });
  const repository = await openQuick(store);
  const contents = await contentsOf(repository, stored(second));
  assert.deepEqual(
    [contents.get('/a'), contents.get('/was'), contents.has('/gone')],
    ['other', 'a file', false],
  );
  assert.equal((await take(store, treeOf(now, told))).document.tree, second.document.tree);
  await assertSound(store);
});

test('a file whose metadata alone changed is not read again, and its node is of now', async () => {
  const store = await newStore();
  const first = stored(await take(store, treeOf(files)));
  const moded = treeOf(files, path => (path === 'a' ? { mode: 0o600 } : {}));
  const second = await take(store, unread(moded), { parent: first });
  assert.notEqual(second.document.tree, first.document.tree);
  assert.deepEqual(second.statistics.files, { new: 0, changed: 0, unmodified: 5 });
  assert.equal(
    (
      await take(
        store,
        treeOf(files, path => (path === 'a' ? { mode: 0o600 } : {})),
      )
    ).document.tree,
    second.document.tree,
  );
});

test('another inode, or ctime, is read again unless told otherwise', async () => {
  const store = await newStore();
  const first = stored(await take(store, treeOf(files)));
  const moved = () => treeOf(files, () => ({ inode: 8n, ctime: 9n }));
  const changed = await take(store, moved(), { parent: first });
  assert.equal(changed.statistics.files.changed, 5);
  await assert.rejects(
    take(store, unread(moved()), { parent: first, ignoreCtime: true }),
    /a content was read/,
  );
  const taken = await take(store, unread(moved()), { parent: first, ignoreCtime: true, ignoreInode: true });
  assert.equal(taken.statistics.files.unmodified, 5);
  assert.equal(taken.document.tree, changed.document.tree);
});

test('order and the saying of what was left do not matter to the tree', async () => {
  const store = await newStore();
  const ordered = await take(store, treeOf(files));
  const events: SourceEvent[] = [];
  for await (const batch of treeOf(files).events({}))
    events.push(...batch.filter(({ kind }) => kind !== 'left'));
  const directories = events.filter(event => event.kind === 'entry' && event.entry.type === 'dir');
  const others = events.filter(event => event.kind === 'entry' && event.entry.type !== 'dir');
  const again = [...others, ...directories].toSorted((a, b) => depthOf(a) - depthOf(b)).toReversed();
  const parentsFirst = again.toReversed();
  for (const parent of [undefined, stored(ordered)]) {
    const shuffled = sourceOf(parent === undefined ? parentsFirst : parentsFirst.map(fresh));
    assert.equal((await take(store, shuffled, { parent })).document.tree, ordered.document.tree);
  }
});

function depthOf(event: SourceEvent): number {
  const path = event.kind === 'entry' ? event.entry.path : event.path;
  return path.toString().split('/').length;
}

/** The same event with a body that can be read. */
function fresh(event: SourceEvent): SourceEvent {
  if (event.kind !== 'entry' || event.content === undefined) return event;
  const path = event.entry.path.toString() as keyof typeof files;
  return { ...event, content: textContent(files[path]) };
}

test('a tree by its parent is the tree without one, whatever changed', async () => {
  const name = fc.constantFrom('a', 'b', 'c<', 'ü', '"');
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map(names => names.join('/'));
  const tree = fc
    .dictionary(path, fc.constantFrom('', 'x', 'yy'), { minKeys: 1, maxKeys: 8 })
    .map(each => Object.fromEntries(Object.entries(each).filter(([key]) => isLeaf(key, each))))
    .filter(each => Object.keys(each).length > 0);
  const property = fc.asyncProperty(tree, tree, async (before, after) => {
    const store = await newStore();
    const parent = stored(await take(store, treeOf(before)));
    const [incremental, whole] = [
      await take(store, treeOf(after), { parent }),
      await take(store, treeOf(after)),
    ];
    assert.equal(incremental.document.tree, whole.document.tree);
  });
  await fc.assert(property, { numRuns: 60 });
});

function isLeaf(path: string, all: Readonly<Record<string, string>>): boolean {
  return !Object.keys(all).some(other => other.startsWith(`${path}/`));
}

test('entries that cannot be read are named, the rest is stored', async () => {
  const store = await newStore();
  const error = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
  const lost = entryOf('gone', { size: 5 });
  const events: SourceEvent[] = [
    fileEvent('a', 'a'),
    { kind: 'failed', path: Buffer.from('b'), error },
    { kind: 'entry', entry: lost, content: { kind: 'path', path: Buffer.from('/hozon/no/such/file') } },
    { kind: 'entry', entry: entryOf('socket', { type: 'socket' }) },
  ];
  const told: string[] = [];
  const taken = await take(store, sourceOf(events), { onFailure: ({ path }) => told.push(path.toString()) });
  assert.deepEqual(told, ['b', 'gone']);
  assert.deepEqual(
    taken.failures.map(({ path, error }) => [path.toString(), (error as NodeJS.ErrnoException).code]),
    [
      ['b', 'EACCES'],
      ['gone', 'ENOENT'],
    ],
  );
  assert.deepEqual([...(await contentsOf(await openQuick(store), stored(taken))).keys()], ['/a']);
  await assertSound(store);
});

test('a tree of nothing is no snapshot', async () => {
  const store = await newStore();
  const before = store.files.size;
  const isNothing = (thrown: unknown): boolean => isHozonError(thrown, 'repository.nothing-stored');
  await assert.rejects(take(store, sourceOf([])), isNothing);
  const lost: SourceEvent = {
    kind: 'entry',
    entry: entryOf('x'),
    content: { kind: 'path', path: Buffer.from('/no/x') },
  };
  await assert.rejects(take(store, sourceOf([lost])), isNothing);
  assert.equal(store.files.size, before);
});

test('the size of a file is that of what was read', async () => {
  const store = await newStore();
  const taken = await take(store, sourceOf([fileEvent('grew', 'four', { size: 3 })]));
  const [entry] = await Array.fromAsync(walkSnapshot(await openQuick(store), stored(taken)));
  assert.equal(entry?.node.size, 4);
  assert.equal(taken.statistics.bytes, 4);
});

test('a file that is another name of one has its content', async () => {
  const store = await newStore();
  const same = (path: string, of: string): SourceEvent => ({
    kind: 'entry',
    entry: entryOf(path),
    content: { kind: 'same-as', path: Buffer.from(of) },
  });
  const events = () => [
    directoryEvent('d'),
    fileEvent('d/a', 'text'),
    same('b', 'd/a'),
    same('c', 'nowhere'),
  ];
  const first = await take(store, sourceOf(events()));
  assert.equal((await contentsOf(await openQuick(store), stored(first))).get('/b'), 'text');
  assert.deepEqual(
    first.failures.map(({ path, error }) => [
      path.toString(),
      isHozonError(error, 'repository.link-missing'),
    ]),
    [['c', true]],
  );
  const second = await take(store, sourceOf(events()), { parent: stored(first) });
  assert.equal((await contentsOf(await openQuick(store), stored(second))).get('/b'), 'text');
  assert.deepEqual(second.statistics.files, { new: 0, changed: 0, unmodified: 2 });
});

test('a file whose content the repository has lost is stored again', async () => {
  const store = await newStore();
  const first = stored(await take(store, treeOf(files)));
  const crippled = await withoutData(store);
  const second = await take(crippled, treeOf(files), { parent: first });
  assert.equal(second.document.tree, first.document.tree);
  assert.deepEqual(
    second.failures.map(({ path, error }) => [
      path.toString(),
      isHozonError(error, 'repository.content-missing'),
    ]),
    ['a', 'b/c', 'b/d/f'].map(path => [path, true]),
  );
  assert.equal((await contentsOf(await openQuick(crippled), stored(second))).get('/b/d/f'), 'three');
});

/** The same location, with an index that names only trees. */
async function withoutData(store: MemoryStore): Promise<MemoryStore> {
  const { index, ...opened } = await openQuick(store);
  const places = Array.from({ length: index.size }, (_, at) => index.place(at));
  const packs = index.packs.map(id => ({
    id,
    blobs: places.filter(({ pack, type }) => pack === id && type === 'tree'),
  }));
  const copy = await MemoryStore.copyOf(store);
  for (const key of copy.files.keys()) if (key.startsWith('index/')) copy.files.delete(key);
  const text = writeIndex(packs.filter(({ blobs }) => blobs.length > 0));
  await saveDocument({ ...opened, store: copy }, 'index', text);
  return copy;
}

test("a parent's tree that is damaged is named, and its directory compared with nothing", async () => {
  const store = await newStore();
  const first = stored(await take(store, treeOf(files)));
  const { index } = await openQuick(store);
  const root = index.places('tree', first.document.tree)[0];
  assert.ok(root !== undefined);
  const key = `data/${root.pack.slice(0, 2)}/${root.pack}`;
  const bytes = Buffer.from(store.files.get(key) ?? []);
  bytes[root.offset + 20] = (bytes[root.offset + 20] ?? 0) ^ 1;
  const damaged = store.with(key, bytes);
  const second = await take(damaged, treeOf({ ...files, new: 'x' }), { parent: first });
  assert.deepEqual(
    second.failures.map(({ path, error }) => [path.toString(), isHozonError(error, 'repository.damaged')]),
    [['', true]],
  );
  assert.equal(second.statistics.files.new, 6);
  assert.equal((await contentsOf(await openQuick(damaged), stored(second))).get('/new'), 'x');
});

test('a rehearsal writes nothing, and counts the same', async () => {
  const store = await newStore();
  const before = new Map(store.files);
  const rehearsed = await take(store, treeOf(files), { dryRun: true });
  assert.deepEqual(store.files, before);
  const taken = await take(store, treeOf(files));
  assert.equal(rehearsed.id, undefined);
  assert.equal(rehearsed.document.tree, taken.document.tree);
  const { added, dataBlobs, treeBlobs } = taken.totals;
  assert.deepEqual(
    [rehearsed.totals.added, rehearsed.totals.dataBlobs, rehearsed.totals.treeBlobs],
    [added, dataBlobs, treeBlobs],
  );
});

test('a source that fails, and an abort, leave no snapshot', async () => {
  const store = await newStore();
  const failing: TreeSource = {
    roots: [],
    async *events() {
      yield [fileEvent('a', randomBytes(1000).toString('hex'))];
      throw new Error('the source is gone');
    },
  };
  await assert.rejects(take(store, failing), /the source is gone/);
  const abort = new AbortController();
  const progress = (): void => abort.abort(new Error('enough'));
  await assert.rejects(take(store, treeOf(files), { signal: abort.signal, progress }), /enough/);
  assert.ok(![...store.files.keys()].some(key => key.startsWith('snapshots/')));
});

test('what an interrupted snapshot stored for ten minutes is not stored again', async () => {
  const store = await newStore();
  const content = randomBytes(40_000_000);
  let minutes = 0;
  const clock = { ...systemClock, monotonic: () => minutes * 60_000 };
  async function* pieces(fails: boolean): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < content.length; at += 1_000_000) {
      if (at === 20_000_000) minutes = 11;
      yield content.subarray(at, at + 1_000_000);
    }
    if (fails) throw new Error('killed');
  }
  const source = (fails: boolean): TreeSource => {
    const body = { kind: 'stream', body: pieces(fails) } as const;
    return sourceOf([{ kind: 'entry', entry: entryOf('large', { size: content.length }), content: body }]);
  };
  await assert.rejects(take(store, source(true), { clock }), /killed/);
  const read: number[] = [];
  const progress = ({ phase, done }: ProgressEvent): void => void (phase === 'read' && read.push(done));
  const again = await take(store, source(false), { progress });
  assert.deepEqual(read.slice(0, 2), [1_000_000, 2_000_000]);
  assert.equal(read.at(-1), content.length);
  assert.ok(again.totals.added < 25_000_000, `${again.totals.added}`);
  const [entry] = await Array.fromAsync(walkSnapshot(await openQuick(store), stored(again)));
  assert.ok(entry !== undefined);
  const parts = await Array.fromAsync(readContent(await openQuick(store), entry));
  assert.ok(Buffer.concat(parts).equals(content));
});

test('the parent is the newest of the host that has all the paths', async () => {
  const store = await newStore();
  const at = async (time: bigint, hostname: string, path: string) =>
    (await take(store, { ...treeOf({ a: `${time}` }), roots: [Buffer.from(path)] }, { time, hostname })).id;
  const [, second] = [await at(1n, 'here', '/a'), await at(5n, 'here', '/a'), await at(9n, 'there', '/a')];
  await at(7n, 'here', '/b');
  const repository = await openQuick(store);
  const find = async (paths: readonly string[], time: bigint) =>
    (await findParent(repository, { hostname: 'here', paths, time }))?.id;
  assert.equal(await find(['/a'], 100n), second);
  assert.equal(await find(['/a', '/b'], 100n), undefined);
  assert.equal(await find(['/a'], 0n), undefined);
  await store.put(`snapshots/${'0'.repeat(64)}`, Buffer.from('damaged'));
  const damage: Error[] = [];
  const options = {
    hostname: 'here',
    paths: ['/a'],
    time: 100n,
    onDamage: (thrown: Error) => damage.push(thrown),
  };
  assert.equal((await findParent(repository, options))?.id, second);
  assert.equal(damage.length, 1);
});
