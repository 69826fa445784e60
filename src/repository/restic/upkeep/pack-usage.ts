import type { BlobIndex } from '../access/blob-index.ts';
import { entrySize, packSize } from '../format/pack.ts';

/** What there is, and what of it is needed. */
export interface PruneFacts {
  readonly index: BlobIndex;
  /** 1 for the first place of each blob that a snapshot needs. */
  readonly used: Uint8Array;
  /** Bytes of every pack's file, by its id. */
  readonly files: ReadonlyMap<string, number>;
}

/** How much of each pack is needed, by the pack's number in the index. Of a blob with several places, one is. */
export interface PackUsage {
  /** Bytes that the file must have, by what the index says. */
  readonly sizes: Float64Array;
  /** Bytes of blobs that are not needed. */
  readonly unusedSizes: Float64Array;
  readonly usedBlobs: Uint32Array;
  readonly unusedBlobs: Uint32Array;
  /** A sum of {@link holdsData}, {@link holdsTrees} and {@link holdsPlain}. */
  readonly kinds: Uint8Array;
  /** 1 for each place that is needed. */
  readonly selected: Uint8Array;
  /** The first place of the blob at each place. */
  readonly firsts: Uint32Array;
  readonly blobs: BlobTotals;
}

export interface Total {
  readonly blobs: number;
  readonly bytes: number;
}

export interface BlobTotals {
  readonly used: Total;
  /** Further places of used blobs. */
  readonly duplicate: Total;
  readonly unused: Total;
}

export const holdsData = 1;
export const holdsTrees = 2;
/** Holds a blob that is not compressed. */
export const holdsPlain = 4;

/**
 * Chooses one place of each needed blob. A pack whose file is gone, or of another size than the index says, is chosen
 * only where there is no other. Then, as restic does it, a pack is preferred that is needed anyway, or that holds nothing
 * else than such blobs: those are the new packs of a prune that was interrupted.
 */
export function packUsage(facts: PruneFacts): PackUsage {
  const { index, used, files } = facts;
  const packs = countPacks(index);
  const isFit = Uint8Array.from(index.packs, (id, pack) => (files.get(id) === packs.sizes[pack] ? 1 : 0));
  const firsts = Uint32Array.from({ length: index.size }, (_, entry) => index.firstOf(entry));
  const candidates = candidatesOf(index, { used, firsts, isFit });
  const selected = selectPlaces(index, { firsts, candidates, blobsIn: packs.blobs });
  return usageOf(index, { packs, selected, firsts, used });
}

/** Bytes that the file of each pack must have, by the pack's number. */
export function packSizes(index: BlobIndex): Float64Array {
  return countPacks(index).sizes;
}

interface PackCounts {
  readonly sizes: Float64Array;
  readonly blobs: Uint32Array;
  readonly kinds: Uint8Array;
}

function countPacks(index: BlobIndex): PackCounts {
  const sizes = new Float64Array(index.packs.length).fill(packSize([]));
  const blobs = new Uint32Array(index.packs.length);
  const kinds = new Uint8Array(index.packs.length);
  for (let entry = 0; entry < index.size; entry++) {
    const pack = index.packNumber(entry);
    const uncompressed = index.isCompressed(entry) ? 1 : 0;
    increase(sizes, pack, index.sealedLength(entry) + entrySize({ uncompressed }));
    increase(blobs, pack, 1);
    const kind = (index.isTree(entry) ? holdsTrees : holdsData) | (uncompressed === 1 ? 0 : holdsPlain);
    kinds[pack] = (kinds[pack] ?? 0) | kind;
  }
  return { sizes, blobs, kinds };
}

function increase(numbers: Float64Array | Uint32Array, at: number, by: number): void {
  numbers[at] = (numbers[at] ?? 0) + by;
}

interface CandidateFacts {
  readonly used: Uint8Array;
  /** The first place of the blob at each place. */
  readonly firsts: Uint32Array;
  /** 1 for each pack whose file is as the index says. */
  readonly isFit: Uint8Array;
}

/** 1 for each place of a needed blob that can be chosen. */
function candidatesOf(index: BlobIndex, { used, firsts, isFit }: CandidateFacts): Uint8Array {
  const hasFit = new Uint8Array(index.size);
  firsts.forEach((first, entry) => {
    if (isFit[index.packNumber(entry)] === 1) hasFit[first] = 1;
  });
  return Uint8Array.from(firsts, (first, entry) =>
    used[first] === 1 && isFit[index.packNumber(entry)] === hasFit[first] ? 1 : 0,
  );
}

interface SelectionFacts {
  readonly firsts: Uint32Array;
  readonly candidates: Uint8Array;
  readonly blobsIn: Uint32Array;
}

function selectPlaces(index: BlobIndex, { firsts, candidates, blobsIn }: SelectionFacts): Uint8Array {
  const selected = new Uint8Array(index.size);
  const left = new Uint32Array(index.size);
  candidates.forEach((is, entry) => increase(left, firsts[entry] ?? 0, is));
  const selectedIn = new Uint32Array(blobsIn.length);
  const duplicatesIn = new Uint32Array(blobsIn.length);
  const select = (entry: number, pack: number): void => {
    selected[entry] = 1;
    left[firsts[entry] ?? 0] = 0;
    increase(selectedIn, pack, 1);
  };
  const duplicates: number[] = [];
  candidates.forEach((is, entry) => {
    if (is === 0) return;
    const pack = index.packNumber(entry);
    if (left[firsts[entry] ?? 0] === 1) {
      select(entry, pack);
      return;
    }
    increase(duplicatesIn, pack, 1);
    duplicates.push(entry);
  });
  for (const entry of duplicates) {
    const first = firsts[entry] ?? 0;
    const open = left[first] ?? 0;
    if (open === 0) continue;
    const pack = index.packNumber(entry);
    const preferred = selectedIn[pack] !== 0 || duplicatesIn[pack] === blobsIn[pack];
    if (preferred || open === 1) select(entry, pack);
    else left[first] = open - 1;
  }
  return selected;
}

interface UsageFacts {
  readonly packs: PackCounts;
  readonly selected: Uint8Array;
  readonly firsts: Uint32Array;
  readonly used: Uint8Array;
}

function usageOf(index: BlobIndex, { packs, selected, firsts, used }: UsageFacts): PackUsage {
  const { sizes, kinds } = packs;
  const usedBlobs = new Uint32Array(sizes.length);
  const unusedBlobs = new Uint32Array(sizes.length);
  const unusedSizes = new Float64Array(sizes.length);
  const totals = { used: zero(), duplicate: zero(), unused: zero() };
  for (let entry = 0; entry < index.size; entry++) {
    const pack = index.packNumber(entry);
    const bytes = index.sealedLength(entry);
    const isSelected = selected[entry] === 1;
    const total = isSelected
      ? totals.used
      : used[firsts[entry] ?? 0] === 1
        ? totals.duplicate
        : totals.unused;
    total.blobs++;
    total.bytes += bytes;
    increase(isSelected ? usedBlobs : unusedBlobs, pack, 1);
    if (!isSelected) increase(unusedSizes, pack, bytes);
  }
  return { sizes, unusedSizes, usedBlobs, unusedBlobs, kinds, selected, firsts, blobs: totals };
}

function zero(): { blobs: number; bytes: number } {
  return { blobs: 0, bytes: 0 };
}
