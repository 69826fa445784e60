import { type Compressor, makeCompressor } from '../../pipeline/compressor.ts';
import { compress, compressionId } from '../format/compression.ts';

/** Levels of zstd for kopia's names. Its own compressor has four levels, which it likens to these (klauspost/compress, `zstd`). */
const zstdLevels: Readonly<Record<string, number>> = {
  'zstd-fastest': 1,
  zstd: 3,
  'zstd-better-compression': 7,
  'zstd-best-compression': 11,
};

/** What is stored of a content: the bytes, which belong to the compressor until it is called again, and the number of their compression. */
export interface CompressedContent {
  readonly payload: Uint8Array;
  /** 0 where the plain bytes are no longer. */
  readonly compression: number;
}

const headerSize = 4;
/** Enough for the longest content of most splitters; pages that are never written to take no memory. */
const smallestScratch = 8 * 1024 * 1024;

/** Compresses contents in one thread, by zstd with a context that is kept for each level. */
export class ContentCompressor {
  /** Old indexes cannot say that a content is compressed. */
  readonly #enabled: boolean;
  readonly #made = new Map<string, Compressor>();
  #scratch = Buffer.alloc(0);

  constructor(indexVersion: 1 | 2) {
    this.#enabled = indexVersion > 1;
  }

  /** Compresses a content in the way of that name, if that makes it shorter; '' and names that are not known are no compression. */
  compress(plain: Uint8Array, name: string): CompressedContent {
    const id = this.#enabled && name !== '' ? compressionId(name) : undefined;
    if (id === undefined || plain.length <= headerSize) return { payload: plain, compression: 0 };
    const payload = name in zstdLevels ? this.#zstd(plain, name, id) : compress(name, plain);
    if (payload === undefined || payload.length >= plain.length) return { payload: plain, compression: 0 };
    return { payload, compression: id };
  }

  #zstd(plain: Uint8Array, name: string, id: number): Uint8Array | undefined {
    if (this.#scratch.length < plain.length) {
      this.#scratch = Buffer.from(new ArrayBuffer(Math.max(plain.length, smallestScratch)));
    }
    let compressor = this.#made.get(name);
    if (compressor === undefined) {
      compressor = makeCompressor(zstdLevels[name] ?? 1);
      this.#made.set(name, compressor);
    }
    const length = compressor.compress(plain, this.#scratch.subarray(headerSize, plain.length - 1));
    if (length === 0) return undefined;
    this.#scratch.writeUInt32BE(id);
    return this.#scratch.subarray(0, headerSize + length);
  }
}
