import type { StoreOptions } from '#storage/object-store.ts';
import { type BlobIndex, type BlobPlace } from '../access/blob-index.ts';
import { idsIn } from '../access/files.ts';
import { type IndexedRepository, loadIndex } from '../access/indexed.ts';
import type { BlobType } from '../format/pack.ts';

/** A blob, and a pack that it was said to be in and that is gone. */
export interface GoneBlob {
  readonly type: BlobType;
  readonly id: string;
  /** The pack's id. */
  readonly pack: string;
}

/**
 * Where blobs lie by now whose packs are gone: whoever prunes without looking at locks, or while nobody holds one, writes them to
 * other packs. Indexes are read anew where others are there than before.
 */
export class MovedBlobs {
  readonly #repository: IndexedRepository;
  readonly #gone = new Set<string>();
  #known: Promise<Latest> | undefined;

  constructor(repository: IndexedRepository) {
    this.#repository = repository;
  }

  /** In the order of the blobs; `undefined` where no other pack is known to hold one. @throws what the store throws */
  async find(blobs: readonly GoneBlob[], options: StoreOptions): Promise<readonly (BlobPlace | undefined)[]> {
    for (const { pack } of blobs) this.#gone.add(pack);
    const places = await this.#places(blobs, this.#known);
    if (!places.includes(undefined)) return places;
    this.#known = this.#newer(this.#known, options);
    return this.#places(blobs, this.#known);
  }

  /** The repository by the indexes that were read last; `anew`: by those that are there now. @throws what the store throws */
  async repository(anew: boolean, options: StoreOptions): Promise<IndexedRepository> {
    if (anew || this.#known === undefined) this.#known = this.#newer(this.#known, options);
    const { index } = await this.#known;
    return { ...this.#repository, index };
  }

  async #places(
    blobs: readonly GoneBlob[],
    known: Promise<Latest> | undefined,
  ): Promise<readonly (BlobPlace | undefined)[]> {
    const latest = await known;
    return blobs.map(({ type, id }) =>
      latest?.index.places(type, id).find(({ pack }) => !this.#gone.has(pack)),
    );
  }

  async #newer(before: Promise<Latest> | undefined, options: StoreOptions): Promise<Latest> {
    const ids = await Array.fromAsync(idsIn(this.#repository.store, 'index', options), ({ id }) => id);
    const files = ids.sort().join();
    const latest = await before;
    if (latest?.files === files) return latest;
    // an index may be gone by the time it is read: then others came after it
    const open = { ...this.#repository, onTreePacks: undefined };
    const { index } = await loadIndex(open, { ...options, onDamage: () => {} });
    return { files, index };
  }
}

interface Latest {
  /** The ids of the index files. */
  readonly files: string;
  readonly index: BlobIndex;
}
