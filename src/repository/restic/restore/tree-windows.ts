import type { StoreOptions } from '#storage/object-store.ts';
import type { BlobPlace } from '../access/blob-index.ts';
import { isDamage, openBlob, readBlob } from '../access/blobs.ts';
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
  /** By pack and number of the window, the one used last at the end. */
  readonly #windows = new Map<string, Promise<Buffer>>();
  /** Bytes of each pack, by its number, as far as its blobs are known to reach. */
  readonly #ends = new Map<string, number>();

  constructor(repository: IndexedRepository) {
    this.#repository = repository;
    const { index } = repository;
    for (let entry = 0; entry < index.size; entry++) {
      if (!index.isTree(entry)) continue;
      const { pack, offset, length } = index.place(entry);
      this.#ends.set(pack, Math.max(this.#ends.get(pack) ?? 0, offset + length));
    }
  }

  /** The entries of a directory. @throws as reading a blob does */
  async read(id: string, options: StoreOptions = {}): Promise<readonly TreeNode[]> {
    const { store, index } = this.#repository;
    const entry = index.first('tree', id);
    if (entry === -1) return readTree(await readBlob(this.#repository, 'tree', id, options));
    const place = index.place(entry);
    const file = keyOf('data', place.pack);
    const content = await this.#content(place, options);
    return naming(store, file, async () => readTree(content));
  }

  async #content(place: BlobPlace, options: StoreOptions): Promise<Buffer> {
    try {
      const { offset, length, pack } = place;
      const first = Math.floor(offset / windowSize);
      const last = Math.floor((offset + length - 1) / windowSize);
      if (last - first > 1) return await readBlob(this.#repository, 'tree', place.id, options);
      const parts: Buffer[] = [];
      for (let window = first; window <= last; window++)
        parts.push(await this.#window(pack, window, options));
      const all = parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts);
      const from = offset - first * windowSize;
      const sealed = all.subarray(from, from + length);
      const { store, key } = this.#repository;
      return await naming(store, keyOf('data', pack), async () => openBlob(key, place, sealed));
    } catch (thrown) {
      if (!isDamage(thrown)) throw thrown;
      return readBlob(this.#repository, 'tree', place.id, options);
    }
  }

  #window(pack: string, window: number, options: StoreOptions): Promise<Buffer> {
    const name = `${pack} ${window}`;
    const known = this.#windows.get(name);
    this.#windows.delete(name);
    const reading = known ?? this.#fetch(pack, window * windowSize, options);
    reading.catch(() => this.#windows.delete(name));
    this.#windows.set(name, reading);
    if (this.#windows.size > windowsKept) {
      const [oldest] = this.#windows.keys();
      if (oldest !== undefined) this.#windows.delete(oldest);
    }
    return reading;
  }

  async #fetch(pack: string, offset: number, options: StoreOptions): Promise<Buffer> {
    const { store } = this.#repository;
    const length = Math.min(windowSize, (this.#ends.get(pack) ?? 0) - offset);
    const file = keyOf('data', pack);
    return naming(store, file, async () =>
      Buffer.concat(await Array.fromAsync(await store.getRange(file, { offset, length }, options))),
    );
  }
}
