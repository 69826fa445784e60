import { posix } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '#foundation/clock.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import { discarding } from '#storage/discarding.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { reportStored } from '../../archiving/report-stored.ts';
import type { TreeStatistics } from '../../archiving/statistics.ts';
import { bytePath } from '../../trees/byte-path.ts';
import type { Entry } from '../../trees/entry.ts';
import type { TreeSource } from '../../trees/source.ts';
import { readContent } from '../access/contents.ts';
import type { KopiaIdentity } from '../access/identity.ts';
import type { IndexedKopia } from '../access/indexed.ts';
import type { StoredKopiaSnapshot } from '../access/snapshots.ts';
import type { DirectoryEntry } from '../format/directory.ts';
import type { SnapshotManifest, SnapshotSource } from '../format/snapshot-manifest.ts';
import { snapshotLabels, writeSnapshotManifest } from '../format/snapshot-manifest.ts';
import { openKopiaPipeline } from '../pipeline/pipeline-writer.ts';
import type { PolicyTree } from '../policies/policy-tree.ts';
import { type KopiaSource, nothingLeftOut } from '../walking/directory-source.ts';
import type { KopiaWriter, WrittenTotals } from '../writing/kopia-writer.ts';
import type { LedgerOptions } from '../writing/ledger.ts';
import { ManifestChanges } from '../writing/manifests.ts';
import { openKopiaWriter } from '../writing/plain-writer.ts';
import { Checkpoints, type RootSoFar } from './checkpoints.ts';
import type { FailedPath } from './failures.ts';
import type { Finding } from './findings.ts';
import { lazyWriter } from './lazy-writer.ts';
import { PreviousContents } from './previous-contents.ts';
import { TreeArchive } from './tree-archive.ts';

export interface KopiaSnapshotOptions extends StoreOptions {
  /** What the snapshot says it is of; the path need not be that of the files. */
  readonly source: SnapshotSource;
  readonly policies: PolicyTree;
  /** What is compared with; see `previousSnapshots`. Without any, every file is read. */
  readonly previous: readonly StoredKopiaSnapshot[];
  /** Where the incomplete ones are that go once this one is there, if they are not pinned: among the previous, without it. */
  readonly superseded?: readonly StoredKopiaSnapshot[] | undefined;
  readonly clock: Clock;
  /** Who writes: stands in the marker of the session. */
  readonly identity?: KopiaIdentity | undefined;
  readonly description?: string | undefined;
  /** As labels have them: kopia's own command puts `tag:` before each key, Velero does not. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly pins?: readonly string[] | undefined;
  /** When the snapshot says it was begun and ended, in nanoseconds since 1970; of one alone, the other is as far away as it really is. */
  readonly startTime?: bigint | undefined;
  readonly endTime?: bigint | undefined;
  /** What the root is called: the last part of the source's path without it. */
  readonly rootName?: Buffer | undefined;
  /** What the root is, where the source does not tell it: a directory of mode 0755 without it. */
  readonly root?: Omit<Entry, 'path'> | undefined;
  /** Milliseconds after which what is stored is saved as an incomplete snapshot, so that it is not collected: kopia's 45 minutes. */
  readonly checkpointEvery?: number | undefined;
  /** Do everything but writing. The repository's index is of no use for another writer afterwards. */
  readonly dryRun?: boolean | undefined;
  /** Write no snapshot where it would have the root of the latest complete one; a policy may say the same. */
  readonly skipIfUnchanged?: boolean | undefined;
  readonly progress?: Progress | undefined;
  /** Told of each failure at once. */
  readonly onFailure?: ((failure: FailedPath) => void) | undefined;
  /** Opens where contents go: worker threads, unless told otherwise. */
  readonly openWriter?: OpenKopiaWriter | undefined;
}

export type OpenKopiaWriter = (
  repository: IndexedKopia,
  options: LedgerOptions,
) => KopiaWriter | Promise<KopiaWriter>;

export interface KopiaTreeSnapshot {
  /** `undefined` where none was written: in a dry run, or because nothing had changed. */
  readonly id: string | undefined;
  /** As it was, or would have been, written. */
  readonly snapshot: SnapshotManifest;
  readonly statistics: TreeStatistics;
  readonly totals: WrittenTotals;
  /** What is not in the snapshot as it is in the source; the rest is. */
  readonly failures: readonly FailedPath[];
  /** What the format cannot hold. */
  readonly findings: readonly Finding[];
}

/**
 * Stores a tree as a snapshot, as `kopia snapshot create` does: the same tree has the same root object. Contents and directories come
 * first, the snapshot's manifest with the last index: if this throws, or the process dies, there is no snapshot but for checkpoints,
 * and what was stored is found by the next one. Incomplete ones among the previous are taken away with it: kopia's retention does so. Memory is bounded by the largest directory, or, for a source that does not say when it leaves
 * one, by the number of entries.
 *
 * @throws what the source and the store throw, `repository.nothing-stored`, and what keeps a repository from being written to
 */
export async function snapshotKopiaTree(
  repository: IndexedKopia,
  source: TreeSource & Partial<KopiaSource>,
  options: KopiaSnapshotOptions,
): Promise<KopiaTreeSnapshot> {
  const { clock, signal, identity, dryRun = false, openWriter = openKopiaPipeline } = options;
  const store = dryRun ? discarding(repository.store) : repository.store;
  const written = { ...repository, store, blobs: repository.blobs.through(store) };
  const writing = { clock, identity, signal };
  await using writer = lazyWriter(written, {
    large: () => openWriter(written, writing),
    small: () => openKopiaWriter(written, writing),
  });
  const begun = nanoseconds(clock);
  using checkpoints = new Checkpoints(written, writer, { ...options, begun });
  const archive = archiveFor(repository, writer, { ...options, tree: source }, begun);
  const rootEntry = await storeTree(source, archive, { ...options, checkpoints });
  const snapshot = manifestOf(options, {
    rootEntry,
    times: timesOf(options, begun, nanoseconds(clock)),
    stats: archive.tally.stats(source.leftOut ?? nothingLeftOut),
  });
  const found = {
    snapshot,
    statistics: archive.tally.counting,
    failures: archive.failures,
    findings: archive.findings.list,
  };
  if (isSkipped(rootEntry, options)) {
    await checkpoints.removeOld();
    return { ...found, id: undefined, totals: writer.totals };
  }
  const changes = new ManifestChanges({ clock });
  const id = changes.put(snapshotLabels(snapshot), writeSnapshotManifest(snapshot));
  checkpoints.remove(changes);
  for (const { manifest, snapshot: each } of options.superseded ?? options.previous) {
    if (each.incomplete !== '' && each.pins.length === 0) changes.remove(manifest);
  }
  await changes.write(writer, { repository, read: content => readContent(repository, content, { signal }) });
  await writer.flush({ signal });
  return { ...found, id: dryRun ? undefined : id, totals: writer.totals };
}

function archiveFor(
  repository: IndexedKopia,
  writer: KopiaWriter,
  options: KopiaSnapshotOptions & { readonly tree: TreeSource },
  begun: bigint,
): TreeArchive {
  const { previous, policies, source, rootName = Buffer.from(posix.basename(source.path) || '/') } = options;
  const { progress = noProgress, onFailure, signal } = options;
  const roots = previous.flatMap(({ snapshot: { rootEntry } }) =>
    rootEntry?.type === 'd' ? [rootEntry.object] : [],
  );
  const contents = new PreviousContents(repository, { signal });
  const archive: TreeArchive = new TreeArchive(writer, {
    policies,
    previous: roots.length === 0 ? undefined : { contents, roots: [...new Set(roots)] },
    root: options.root ?? madeUpRoot(begun),
    rootName: bytePath(rootName),
    localRoot: source.path,
    onFailure,
    onRead: () => report(archive, options.tree, progress),
  });
  return archive;
}

interface Storing extends Pick<KopiaSnapshotOptions, 'progress' | 'signal'> {
  readonly checkpoints: Checkpoints;
}

async function storeTree(
  source: TreeSource & Pick<Partial<KopiaSource>, 'follow'>,
  archive: TreeArchive,
  { progress = noProgress, signal, checkpoints }: Storing,
): Promise<DirectoryEntry> {
  const soFar: RootSoFar = () => archive.checkpoint();
  for await (const work of archived(source, archive, signal)) {
    await checkpoints.during(work(), soFar);
    report(archive, source, progress);
  }
  const entry = await checkpoints.during(archive.end(), soFar);
  report(archive, source, progress);
  return entry;
}

/** Puts what a source tells into an archive, a part of it each time. */
async function* archived(
  source: TreeSource & Pick<Partial<KopiaSource>, 'follow'>,
  archive: TreeArchive,
  signal: AbortSignal | undefined,
): AsyncGenerator<() => Promise<void>> {
  signal?.throwIfAborted();
  const walk = source.follow?.(archive.follower);
  if (walk === undefined) {
    for await (const events of source.events({ signal })) {
      signal?.throwIfAborted();
      yield () => archive.take(events);
    }
    return;
  }
  while (!walk.ended) {
    yield () => archive.follow(walk);
    await setImmediate();
    signal?.throwIfAborted();
  }
}

function report({ tally, bytes, current }: TreeArchive, { totals }: TreeSource, progress: Progress): void {
  const { new: added, changed, unmodified } = tally.counting.files;
  const done = added + changed + unmodified;
  reportStored({ files: done, bytes, current }, totals, progress);
}

function isSkipped(rootEntry: DirectoryEntry, options: KopiaSnapshotOptions): boolean {
  const { skipIfUnchanged, policies, previous } = options;
  const { ignoreIdenticalSnapshots = false } = policies.policy.retention;
  if (skipIfUnchanged !== true && !ignoreIdenticalSnapshots) return false;
  return previous[0]?.snapshot.rootEntry?.object === rootEntry.object;
}

interface Times {
  readonly startTime: bigint;
  readonly endTime: bigint;
}

function timesOf({ startTime, endTime }: KopiaSnapshotOptions, begun: bigint, ended: bigint): Times {
  const took = ended - begun;
  return {
    startTime: startTime ?? (endTime === undefined ? begun : endTime - took),
    endTime: endTime ?? (startTime === undefined ? ended : startTime + took),
  };
}

function manifestOf(
  { source, description = '', tags = {}, pins = [] }: KopiaSnapshotOptions,
  {
    rootEntry,
    times,
    stats,
  }: {
    readonly rootEntry: DirectoryEntry;
    readonly times: Times;
    readonly stats: SnapshotManifest['stats'];
  },
): SnapshotManifest {
  const sorted = [...new Set(pins)].sort();
  return { source, description, ...times, stats, incomplete: '', rootEntry, tags, pins: sorted };
}

function madeUpRoot(time: bigint): Omit<Entry, 'path'> {
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const unknown = { inode: 0n, device: 0n, links: 0n, size: 0, attributes: [] };
  return { type: 'dir', mode: 0o755, ...owner, mtime: time, atime: time, ctime: time, ...unknown };
}

function nanoseconds(clock: Clock): bigint {
  return BigInt(clock.now().getTime()) * 1_000_000n;
}
