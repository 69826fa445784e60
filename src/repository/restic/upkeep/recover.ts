import type { Clock } from '#foundation/clock.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import type { JsonObject } from '../../format/go-json.ts';
import { formatTime } from '../../format/go-time.ts';
import type { Identity } from '../access/identity.ts';
import { type IndexedRepository, loadIndex } from '../access/indexed.ts';
import type { OpenRepository } from '../access/open.ts';
import { requireWritable, saveDocument } from '../access/save.ts';
import { listSnapshots, type StoredSnapshot } from '../access/snapshots.ts';
import { RepositoryWriter } from '../access/writer.ts';
import { readSnapshot, writeSnapshot } from '../format/snapshot.ts';
import { writeTree } from '../format/tree.ts';
import { everyTree } from '../reading/every-tree.ts';
import { repairIndex } from './repair-index.ts';

export interface RecoverOptions extends StoreOptions {
  readonly identity: Identity;
  readonly clock: Clock;
  readonly progress?: Progress | undefined;
}

export interface Recovery {
  /** Directories that no snapshot and no other directory leads to, by the ids of their trees. */
  readonly roots: readonly string[];
  /** Trees that cannot be read. */
  readonly unreadable: number;
  /** A snapshot with a directory for each of the roots; absent where there is none. */
  readonly snapshot: StoredSnapshot | undefined;
}

/** Go's `os.FileMode` of a directory with 0755. */
const directoryMode = 0x8000_0000 + 0o755;
/** What a directory is called: so many digits of its tree's id, or more where that is not enough. */
const shortName = 8;

/**
 * Makes a snapshot of every directory that nothing leads to: what forgotten snapshots held, and backups that did not
 * come to their end, as long as it is not pruned. The indexes are repaired first. To be called under an exclusive lock.
 *
 * @throws as {@link repairIndex} does, `repository.damaged` where a snapshot cannot be read, and what the store throws
 */
export async function recover(repository: OpenRepository, options: RecoverOptions): Promise<Recovery> {
  requireWritable(repository);
  const snapshots = await listSnapshots(repository, options);
  await repairIndex(repository, options);
  const indexed = await loadIndex(repository, options);
  const { roots, unreadable } = await rootsOf(indexed, snapshots, options);
  const snapshot = roots.length === 0 ? undefined : await store(indexed, roots, options);
  return { roots, unreadable, snapshot };
}

async function rootsOf(
  repository: IndexedRepository,
  snapshots: readonly StoredSnapshot[],
  options: RecoverOptions,
): Promise<{ readonly roots: readonly string[]; readonly unreadable: number }> {
  const { index } = repository;
  const { progress = noProgress } = options;
  const isNoRoot = new Uint8Array(index.size);
  let unreadable = 0;
  let done = 0;
  const leadsTo = (id: string): void => {
    const entry = index.first('tree', id);
    if (entry >= 0) isNoRoot[entry] = 1;
  };
  for (const { document } of snapshots) leadsTo(document.tree);
  await everyTree(
    repository,
    treesOf(repository),
    ({ entry, nodes, failure }) => {
      if (failure !== undefined) {
        unreadable++;
        isNoRoot[entry] = 1;
      }
      for (const { subtree } of nodes) if (subtree !== undefined && subtree !== null) leadsTo(subtree);
      done++;
      if (done % 100 === 0) progress({ phase: 'read trees', done, unit: 'items' });
    },
    { ...options, below: false },
  );
  const roots = [...treesOf(repository)].filter(id => isNoRoot[index.first('tree', id)] === 0).sort();
  return { roots, unreadable };
}

/** Every tree, once. */
function* treesOf({ index }: IndexedRepository): Generator<string> {
  for (let entry = 0; entry < index.size; entry++) {
    if (index.isTree(entry) && index.firstOf(entry) === entry) yield index.place(entry).id;
  }
}

async function store(
  repository: IndexedRepository,
  roots: readonly string[],
  options: RecoverOptions,
): Promise<StoredSnapshot> {
  const { hostname, username, uid, gid } = options.identity;
  const time = formatTime(BigInt(options.clock.now().getTime()) * 1_000_000n);
  const writer = new RepositoryWriter(repository, options);
  const tree = await writer.add(
    'tree',
    writeTree(roots.map((id, at) => directoryOf(id, roots[at - 1], time))),
  );
  await writer.finish();
  const ids = { ...(uid === 0 ? {} : { uid }), ...(gid === 0 ? {} : { gid }) };
  const document = readSnapshot({
    time,
    tree,
    paths: ['/recover'],
    hostname,
    username,
    ...ids,
    tags: ['recovered'],
  });
  if (document === undefined) throw new Error('the snapshot that was made is not valid');
  const id = await saveDocument(repository, 'snapshots', writeSnapshot(document), options);
  return { id, document };
}

function directoryOf(subtree: string, before: string | undefined, time: string): JsonObject {
  const isShortTaken = before?.slice(0, shortName) === subtree.slice(0, shortName);
  const name = isShortTaken ? subtree : subtree.slice(0, shortName);
  const times = { mtime: time, atime: time, ctime: time };
  return { name, type: 'dir', mode: directoryMode, ...times, uid: 0, gid: 0, content: null, subtree };
}
