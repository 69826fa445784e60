import { type Clock, systemClock } from '#foundation/clock.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { epochPrefixes, parseEpochBlob, uncompactedPrefix } from '../format/epoch-names.ts';
import type { BlobInfo, KopiaBlobs } from './blobs.ts';
import { firstCompleteSet, longestChain } from './compaction-sets.ts';
import type { CompactedRange, EpochView } from './epoch-view.ts';
import { activeOldIndexes } from './old-indexes.ts';
import type { OpenKopia } from './open.ts';

export interface ReadEpochsOptions extends StoreOptions {
  readonly clock?: Pick<Clock, 'now'> | undefined;
}

/** Somebody may still write to an epoch, and to so many before it. */
const unsettledBefore = 1;
/** More epochs than that are listed at once and not one by one. */
const listedSingly = 16;
/** How long a view of a repository without epochs may be relied on, in milliseconds. */
const oldViewValidFor = 15 * 60 * 1000;

/**
 * Which index blobs make up the repository now.
 *
 * @throws `repository.damaged` (a log of compactions, in repositories without epochs) and what the store throws
 */
export async function readEpochView(
  repository: OpenKopia,
  { clock = systemClock, signal }: ReadEpochsOptions = {},
): Promise<EpochView> {
  const readAt = clock.now();
  const { enabled, refreshFrequency } = repository.format.epochParameters;
  const validFor = enabled ? Number(refreshFrequency / 1_000_000n) : oldViewValidFor;
  const times = { readAt, validUntil: new Date(readAt.getTime() + validFor) };
  if (enabled) return { ...(await readEpochs(repository.blobs, { signal })), ...times };
  return { ...withoutEpochs, indexBlobs: await activeOldIndexes(repository, { signal }), ...times };
}

/** Whether nobody writes to an epoch any more, so that its compaction holds all that there is of it. */
export function isSettled(epoch: number, writeEpoch: number): boolean {
  return epoch < writeEpoch - unsettledBefore;
}

type TimelessView = Omit<EpochView, 'readAt' | 'validUntil'>;

const withoutEpochs: Omit<TimelessView, 'indexBlobs'> = {
  managed: false,
  writeEpoch: 0,
  watermark: 0,
  ranges: [],
  compactions: new Map(),
  uncompacted: new Map(),
  markers: [],
  watermarks: [],
};

async function readEpochs(blobs: KopiaBlobs, options: StoreOptions): Promise<TimelessView> {
  const list = (prefix: string): Promise<BlobInfo[]> => Array.fromAsync(blobs.list(prefix, options));
  const [markers, watermarks, singles, rangeBlobs] = await Promise.all([
    list(epochPrefixes.marker),
    list(epochPrefixes.watermark),
    list(epochPrefixes.single),
    list(epochPrefixes.range),
  ]);
  const writeEpoch = Math.max(0, ...markers.map(epochOf).filter(epoch => epoch !== undefined));
  const ranges = longestChain(rangesOf(rangeBlobs));
  const first = (ranges.at(-1)?.last ?? -1) + 1;
  const compactions = compactionsOf(singles);
  const isNeeded = (epoch: number): boolean =>
    epoch >= first && epoch <= writeEpoch + 1 && !(isSettled(epoch, writeEpoch) && compactions.has(epoch));
  const uncompacted = await uncompactedOf(blobs, { first, last: writeEpoch + 1, isNeeded }, options);
  const indexBlobs = [
    ...ranges.flatMap(range => range.blobs),
    ...[...compactions].filter(([epoch]) => epoch >= first && !isNeeded(epoch)).flatMap(([, set]) => set),
    ...[...uncompacted.values()].flat(),
  ];
  const watermark = Math.max(0, ...watermarks.map(watermarkOf));
  return {
    managed: true,
    writeEpoch,
    watermark,
    indexBlobs,
    ranges,
    compactions,
    uncompacted,
    markers,
    watermarks,
  };
}

interface Wanted {
  readonly first: number;
  readonly last: number;
  readonly isNeeded: (epoch: number) => boolean;
}

/** What was written to those epochs whose compactions do not count. */
async function uncompactedOf(
  blobs: KopiaBlobs,
  { first, last, isNeeded }: Wanted,
  options: StoreOptions,
): Promise<Map<number, readonly BlobInfo[]>> {
  const listed: BlobInfo[] = [];
  if (last - first > listedSingly) {
    for await (const blob of blobs.list(epochPrefixes.uncompacted, options)) listed.push(blob);
  } else {
    const epochs = Array.from({ length: last - first + 1 }, (_, index) => first + index).filter(isNeeded);
    const lists = epochs.map(epoch => Array.fromAsync(blobs.list(uncompactedPrefix(epoch), options)));
    listed.push(...(await Promise.all(lists)).flat());
  }
  const byEpoch = Map.groupBy(listed, epochOf);
  const needed = new Map<number, readonly BlobInfo[]>();
  for (const [epoch, ofEpoch] of byEpoch) {
    if (epoch !== undefined && isNeeded(epoch)) needed.set(epoch, ofEpoch);
  }
  return needed;
}

function compactionsOf(blobs: readonly BlobInfo[]): Map<number, readonly BlobInfo[]> {
  const compactions = new Map<number, readonly BlobInfo[]>();
  for (const [epoch, ofEpoch] of Map.groupBy(blobs, epochOf)) {
    const set = firstCompleteSet(ofEpoch);
    if (epoch !== undefined && set !== undefined) compactions.set(epoch, set);
  }
  return compactions;
}

function rangesOf(blobs: readonly BlobInfo[]): CompactedRange[] {
  const ranges: CompactedRange[] = [];
  for (const ofRange of Map.groupBy(blobs, rangeOf).values()) {
    const parsed = parseEpochBlob(ofRange[0]?.id ?? '');
    const set = firstCompleteSet(ofRange);
    if (parsed?.kind !== 'range' || set === undefined || parsed.to < parsed.from) continue;
    ranges.push({ first: parsed.from, last: parsed.to, blobs: set });
  }
  return ranges;
}

function rangeOf({ id }: BlobInfo): string {
  const parsed = parseEpochBlob(id);
  return parsed?.kind === 'range' ? `${parsed.from}-${parsed.to}` : '';
}

function epochOf({ id }: BlobInfo): number | undefined {
  const parsed = parseEpochBlob(id);
  return parsed !== undefined && 'epoch' in parsed ? parsed.epoch : undefined;
}

function watermarkOf({ id }: BlobInfo): number {
  const parsed = parseEpochBlob(id);
  return parsed?.kind === 'watermark' ? parsed.seconds : 0;
}
