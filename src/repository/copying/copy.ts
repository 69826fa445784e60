import { noProgress, type Progress } from '#foundation/progress.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import type { Browsable, BrowsedSnapshot } from '../browsing/browsable.ts';
import { pathBytes } from '../trees/byte-path.ts';
import type { Landing } from './landing.ts';
import { type CountedLoss, surveyLosses } from './losses.ts';
import { placeOf } from './place.ts';
import { type CopiedDirectory, Transfer, type TransferOptions } from './transfer.ts';

/** A repository that snapshots are copied from. */
export interface CopySource {
  readonly browsable: Browsable;
  /** Every snapshot that it has, the oldest first. */
  readonly snapshots: readonly BrowsedSnapshot[];
  /** Whether its trees begin at `/` and not at a snapshot's path. */
  readonly fromAbove: boolean;
  /** The name that a snapshot keeps through copies: 64 hexadecimal digits. */
  originOf(snapshot: BrowsedSnapshot): string;
  /** The tags as kopia keeps them, where it is one of kopia's. */
  kopiaTagsOf?(snapshot: BrowsedSnapshot): Readonly<Record<string, string>> | undefined;
}

/** A repository that snapshots are copied to. */
export interface CopyTarget<D> {
  readonly landing: Landing<D>;
  /** The ids of its snapshots by the names that they keep through copies. */
  readonly present: ReadonlyMap<string, string>;
}

/** What became of a snapshot: it was copied, the target had it, or it is of what the target cannot hold at all, such as a device. */
export interface CopiedSnapshot {
  readonly kind: 'copied' | 'present' | 'left-out';
  readonly source: BrowsedSnapshot;
  /** In the target; `undefined` where it is left out. */
  readonly id: string | undefined;
}

/** What a copy would do. */
export interface CopyPlan {
  readonly missing: readonly BrowsedSnapshot[];
  readonly present: readonly CopiedSnapshot[];
  /** What of the missing ones the target cannot hold. */
  readonly losses: readonly CountedLoss[];
}

export interface CopyOptions extends StoreOptions {
  readonly progress?: Progress | undefined;
}

/** Finds out what is to be copied of the chosen snapshots, and what of it the target cannot hold. Nothing is written. */
export async function planCopy<D>(
  source: CopySource,
  target: CopyTarget<D>,
  chosen: readonly BrowsedSnapshot[],
  options: CopyOptions = {},
): Promise<CopyPlan> {
  const present: CopiedSnapshot[] = [];
  const missing: BrowsedSnapshot[] = [];
  for (const snapshot of chosen.toSorted(byTime)) {
    const id = target.present.get(source.originOf(snapshot));
    if (id === undefined) missing.push(snapshot);
    else present.push({ kind: 'present', source: snapshot, id });
  }
  const { fromAbove, browsable } = source;
  const losses = await surveyLosses(browsable, target.landing, missing, { ...options, fromAbove });
  return { missing, present, losses };
}

/**
 * Copies snapshots as planned, the oldest first; each is compared with the one before of the same host, user and paths. What is stored
 * when this throws, or the process dies, is found by the next copy; each snapshot that was yielded is there whole.
 *
 * @throws as reading the source and writing the target do
 */
export async function* copyPlanned<D>(
  source: CopySource,
  target: CopyTarget<D>,
  { missing }: Pick<CopyPlan, 'missing'>,
  options: CopyOptions = {},
): AsyncGenerator<CopiedSnapshot> {
  const { browsable, fromAbove } = source;
  const { landing } = target;
  const { progress = noProgress, signal } = options;
  const transfer = new Transfer(browsable, landing, { signal, ...counting(progress) });
  const begun = new Set<string>();
  for (const snapshot of missing) {
    const { path, entry } = await placeOf(browsable, snapshot, { fromAbove, signal });
    const first = !begun.has(groupOf(snapshot));
    const previous = first ? await earlierCopy(source, target, snapshot, options) : undefined;
    begun.add(groupOf(snapshot));
    const landed = await transfer.entry(entry, '', previous);
    if (landed === undefined) {
      yield { kind: 'left-out', source: snapshot, id: undefined };
      continue;
    }
    const root = { path, entry: landed };
    const kopiaTags = source.kopiaTagsOf?.(snapshot);
    const origin = source.originOf(snapshot);
    const id = await landing.snapshot({ source: snapshot, root, origin, kopiaTags }, { signal });
    yield { kind: 'copied', source: snapshot, id };
  }
}

function counting(progress: Progress): Pick<TransferOptions, 'onBytes' | 'onEntry'> {
  const counted = { bytes: 0, entries: 0 };
  return {
    onBytes: bytes => {
      counted.bytes += bytes;
      progress({ phase: 'read', done: counted.bytes, unit: 'bytes' });
    },
    onEntry: path => {
      counted.entries++;
      const current = pathBytes(path).toString();
      progress({ phase: 'copy', done: counted.entries, unit: 'items', current });
    },
  };
}

/** The root of the newest copy that the target has of an older snapshot of the same, beside that snapshot's own. */
async function earlierCopy<D>(
  source: CopySource,
  { landing, present }: CopyTarget<D>,
  snapshot: BrowsedSnapshot,
  { signal }: CopyOptions,
): Promise<CopiedDirectory<D> | undefined> {
  const { browsable, fromAbove } = source;
  const older = source.snapshots
    .filter(each => groupOf(each) === groupOf(snapshot) && each.time < snapshot.time)
    .findLast(each => present.has(source.originOf(each)));
  const id = older && present.get(source.originOf(older));
  if (older === undefined || id === undefined) return undefined;
  const { path, entry } = await placeOf(browsable, older, { fromAbove, signal });
  const landed = await landing.directoryOf(id, path, { signal });
  if (entry.directory === undefined || landed === undefined) return undefined;
  return { source: entry.directory, landed };
}

function groupOf({ host, user, paths }: BrowsedSnapshot): string {
  return JSON.stringify([host, user, ...paths]);
}

function byTime(a: BrowsedSnapshot, b: BrowsedSnapshot): number {
  return a.time === b.time ? 0 : a.time < b.time ? -1 : 1;
}
