import type { Clock } from '#foundation/clock.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import { discarding } from '#storage/discarding.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { reportStored } from '../../archiving/report-stored.ts';
import type { TreeStatistics } from '../../archiving/statistics.ts';
import type { TreeSource } from '../../trees/source.ts';
import type { Identity } from '../access/identity.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import { requireWritable, saveDocument } from '../access/save.ts';
import type { StoredSnapshot } from '../access/snapshots.ts';
import { type SnapshotDocument, writeSnapshot } from '../format/snapshot.ts';
import type { Compression } from '../format/zstd.ts';
import type { ContentSink, SinkTotals } from '../pipeline/content-sink.ts';
import { openWorkerSink } from '../pipeline/worker-sink.ts';
import { lazySink } from './lazy-sink.ts';
import { ParentTrees } from './parent-trees.ts';
import { snapshotDocument } from './snapshot-document.ts';
import { type FailedPath, TreeArchive } from './tree-archive.ts';

export interface SnapshotTreeOptions extends StoreOptions {
  readonly identity: Identity;
  readonly clock: Clock;
  /** What says that it wrote the snapshot: a name and a version. */
  readonly program?: string | undefined;
  /** Compared with, so that only what changed is read; `undefined` reads everything. See `findParent`. */
  readonly parent: StoredSnapshot | undefined;
  /** When the snapshot says it was taken, in nanoseconds since 1970; now unless told. */
  readonly time?: bigint | undefined;
  readonly hostname?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** Patterns that the source left out, for the record. */
  readonly excludes?: readonly string[] | undefined;
  readonly withAtime?: boolean | undefined;
  /** Take a file for unchanged though its ctime, or its inode, is another. */
  readonly ignoreCtime?: boolean | undefined;
  readonly ignoreInode?: boolean | undefined;
  readonly compression?: Compression | undefined;
  /** Do everything but writing. */
  readonly dryRun?: boolean | undefined;
  /** Write no snapshot where it would have the parent's tree. */
  readonly skipIfUnchanged?: boolean | undefined;
  readonly progress?: Progress | undefined;
  /** Told of each failure at once. */
  readonly onFailure?: ((failure: FailedPath) => void) | undefined;
  /** Opens where contents go: worker threads, unless told otherwise. */
  readonly openSink?: OpenSink | undefined;
}

export type OpenSink = (
  repository: IndexedRepository,
  options: StoreOptions & { readonly compression?: Compression | undefined; readonly clock: Clock },
) => Promise<ContentSink>;

export interface TreeSnapshot {
  /** `undefined` where none was written: in a dry run, or because nothing had changed. */
  readonly id: string | undefined;
  /** As it was, or would have been, written. */
  readonly document: SnapshotDocument;
  readonly statistics: TreeStatistics;
  readonly totals: SinkTotals;
  /** What is not in the snapshot as it is in the source; the rest is. */
  readonly failures: readonly FailedPath[];
}

/**
 * Stores a tree as a snapshot, as `restic backup` does. Contents, trees and indexes come first, the snapshot's own file last:
 * if this throws, or the process dies, there is no snapshot, and what was stored is found by the next one. Memory is bounded
 * by the largest directory, or, for a source that does not say when it leaves one, by the number of entries. To be called
 * under a lock.
 *
 * @throws what the source and the store throw, `repository.nothing-stored`, `repository.foreign` for version 1
 */
export async function snapshotTree(
  repository: IndexedRepository,
  source: TreeSource,
  options: SnapshotTreeOptions,
): Promise<TreeSnapshot> {
  requireWritable(repository);
  const { clock, dryRun = false } = options;
  const begun = nanoseconds(clock);
  const written = dryRun ? { ...repository, store: discarding(repository.store) } : repository;
  const stored = await storeTree(written, source, options);
  const document = snapshotDocument({
    ...options,
    ...stored,
    begun,
    ended: nanoseconds(clock),
    paths: source.roots,
  });
  const skipped = options.skipIfUnchanged === true && options.parent?.document.tree === stored.tree;
  const save = (): Promise<string> => saveDocument(repository, 'snapshots', writeSnapshot(document), options);
  const { statistics, totals, failures } = stored;
  return { id: dryRun || skipped ? undefined : await save(), document, statistics, totals, failures };
}

/** A source's tree in the repository. */
export interface StoredTree extends Pick<TreeSnapshot, 'statistics' | 'totals' | 'failures'> {
  /** The id of the root. */
  readonly tree: string;
}

async function storeTree(
  repository: IndexedRepository,
  source: TreeSource,
  options: SnapshotTreeOptions,
): Promise<StoredTree> {
  const { parent, progress = noProgress, openSink = openWorkerSink, clock, compression, signal } = options;
  const { withAtime = false, ignoreInode = false, ignoreCtime = false } = options;
  const open = (): Promise<ContentSink> => openSink(repository, { clock, compression, signal });
  await using sink = parent === undefined ? await open() : lazySink(repository, open);
  const archive: TreeArchive = new TreeArchive(sink, {
    withAtime,
    ignoreInode,
    ignoreCtime,
    onFailure: options.onFailure,
    onRead: () => report(archive, source, progress),
    parent: parent && { tree: parent.document.tree, trees: new ParentTrees(repository, { signal }) },
  });
  await archive.begin();
  for await (const events of source.events({ signal })) {
    signal?.throwIfAborted();
    await archive.take(events);
    report(archive, source, progress);
  }
  const tree = await archive.end();
  report(archive, source, progress);
  const totals = await sink.finish({ signal });
  return { tree, totals, statistics: archive.statistics, failures: archive.failures };
}

function report(
  { statistics, bytes, current }: TreeArchive,
  { totals }: TreeSource,
  progress: Progress,
): void {
  const { new: added, changed, unmodified } = statistics.files;
  reportStored({ files: added + changed + unmodified, bytes, current }, totals, progress);
}

function nanoseconds(clock: Clock): bigint {
  return BigInt(clock.now().getTime()) * 1_000_000n;
}
