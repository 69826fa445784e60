import type { StoreOptions } from '#storage/object-store.ts';
import { isDamage } from '../access/blobs.ts';
import { idsIn, keyOf } from '../access/files.ts';
import { type IndexedRepository, loadIndex } from '../access/indexed.ts';
import type { OpenRepository } from '../access/open.ts';
import { requireWritable, saveDocument } from '../access/save.ts';
import { readStoredSnapshot, type StoredSnapshot } from '../access/snapshots.ts';
import { RepositoryWriter } from '../access/writer.ts';
import { idOf } from '../format/ids.ts';
import { type SnapshotDocument, writeSnapshot } from '../format/snapshot.ts';
import { needRepair, type TreeChange, TreeRepair } from './repair-trees.ts';

export interface RepairSnapshotsOptions extends StoreOptions {
  /** Whole ids of those to look at; all unless told. */
  readonly snapshots?: readonly string[] | undefined;
  /** Removes what was repaired, or cannot be. */
  readonly forget?: boolean;
  /** Only says what would be done. */
  readonly dryRun?: boolean;
}

/** A snapshot that is not whole, and what became of it. */
export type SnapshotRepair =
  /** A new snapshot stands for it. */
  | {
      readonly kind: 'repaired';
      readonly id: string;
      /** The new one's id; absent in a dry run. */
      readonly repaired: string | undefined;
      readonly changes: readonly TreeChange[];
    }
  /** Its file, or its root, cannot be read: there is nothing to be had from it. It is removed if that was asked for. */
  | { readonly kind: 'lost'; readonly id: string };

/** The tag that restic gives a repaired snapshot beside which the broken one stays. */
const repairedTag = 'repaired';

/**
 * Makes new snapshots of those that are not whole, without what is lost. The indexes must be right: `repairIndex` comes first.
 * To be called under an exclusive lock. A new snapshot names the first one as its `original`; it has the tag `repaired`,
 * unless the broken one is removed, which is done last.
 *
 * @throws `repository.foreign` for version 1, `damaged` where an index is, and what the store throws
 */
export async function repairSnapshots(
  repository: OpenRepository,
  options: RepairSnapshotsOptions = {},
): Promise<readonly SnapshotRepair[]> {
  requireWritable(repository);
  const { readable, lost } = await readSnapshots(repository, options);
  const wanted = readable.filter(({ id }) => options.snapshots?.includes(id) !== false);
  const indexed = await loadIndex(repository, options);
  const broken = await repairTrees(indexed, wanted, options);
  const repairs: SnapshotRepair[] = lost.map(id => ({ kind: 'lost', id }));
  for (const { snapshot, tree, changes } of broken) {
    const { id } = snapshot;
    if (tree === undefined) {
      repairs.push({ kind: 'lost', id });
      continue;
    }
    const made = repairedBefore(readable, snapshot, tree) ?? (await put(repository, snapshot, tree, options));
    repairs.push({ kind: 'repaired', id, changes, repaired: made });
  }
  if (options.forget === true && options.dryRun !== true) {
    const { signal } = options;
    for (const { id } of repairs) await repository.store.delete(keyOf('snapshots', id), { signal });
  }
  return repairs;
}

/** The snapshot that an earlier repair made, if it was interrupted or left the broken one. */
function repairedBefore(
  all: readonly StoredSnapshot[],
  { id, document }: StoredSnapshot,
  tree: string,
): string | undefined {
  const made = all.find(
    other =>
      other.document['original'] === id &&
      other.document.tree === tree &&
      other.document.time === document.time,
  );
  return made?.id;
}

interface BrokenSnapshot {
  readonly snapshot: StoredSnapshot;
  /** The id of its new root; absent where nothing can be had from it. */
  readonly tree: string | undefined;
  readonly changes: readonly TreeChange[];
}

/** Those that are not whole; their new trees are stored, unless nothing is to be. */
async function repairTrees(
  repository: IndexedRepository,
  snapshots: readonly StoredSnapshot[],
  options: RepairSnapshotsOptions,
): Promise<readonly BrokenSnapshot[]> {
  const roots = snapshots.map(({ document }) => document.tree);
  if (!(await needRepair(repository, roots, options))) return [];
  const writer = new RepositoryWriter(repository, options);
  const save = async (plain: Buffer): Promise<string> =>
    options.dryRun === true ? idOf(plain) : writer.add('tree', plain);
  const sound = new Set<string>();
  const broken: BrokenSnapshot[] = [];
  for (const snapshot of snapshots) {
    const changes: TreeChange[] = [];
    const onChange = (change: TreeChange): void => void changes.push(change);
    const tree = await new TreeRepair(repository, sound, { ...options, save, onChange }).root(
      snapshot.document.tree,
    );
    if (tree !== snapshot.document.tree) broken.push({ snapshot, tree, changes });
  }
  if (options.dryRun !== true) await writer.finish();
  return broken;
}

/** All that can be read, and those that are meant and cannot. */
async function readSnapshots(
  repository: OpenRepository,
  options: RepairSnapshotsOptions,
): Promise<{ readonly readable: readonly StoredSnapshot[]; readonly lost: readonly string[] }> {
  const readable: StoredSnapshot[] = [];
  const lost: string[] = [];
  for await (const { id } of idsIn(repository.store, 'snapshots', options)) {
    try {
      readable.push(await readStoredSnapshot(repository, id, options));
    } catch (thrown) {
      if (!isDamage(thrown)) throw thrown;
      if (options.snapshots?.includes(id) !== false) lost.push(id);
    }
  }
  return { readable, lost };
}

async function put(
  repository: OpenRepository,
  { id, document }: StoredSnapshot,
  tree: string,
  options: RepairSnapshotsOptions,
): Promise<string | undefined> {
  if (options.dryRun === true) return undefined;
  const tags = document.tags ?? [];
  const marked = options.forget === true || tags.includes(repairedTag) ? tags : [...tags, repairedTag];
  const repaired: SnapshotDocument = {
    ...document,
    tree,
    original: id,
    ...(marked.length === 0 ? {} : { tags: marked }),
  };
  return saveDocument(repository, 'snapshots', writeSnapshot(repaired), options);
}
