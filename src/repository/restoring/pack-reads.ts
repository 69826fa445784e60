import type { Contents, Place } from './contents.ts';

/** A piece and everything that is to be made of its content. */
export interface WantedPiece<T> {
  readonly place: Place;
  readonly uses: readonly T[];
}

/** {@link packReads} of pieces whose places are known. */
export function* readsOf<T>(pieces: Iterable<WantedPiece<T>>): Generator<PackRead<T>> {
  for (const group of Map.groupBy(pieces, ({ place }) => place.pack).values()) {
    yield* rangesOf(group.sort((a, b) => a.place.offset - b.place.offset));
  }
}

/** A range of a pack that is read at once. */
export interface PackRead<T> {
  readonly pack: string;
  readonly offset: number;
  readonly length: number;
  /** In the order in which they lie there. */
  readonly pieces: readonly WantedPiece<T>[];
}

/** Bytes between two pieces that are rather read than asked around. */
const gapLimit = 256 * 1024;
/** Bytes after which a read ends; a piece that is longer is a read of its own. */
export const readTarget = 2 * 1024 * 1024;
/** Uses of one read, for what is known of each takes memory too. */
const usesLimit = 4096;

/**
 * How to read these pieces: packs in the order in which they are first wanted, what lies together at once. `wanted` has
 * the uses of each piece by its number. Where a piece lies is asked when its pack's turn comes: by then the pieces of one pack may
 * lie in several.
 */
export function* packReads<T>(
  contents: Pick<Contents, 'packOf' | 'place'>,
  wanted: ReadonlyMap<number, readonly T[]>,
): Generator<PackRead<T>> {
  const packs = new Map<number, number[]>();
  for (const piece of wanted.keys()) {
    const pack = contents.packOf(piece);
    const numbers = packs.get(pack);
    if (numbers === undefined) packs.set(pack, [piece]);
    else numbers.push(piece);
  }
  for (const numbers of packs.values()) {
    const pieces = numbers.map(piece => ({ place: contents.place(piece), uses: wanted.get(piece) ?? [] }));
    yield* readsOf(pieces);
  }
}

function* rangesOf<T>(pieces: readonly WantedPiece<T>[]): Generator<PackRead<T>> {
  let group: WantedPiece<T>[] = [];
  let uses = 0;
  for (const piece of pieces) {
    if (group.length > 0 && (uses >= usesLimit || !fits(group, piece))) {
      yield readOf(group);
      [group, uses] = [[], 0];
    }
    group.push(piece);
    uses += piece.uses.length;
  }
  if (group.length > 0) yield readOf(group);
}

function fits<T>(group: readonly WantedPiece<T>[], { place }: WantedPiece<T>): boolean {
  const [first, last] = [group[0]?.place ?? place, group.at(-1)?.place ?? place];
  const gap = place.offset - (last.offset + last.length);
  return gap >= 0 && gap <= gapLimit && place.offset + place.length - first.offset <= readTarget;
}

function readOf<T>(pieces: readonly WantedPiece<T>[]): PackRead<T> {
  const [first, last] = [pieces[0]?.place, pieces.at(-1)?.place];
  if (first === undefined || last === undefined) throw new Error('a read of nothing');
  return { pack: first.pack, offset: first.offset, length: last.offset + last.length - first.offset, pieces };
}
