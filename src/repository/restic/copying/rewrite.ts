import type { Progress } from '#foundation/progress.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { isObject, type JsonObject, writeJson } from '../../format/go-json.ts';
import type { BytePath } from '../../trees/byte-path.ts';
import { keyOf } from '../access/files.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import { removeFiles, type Undeleted } from '../access/remove-files.ts';
import { requireWritable } from '../access/save.ts';
import type { StoredSnapshot } from '../access/snapshots.ts';
import { RepositoryWriter } from '../access/writer.ts';
import { onceWritten, type WriteSnapshot } from '../access/written-snapshots.ts';
import { idOf } from '../format/ids.ts';
import type { SnapshotDocument } from '../format/snapshot.ts';
import { type RewrittenTree, TreeRewriter } from './rewrite-trees.ts';

/** What is to be other than it is. */
export interface Rewrite {
  /** Whether an entry is taken out, with what is below it; by its absolute path in the snapshot. */
  readonly excludes?: ((path: BytePath) => boolean) | undefined;
  readonly hostname?: string | undefined;
  /** In Go's form; see `go-time.ts`. */
  readonly time?: string | undefined;
  /** Count files and bytes where the snapshot does not say how many it has. */
  readonly summary?: boolean | undefined;
  /** Remove the snapshots that were rewritten; otherwise the new ones get the tag `rewrite`. */
  readonly forget?: boolean | undefined;
}

export interface RewriteOptions extends StoreOptions {
  /** Say what would become of the snapshots; nothing is written. */
  readonly dryRun?: boolean | undefined;
  readonly progress?: Progress | undefined;
}

export interface RewrittenSnapshot {
  readonly source: StoredSnapshot;
  /** The new snapshot; absent where nothing is to be changed, or nothing was written. */
  readonly id?: string;
  readonly changed: boolean;
  /** Entries that were taken out; what is below them is not counted. */
  readonly excluded: number;
  /** The old snapshot, where it was to be removed and the location did not let it: both are there. */
  readonly undeleted?: Undeleted | undefined;
}

/** Snapshots whose new trees are stored together. */
const together = 16;

/**
 * Makes new snapshots out of others as `restic rewrite` does: with entries taken out, another host or time. The repository is locked
 * by the caller, exclusively where snapshots are to be removed. What was interrupted is completed by running it again.
 *
 * @throws `repository.foreign` for version 1, and as reading blobs and what the store throws
 */
export async function* rewriteSnapshots(
  repository: IndexedRepository,
  snapshots: readonly StoredSnapshot[],
  rewrite: Rewrite,
  options: RewriteOptions = {},
): AsyncGenerator<RewrittenSnapshot> {
  requireWritable(repository);
  const { dryRun = false, progress, signal } = options;
  const writer = new RepositoryWriter(repository, { signal });
  const { excludes = () => false } = rewrite;
  const store = async (plain: Buffer): Promise<string> => (dryRun ? idOf(plain) : writer.add('tree', plain));
  const rewriter = new TreeRewriter(repository, { excludes, store, signal });
  const write = await onceWritten(repository, { signal });
  const walks = rewrite.excludes !== undefined || rewrite.summary === true;
  for (let at = 0; at < snapshots.length; at += together) {
    const batch: Rewritten[] = [];
    for (const source of snapshots.slice(at, at + together)) {
      const tree = walks ? await rewriter.rewrite(source.document.tree) : undefined;
      batch.push({ source, tree, document: changed(source, tree, rewrite) });
      progress?.({ phase: 'rewrite', done: at + batch.length, total: snapshots.length, unit: 'items' });
    }
    if (!dryRun) await writer.finish();
    for (const each of batch) yield await replace(repository, each, rewrite, { ...options, write });
  }
}

interface Rewritten {
  readonly source: StoredSnapshot;
  readonly tree: RewrittenTree | undefined;
  /** The new document; `undefined` where nothing changes. */
  readonly document: SnapshotDocument | undefined;
}

/** Stores the new snapshot, then removes the old one where that is wanted. */
async function replace(
  repository: IndexedRepository,
  { source, tree, document }: Rewritten,
  { forget = false }: Rewrite,
  { dryRun = false, signal, write }: RewriteOptions & { readonly write: WriteSnapshot },
): Promise<RewrittenSnapshot> {
  const excluded = tree?.excluded ?? 0;
  if (document === undefined) return { source, changed: false, excluded };
  if (dryRun) return { source, changed: true, excluded };
  const id = await write(document);
  const old = forget ? [keyOf('snapshots', source.id)] : [];
  const [undeleted] = await removeFiles(repository.store, old, { signal });
  return { source, id, changed: true, excluded, undeleted };
}

/** The new document; `undefined` where nothing changes. */
function changed(
  { id, document }: StoredSnapshot,
  tree: RewrittenTree | undefined,
  rewrite: Rewrite,
): SnapshotDocument | undefined {
  const contents = tree === undefined ? {} : contentsOf(document, tree, rewrite);
  const { hostname = document.hostname, time = document.time } = rewrite;
  const other = { ...document, ...contents, ...(hostname === undefined ? {} : { hostname }), time };
  const asked = rewrite.hostname !== undefined || rewrite.time !== undefined;
  if (!asked && writeJson(other) === writeJson(document)) return undefined;
  return { ...other, original: id, ...(rewrite.forget === true ? {} : { tags: withTag(document) }) };
}

function withTag({ tags = [] }: SnapshotDocument): readonly string[] {
  return tags.includes(tag) ? tags : [...tags, tag];
}

/** The tree, and how much is in it where that changes or is wanted. */
function contentsOf(
  document: SnapshotDocument,
  { id, files, bytes }: RewrittenTree,
  { summary: wanted = false }: Rewrite,
): { readonly tree: string; readonly summary?: JsonObject } {
  if (id === document.tree && !wanted) return { tree: id };
  const { summary } = document;
  const known = isObject(summary) ? summary : emptySummary;
  return { tree: id, summary: { ...known, total_files_processed: files, total_bytes_processed: bytes } };
}

const tag = 'rewrite';

/** What restic writes of a summary of which it knows nothing. */
const noTime = '0001-01-01T00:00:00Z';
const emptySummary: JsonObject = {
  backup_start: noTime,
  backup_end: noTime,
  files_new: 0,
  files_changed: 0,
  files_unmodified: 0,
  dirs_new: 0,
  dirs_changed: 0,
  dirs_unmodified: 0,
  data_blobs: 0,
  tree_blobs: 0,
  data_added: 0,
  data_added_packed: 0,
  total_files_processed: 0,
  total_bytes_processed: 0,
};
