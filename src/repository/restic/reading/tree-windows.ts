import type { StoreOptions } from '#storage/object-store.ts';
import type { BlobPlace } from '../access/blob-index.ts';
import { BlobOpener } from '../access/blob-opener.ts';
import { isDamage, readTreeBlob } from '../access/blobs.ts';
import { keyOf, naming } from '../access/files.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import { readTree, type TreeNode } from '../format/tree.ts';

/** Bytes that are read at once: trees that lie together are wanted together. */
const windowSize = 1024 * 1024;
const windowsKept = 4;

/**
 * The directories of a repository, read as a walk asks for them. Trees lie in packs beside those of their neighbours,
 * so a pack is read in windows, and those used last are kept: a walk then takes a request for each MiB rather than for
 * each directory.
 */
export class TreeWindows {
  readonly #repository: IndexedRepository;
  readonly #opener: BlobOpener;
  /** By pack and number of the window, the one used last at the end. */
  readonly #windows = new Map<string, Promise<Buffer>>();
  /** Bytes of each pack, by its number, as far as its trees are known to reach. */
  readonly #ends: Float64Array;

  constructor(repository: IndexedRepository) {
    this.#repository = repository;
    this.#opener = new BlobOpener(repository.key);
    const { index } = repository;
    this.#ends = new Float64Array(index.packs.length);
    for (let entry = 0; entry < index.size; entry++) {
      if (!index.isTree(entry)) continue;
      const pack = index.packNumber(entry);
      const end = index.offset(entry) + index.sealedLength(entry);
      this.#ends[pack] = Math.max(this.#ends[pack] ?? 0, end);
    }
  }

  /** The entries of a directory. @throws as reading a blob does */
  async read(id: string, options: StoreOptions = {}): Promise<readonly TreeNode[]> {
    const { store, index } = this.#repository;
    const entry = index.first('tree', id);
    const place = entry === -1 ? undefined : index.place(entry);
    const sealed = place === undefined ? undefined : await this.#sealed(place, options);
    if (place === undefined || sealed === undefined) return readTreeBlob(this.#repository, id, options);
    try {
      // nobody else opens anything before the text is parsed
      return await naming(store, keyOf('data', place.pack), async () =>
        readTree(this.#opener.open(place, sealed)),
      );
    } catch (thrown) {
      if (!isDamage(thrown)) throw thrown;
      return readTreeBlob(this.#repository, id, options);
    }
  }

  /** `undefined` where it is to be read by itself: it is long, or damaged. */
  async #sealed({ offset, length, entry }: BlobPlace, options: StoreOptions): Promise<Buffer | undefined> {
    const first = Math.floor(offset / windowSize);
    const last = Math.floor((offset + length - 1) / windowSize);
    if (last - first > 1) return undefined;
    const pack = this.#repository.index.packNumber(entry);
    const from = offset - first * windowSize;
    try {
      const begin = await this.#window(pack, first, options);
      if (first === last) return begin.subarray(from, from + length);
      const all = Buffer.concat([begin, await this.#window(pack, last, options)]);
      return all.subarray(from, from + length);
    } catch (thrown) {
      if (!isDamage(thrown)) throw thrown;
      return undefined;
    }
  }

  #window(pack: number, window: number, options: StoreOptions): Promise<Buffer> {
    const name = `${pack} ${window}`;
    const known = this.#windows.get(name);
    this.#windows.delete(name);
    const reading = known ?? this.#fetch(pack, window * windowSize, options);
    if (known === undefined) reading.catch(() => this.#windows.delete(name));
    this.#windows.set(name, reading);
    if (this.#windows.size > windowsKept) {
      const [oldest] = this.#windows.keys();
      if (oldest !== undefined) this.#windows.delete(oldest);
    }
    return reading;
  }

  async #fetch(pack: number, offset: number, options: StoreOptions): Promise<Buffer> {
    const { store, index } = this.#repository;
    const length = Math.min(windowSize, (this.#ends[pack] ?? 0) - offset);
    const file = keyOf('data', index.packs[pack] ?? '');
    return naming(store, file, async () => {
      const window = Buffer.allocUnsafeSlow(length);
      let at = 0;
      for await (const part of await store.getRange(file, { offset, length }, options)) {
        window.set(part, at);
        at += part.length;
      }
      return window;
    });
  }
}
