import type { StoreOptions } from '#storage/object-store.ts';
import { keyOf, naming } from '../access/files.ts';
import type { IndexedRepository } from '../access/indexed.ts';

/** Bytes that are read of a pack at once, and how much further than the next window begins, for blobs that lie across. */
const windowSize = 1024 * 1024;
const overlap = 128 * 1024;
/** How many windows are kept: the latest ones. */
const windowsKept = 24;

/**
 * The sealed bytes of trees. A snapshot's trees lie close together in few packs, so each read takes what lies around along;
 * the windows that were used last are kept.
 */
export class PackWindows {
  readonly #repository: IndexedRepository;
  readonly #options: StoreOptions;
  /** The latest last; windows that are still being read are promises. */
  readonly #windows = new Map<string, Buffer | Promise<Buffer>>();
  #ends: Float64Array | undefined;

  constructor(repository: IndexedRepository, options: StoreOptions) {
    this.#repository = repository;
    this.#options = options;
  }

  /** The bytes of the tree at that place of the index: at once where they are here already. @throws as reading blobs does */
  sealed(entry: number): Buffer | Promise<Buffer> {
    const { index } = this.#repository;
    const pack = index.packNumber(entry);
    const [offset, length] = [index.offset(entry), index.sealedLength(entry)];
    const start = offset - (offset % windowSize);
    if (offset + length > start + windowSize + overlap) return this.#read(pack, offset, length);
    const window = this.#window(pack, start);
    const cut = (bytes: Buffer): Buffer => bytes.subarray(offset - start, offset - start + length);
    return window instanceof Promise ? window.then(cut) : cut(window);
  }

  /** Begins to read what {@link sealed} will be asked for. What fails here is thrown there. */
  prefetch(entry: number): void {
    const { index } = this.#repository;
    const offset = index.offset(entry);
    const key = `${index.packNumber(entry)} ${offset - (offset % windowSize)}`;
    if (this.#windows.has(key)) return;
    const begun = this.sealed(entry);
    if (begun instanceof Promise) begun.catch(() => {});
  }

  #window(pack: number, start: number): Buffer | Promise<Buffer> {
    const key = `${pack} ${start}`;
    const known = this.#windows.get(key);
    if (known !== undefined) {
      this.#windows.delete(key);
      this.#windows.set(key, known);
      return known;
    }
    const end = Math.min(start + windowSize + overlap, this.#end(pack));
    const reading = this.#load(key, this.#read(pack, start, end - start));
    this.#windows.set(key, reading);
    for (const oldest of this.#windows.keys()) {
      if (this.#windows.size <= windowsKept) break;
      this.#windows.delete(oldest);
    }
    return reading;
  }

  async #load(key: string, reading: Promise<Buffer>): Promise<Buffer> {
    try {
      const bytes = await reading;
      if (this.#windows.has(key)) this.#windows.set(key, bytes);
      return bytes;
    } catch (thrown) {
      this.#windows.delete(key);
      throw thrown;
    }
  }

  async #read(pack: number, offset: number, length: number): Promise<Buffer> {
    const { store, index } = this.#repository;
    const file = keyOf('data', index.packs[pack] ?? '');
    return naming(store, file, async () => {
      const bytes = Buffer.allocUnsafe(length);
      let at = 0;
      for await (const piece of await store.getRange(file, { offset, length }, this.#options)) {
        bytes.set(piece, at);
        at += piece.length;
      }
      return bytes;
    });
  }

  /** Where the last tree of a pack ends: before the end of the file. */
  #end(pack: number): number {
    this.#ends ??= this.#findEnds();
    return this.#ends[pack] ?? 0;
  }

  #findEnds(): Float64Array {
    const { index } = this.#repository;
    const ends = new Float64Array(index.packs.length);
    for (let entry = 0; entry < index.size; entry++) {
      if (!index.isTree(entry)) continue;
      const pack = index.packNumber(entry);
      ends[pack] = Math.max(ends[pack] ?? 0, index.offset(entry) + index.sealedLength(entry));
    }
    return ends;
  }
}
