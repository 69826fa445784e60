import type { StoreOptions } from '#storage/object-store.ts';
import { keyOf } from '../access/files.ts';
import type { OpenRepository } from '../access/open.ts';
import type { PackedBlob } from '../format/pack.ts';

/** Blobs that lie not further apart, in bytes, are read in one piece. */
const gapLimit = 256 * 1024;

/** What lies at a place of a pack: nothing is known of it but its length. */
export interface SealedBlob<T> {
  readonly place: T;
  readonly sealed: Buffer;
}

/** Blobs that are read in one piece, in the order of their offsets. */
interface Span<T> {
  readonly offset: number;
  end: number;
  readonly places: T[];
}

/**
 * Streams blobs of one pack, in the order in which they lie there; what lies between them is read only where that is
 * little. One blob is in memory at a time.
 *
 * @throws what the store throws: `storage.truncated` where a place reaches beyond the end of the file
 */
export async function* sealedBlobs<T extends PackedBlob>(
  { store }: Pick<OpenRepository, 'store'>,
  { pack, places }: { readonly pack: string; readonly places: readonly T[] },
  options: StoreOptions = {},
): AsyncGenerator<SealedBlob<T>> {
  for (const span of spansOf(places)) {
    const range = { offset: span.offset, length: span.end - span.offset };
    yield* cutUp(await store.getRange(keyOf('data', pack), range, options), span);
  }
}

function spansOf<T extends PackedBlob>(places: readonly T[]): readonly Span<T>[] {
  const spans: Span<T>[] = [];
  for (const place of places.toSorted((a, b) => a.offset - b.offset)) {
    const { offset, length } = place;
    const last = spans.at(-1);
    if (last === undefined || offset < last.end || offset > last.end + gapLimit) {
      spans.push({ offset, end: offset + length, places: [place] });
      continue;
    }
    last.places.push(place);
    last.end = offset + length;
  }
  return spans;
}

async function* cutUp<T extends PackedBlob>(
  body: AsyncIterable<Uint8Array>,
  { offset, places }: Span<T>,
): AsyncGenerator<SealedBlob<T>> {
  let at = offset;
  let number = 0;
  let sealed: Buffer | undefined;
  for await (const piece of body) {
    const end = at + piece.length;
    for (let place = places[number]; place !== undefined && place.offset < end; place = places[number]) {
      sealed ??= Buffer.allocUnsafe(place.length);
      const from = Math.max(place.offset, at);
      const to = Math.min(place.offset + place.length, end);
      sealed.set(piece.subarray(from - at, to - at), from - place.offset);
      if (to < place.offset + place.length) break;
      number++;
      yield { place, sealed };
      sealed = undefined;
    }
    at = end;
  }
}
