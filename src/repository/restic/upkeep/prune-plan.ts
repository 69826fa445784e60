import type { BlobIndex } from '../access/blob-index.ts';
import {
  type BlobTotals,
  holdsData,
  holdsPlain,
  holdsTrees,
  type PackUsage,
  type PruneFacts,
  packUsage,
  type Total,
} from './pack-usage.ts';

/** What restic's `prune` can be told; its defaults are in {@link pruneDefaults}. */
export interface PruneLimits {
  /** Bytes that may stay although nothing needs them, given those that are needed. */
  readonly maxUnused: (usedBytes: number) => number;
  /** Bytes of packs that are written anew, at most. */
  readonly maxRepackBytes: number;
  /** Packs below so many bytes are put together. Without it, those that are small beside the others. */
  readonly smallPackBytes?: number | undefined;
  /** Leaves packs of data alone; only those of trees are written anew, which caches hold. */
  readonly cacheableOnly: boolean;
  /** Writes anew, compressed, what is not compressed. Trees always are. */
  readonly repackUncompressed: boolean;
}

/** At most 5 % of what remains may be unused. */
export const pruneDefaults: PruneLimits = {
  maxUnused: used => (used * 5) / 95,
  maxRepackBytes: Number.POSITIVE_INFINITY,
  cacheableOnly: false,
  repackUncompressed: false,
};

/** Why a pack is written anew. */
export type RepackReason = 'mixed' | 'uncompressed' | 'partly-used' | 'small';

export interface PackToRepack {
  readonly id: string;
  readonly reason: RepackReason;
  /** Bytes of the file. */
  readonly size: number;
  /** Bytes of blobs in it that are left behind. */
  readonly unused: number;
}

/** A needed pack that is not there, or not as long as it must be. */
export interface UnfitPack {
  readonly id: string;
  readonly expected: number;
  /** Absent where there is no such file. */
  readonly found: number | undefined;
}

/** What pruning does. Plain data: {@link copies} aside, it can be printed. */
export interface PrunePlan {
  /** Packs that no index names. */
  readonly unreferenced: readonly string[];
  /** Packs of which nothing is needed. */
  readonly remove: readonly string[];
  readonly repack: readonly PackToRepack[];
  /** Packs that are gone, and of which nothing is needed: the indexes are to forget them. */
  readonly forget: readonly string[];
  /** If there is any, the repository must not be pruned. */
  readonly unfit: readonly UnfitPack[];
  /** 1 for each place of the index whose blob is copied out of a pack of {@link repack}. */
  readonly copies: Uint8Array;
  readonly totals: PruneTotals;
}

export interface PruneTotals {
  readonly blobs: BlobTotals;
  /** In packs that are written anew: all that is in them, and what of it is left behind. */
  readonly repack: Total;
  readonly repackRemove: Total;
  /** In packs that are removed. */
  readonly remove: Total;
  readonly unreferencedBytes: number;
  /** Bytes in blobs that stay although nothing needs them. */
  readonly unusedAfter: number;
  readonly packs: {
    readonly keep: number;
    readonly repack: number;
    readonly remove: number;
    readonly unreferenced: number;
  };
}

interface Candidate {
  readonly pack: number;
  readonly reason: RepackReason;
}

/** Small packs are left alone unless there are so many. */
const fewestSmall = 10;
const smallestTarget = 4 * 1024 * 1024;

/** Decides about every pack by the rules of restic's `prune`. Pure: the same facts give the same plan. */
export function planPrune(facts: PruneFacts, limits: PruneLimits = pruneDefaults): PrunePlan {
  const usage = packUsage(facts);
  const sorted = sortOut(facts, usage, limits);
  const repack = chooseRepacks(facts, { usage, limits, sorted });
  return describe(facts, { usage, sorted, repack });
}

interface SortedPacks {
  readonly remove: number[];
  readonly forget: number[];
  readonly unfit: number[];
  readonly candidates: Candidate[];
  /** Bytes below which a pack is small. */
  readonly target: number;
}

function sortOut({ index, files }: PruneFacts, usage: PackUsage, limits: PruneLimits): SortedPacks {
  const sorted: SortedPacks = {
    remove: [],
    forget: [],
    unfit: [],
    candidates: [],
    target: limits.smallPackBytes ?? targetSize(usage.sizes),
  };
  const small: Candidate[] = [];
  index.packs.forEach((id, pack) => {
    const size = files.get(id);
    if (usage.usedBlobs[pack] === 0) (size === undefined ? sorted.forget : sorted.remove).push(pack);
    else if (size !== usage.sizes[pack]) sorted.unfit.push(pack);
    else {
      const reason = reasonToRepack(usage, pack, { limits, target: sorted.target });
      if (reason !== undefined) (reason === 'small' ? small : sorted.candidates).push({ pack, reason });
    }
  });
  if (small.length >= fewestSmall) sorted.candidates.push(...small);
  return sorted;
}

/** Four fifths of the size that 3 % of the packs do not reach, and of 4 MiB at least. */
function targetSize(sizes: Float64Array): number {
  const inOrder = sizes.toSorted();
  return (Math.max(smallestTarget, inOrder[Math.floor((sizes.length * 3) / 100)] ?? 0) * 4) / 5;
}

function reasonToRepack(
  { kinds, sizes, unusedBlobs }: PackUsage,
  pack: number,
  { limits, target }: { readonly limits: PruneLimits; readonly target: number },
): RepackReason | undefined {
  const kind = kinds[pack] ?? 0;
  const content = kind & (holdsData | holdsTrees);
  if (limits.cacheableOnly && content === holdsData) return undefined;
  if (content === (holdsData | holdsTrees)) return 'mixed';
  if ((kind & holdsPlain) !== 0 && (content === holdsTrees || limits.repackUncompressed))
    return 'uncompressed';
  if (unusedBlobs[pack] !== 0) return 'partly-used';
  return (sizes[pack] ?? 0) < target ? 'small' : undefined;
}

interface Choice {
  readonly usage: PackUsage;
  readonly limits: PruneLimits;
  readonly sorted: SortedPacks;
}

/** Packs with trees first, then small ones, then those with the greatest share of what is not needed; up to the limits. */
function chooseRepacks({ index }: PruneFacts, { usage, limits, sorted }: Choice): Candidate[] {
  const { sizes, unusedSizes, blobs } = usage;
  const sizeOf = (pack: number): number => sizes[pack] ?? 0;
  const unusedOf = (pack: number): number => unusedSizes[pack] ?? 0;
  const rankOf = ({ pack }: Candidate): number =>
    isData(usage, pack) ? (sizeOf(pack) < sorted.target ? 1 : 2) : 0;
  const ratioOf = ({ pack }: Candidate): number => unusedOf(pack) / sizeOf(pack);
  const nameOf = ({ pack }: Candidate): string => index.packs[pack] ?? '';
  const inOrder = sorted.candidates.toSorted(
    (a, b) => rankOf(a) - rankOf(b) || ratioOf(b) - ratioOf(a) || (nameOf(a) < nameOf(b) ? -1 : 1),
  );
  const enough = limits.maxUnused(blobs.used.bytes);
  let unused =
    blobs.duplicate.bytes + blobs.unused.bytes - sum(sorted.remove, unusedOf) - sum(sorted.forget, unusedOf);
  let repacked = 0;
  return inOrder.filter(candidate => {
    const { pack, reason } = candidate;
    if (repacked + sizeOf(pack) > limits.maxRepackBytes) return false;
    const limited = isData(usage, pack) && reason !== 'uncompressed' && sizeOf(pack) >= sorted.target;
    if (limited && unused <= enough) return false;
    repacked += sizeOf(pack);
    unused -= unusedOf(pack);
    return true;
  });
}

function isData({ kinds }: PackUsage, pack: number): boolean {
  return ((kinds[pack] ?? 0) & holdsTrees) === 0;
}

function sum(packs: readonly number[], of: (pack: number) => number): number {
  return packs.reduce((total, pack) => total + of(pack), 0);
}

interface Decision {
  readonly usage: PackUsage;
  readonly sorted: SortedPacks;
  readonly repack: readonly Candidate[];
}

function describe({ index, files }: PruneFacts, { usage, sorted, repack }: Decision): PrunePlan {
  const idOf = (pack: number): string => index.packs[pack] ?? '';
  const sizeOf = (pack: number): number => usage.sizes[pack] ?? 0;
  const unusedOf = (pack: number): number => usage.unusedSizes[pack] ?? 0;
  const indexed = new Set(index.packs);
  const unreferenced = [...files.keys()].filter(id => !indexed.has(id)).sort();
  const isRepacked = new Uint8Array(index.packs.length);
  for (const { pack } of repack) isRepacked[pack] = 1;
  const isGone = Uint8Array.from(isRepacked);
  for (const pack of [...sorted.remove, ...sorted.forget]) isGone[pack] = 1;
  const copies = copiesOf(index, usage, { isRepacked, isGone });
  return {
    unreferenced,
    remove: sorted.remove.map(idOf).sort(),
    repack: repack.map(({ pack, reason }) => ({
      id: idOf(pack),
      reason,
      size: sizeOf(pack),
      unused: unusedOf(pack),
    })),
    forget: sorted.forget.map(idOf).sort(),
    unfit: sorted.unfit.map(pack => ({
      id: idOf(pack),
      expected: sizeOf(pack),
      found: files.get(idOf(pack)),
    })),
    copies,
    totals: totalsOf(usage, { sorted, repack, unreferenced: unreferenced.map(id => files.get(id) ?? 0) }),
  };
}

/** Needed places in packs that are written anew, unless the blob lies in a pack that stays, too. */
function copiesOf(
  index: BlobIndex,
  { selected, firsts }: PackUsage,
  { isRepacked, isGone }: { readonly isRepacked: Uint8Array; readonly isGone: Uint8Array },
): Uint8Array {
  const stays = new Uint8Array(index.size);
  firsts.forEach((first, entry) => {
    if (isGone[index.packNumber(entry)] === 0) stays[first] = 1;
  });
  return selected.map((is, entry) =>
    is === 1 && isRepacked[index.packNumber(entry)] === 1 && stays[firsts[entry] ?? 0] === 0 ? 1 : 0,
  );
}

interface Chosen {
  readonly sorted: SortedPacks;
  readonly repack: readonly Candidate[];
  /** Bytes of each pack that no index names. */
  readonly unreferenced: readonly number[];
}

function totalsOf(usage: PackUsage, { sorted, repack, unreferenced }: Chosen): PruneTotals {
  const { blobs, usedBlobs, unusedBlobs, sizes, unusedSizes } = usage;
  const rewritten = repack.map(({ pack }) => pack);
  const gone = [...sorted.remove, ...sorted.forget];
  const at = (numbers: Float64Array | Uint32Array) => (pack: number) => numbers[pack] ?? 0;
  const repackRemove = { blobs: sum(rewritten, at(unusedBlobs)), bytes: sum(rewritten, at(unusedSizes)) };
  const remove = { blobs: sum(gone, at(unusedBlobs)), bytes: sum(gone, at(unusedSizes)) };
  return {
    blobs,
    repack: { blobs: sum(rewritten, at(usedBlobs)) + repackRemove.blobs, bytes: sum(rewritten, at(sizes)) },
    repackRemove,
    remove,
    unreferencedBytes: unreferenced.reduce((total, size) => total + size, 0),
    unusedAfter: blobs.duplicate.bytes + blobs.unused.bytes - remove.bytes - repackRemove.bytes,
    packs: {
      keep: sizes.length - gone.length - repack.length,
      repack: repack.length,
      remove: sorted.remove.length,
      unreferenced: unreferenced.length,
    },
  };
}
