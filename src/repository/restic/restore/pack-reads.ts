import type { BlobIndex, BlobPlace } from '../access/blob-index.ts';

/** A blob and everything that is to be made of its content. */
export interface WantedBlob<T> {
  readonly place: BlobPlace;
  readonly uses: readonly T[];
}

/** A range of a pack that is read at once. */
export interface PackRead<T> {
  readonly pack: string;
  readonly offset: number;
  readonly length: number;
  /** In the order in which they lie there. */
  readonly blobs: readonly WantedBlob<T>[];
}

/** Bytes between two blobs that are rather read than asked around. */
const gapLimit = 256 * 1024;
/** Bytes after which a read ends; a blob that is longer is a read of its own. */
export const readTarget = 2 * 1024 * 1024;
/** Uses of one read, for what is known of each takes memory too. */
const usesLimit = 4096;

/**
 * How to read these blobs: packs in the order in which they are first wanted, what lies together at once. `wanted` has
 * the uses of each blob by the number of its place.
 */
export function* packReads<T>(
  index: BlobIndex,
  wanted: ReadonlyMap<number, readonly T[]>,
): Generator<PackRead<T>> {
  const packs = new Map<number, number[]>();
  for (const entry of wanted.keys()) {
    const pack = index.packNumber(entry);
    const entries = packs.get(pack);
    if (entries === undefined) packs.set(pack, [entry]);
    else entries.push(entry);
  }
  for (const entries of packs.values()) {
    const blobs = entries.map(entry => ({ place: index.place(entry), uses: wanted.get(entry) ?? [] }));
    yield* rangesOf(blobs.sort((a, b) => a.place.offset - b.place.offset));
  }
}

function* rangesOf<T>(blobs: readonly WantedBlob<T>[]): Generator<PackRead<T>> {
  let group: WantedBlob<T>[] = [];
  let uses = 0;
  for (const blob of blobs) {
    if (group.length > 0 && (uses >= usesLimit || !fits(group, blob))) {
      yield readOf(group);
      [group, uses] = [[], 0];
    }
    group.push(blob);
    uses += blob.uses.length;
  }
  if (group.length > 0) yield readOf(group);
}

function fits<T>(group: readonly WantedBlob<T>[], { place }: WantedBlob<T>): boolean {
  const [first, last] = [group[0]?.place ?? place, group.at(-1)?.place ?? place];
  const gap = place.offset - (last.offset + last.length);
  return gap >= 0 && gap <= gapLimit && place.offset + place.length - first.offset <= readTarget;
}

function readOf<T>(blobs: readonly WantedBlob<T>[]): PackRead<T> {
  const [first, last] = [blobs[0]?.place, blobs.at(-1)?.place];
  if (first === undefined || last === undefined) throw new Error('a read of nothing');
  return { pack: first.pack, offset: first.offset, length: last.offset + last.length - first.offset, blobs };
}
