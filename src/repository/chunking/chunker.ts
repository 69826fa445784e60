import { polynomialDegree } from './polynomial.ts';
import { makeRabinKernel, type RabinKernel, rabinTables, windowSize } from './rabin-kernel.ts';

/** Sizes of chunks in bytes, and the bits of a digest that are zero at a boundary. */
export interface ChunkSizes {
  readonly min: number;
  readonly max: number;
  readonly mask: bigint;
}

/** restic's own; on average a chunk has 1.5 MiB. */
export const resticSizes: ChunkSizes = { min: 512 * 1024, max: 8 * 1024 * 1024, mask: (1n << 20n) - 1n };

/**
 * Finds where a stream is cut into chunks: behind each byte, at least `min` behind the last cut, where the Rabin
 * digest of the last 64 bytes has zeros under `mask`; at the latest after `max` bytes. Bytes are given piece by
 * piece; equal streams are cut at the same places however they come in pieces.
 */
export class Chunker {
  readonly #kernel: RabinKernel;
  readonly #sizes: ChunkSizes;
  /** Bytes since the last cut. */
  #length = 0;

  constructor(polynomial: bigint, sizes: ChunkSizes = resticSizes) {
    this.#kernel = makeRabinKernel(polynomial);
    this.#sizes = sizes;
  }

  /** How many bytes of `piece` still belong to the chunk at hand, where it ends within them; otherwise undefined. */
  next(piece: Uint8Array): number | undefined {
    const { min, max } = this.#sizes;
    let at = 0;
    while (at < piece.length) {
      if (this.#length < min - windowSize) at += this.#skip(piece.length - at, min - windowSize);
      else at = this.#scan(piece, at);
      if (at < 0 || this.#length === max) {
        this.#length = 0;
        return at < 0 ? -at : at;
      }
    }
    return undefined;
  }

  /** Begins anew, as at the beginning of a file. */
  reset(): void {
    this.#length = 0;
  }

  /** No boundary depends on the bytes before the last window of the shortest chunk. */
  #skip(available: number, upTo: number): number {
    const skipped = Math.min(available, upTo - this.#length);
    this.#length += skipped;
    if (this.#length === upTo) {
      this.#kernel.window.fill(0);
      this.#kernel.digest = 0n;
    }
    return skipped;
  }

  /** The offset that was scanned to; negative where a boundary is there. */
  #scan(piece: Uint8Array, at: number): number {
    const { input, window } = this.#kernel;
    const { min, max, mask } = this.#sizes;
    const size = Math.min(piece.length - at, input.length, max - this.#length);
    input.set(piece.subarray(at, at + size));
    // The first bytes only fill the window; a boundary is where they and one more, or none more, make the shortest chunk.
    const silent = Math.min(size, Math.max(0, min - 1 - this.#length));
    this.#kernel.roll({ start: 0, length: silent, mask: 0n, wanted: 1n });
    const stopped = this.#kernel.roll({ start: silent, length: size - silent, mask, wanted: 0n });
    if (stopped <= size && stopped > silent) return -(at + stopped);
    this.#length += size;
    keepWindow(window, input.subarray(0, size));
    return at + size;
  }
}

/** The last bytes that were seen become the window of what comes next. */
function keepWindow(window: Uint8Array, seen: Uint8Array): void {
  const kept = Math.min(seen.length, window.length);
  window.copyWithin(0, kept);
  window.set(seen.subarray(seen.length - kept), window.length - kept);
}

/** A file's chunks, each in memory as a whole. An empty file has none. */
export async function* chunksOf(
  chunker: Chunker,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Buffer> {
  chunker.reset();
  let pending: Uint8Array[] = [];
  for await (const piece of source) {
    let rest = piece;
    for (let cut = chunker.next(rest); cut !== undefined; cut = chunker.next(rest)) {
      yield Buffer.concat([...pending, rest.subarray(0, cut)]);
      pending = [];
      rest = rest.subarray(cut);
    }
    if (rest.length > 0) pending.push(Uint8Array.from(rest));
  }
  if (pending.length > 0) yield Buffer.concat(pending);
}

/** The lengths of the chunks by the definition, byte for byte in big integers: what {@link Chunker} is compared with. Slow. */
export function plainChunkLengths(data: Uint8Array, polynomial: bigint, sizes: ChunkSizes): number[] {
  const { out, mod } = rabinTables(polynomial);
  const lengths: number[] = [];
  let window: number[] = [];
  let [digest, length] = [0n, 0];
  const slide = (byte: number): void => {
    window.push(byte);
    const leaving = window.length > windowSize ? (window.shift() ?? 0) : 0;
    digest ^= out[leaving] ?? 0n;
    const above = Number(digest >> BigInt(polynomialDegree - 8));
    digest = ((digest << 8n) | BigInt(byte)) ^ (mod[above] ?? 0n);
  };
  for (const byte of data) {
    slide(byte);
    length++;
    const boundary = length >= sizes.min && (digest & sizes.mask) === 0n;
    if (!boundary && length < sizes.max) continue;
    lengths.push(length);
    [window, digest, length] = [[], 0n, 0];
  }
  return length > 0 ? [...lengths, length] : lengths;
}
