import { isHozonError } from '#foundation/errors.ts';
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

/** How often indexes are listed anew because one of them was gone when it was read. */
const attempts = 3;

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
    return this.#places(blobs, this.#renewed(options));
  }

  /** The repository by the indexes that were read last; `anew`: by those that are there now. @throws what the store throws */
  async repository(anew: boolean, options: StoreOptions): Promise<IndexedRepository> {
    const known = anew ? undefined : this.#known;
    const { index } = await (known ?? this.#renewed(options));
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

  /** What failed is forgotten: who asks next has it tried again. */
  #renewed(options: StoreOptions): Promise<Latest> {
    const work = this.#newer(this.#known, options);
    this.#known = work;
    work.catch(() => {
      if (this.#known === work) this.#known = undefined;
    });
    return work;
  }

  async #newer(before: Promise<Latest> | undefined, options: StoreOptions): Promise<Latest> {
    for (let attempt = 1; ; attempt++) {
      const ids = await Array.fromAsync(idsIn(this.#repository.store, 'index', options), ({ id }) => id);
      const files = ids.sort().join();
      const latest = await before;
      if (latest?.files === files) return latest;
      const { index, isWhole } = await this.#load(options);
      if (isWhole || attempt === attempts) return { files, index };
    }
  }

  /** Whether it is whole: an index that is gone by the time it is read has others in its place. */
  async #load(options: StoreOptions): Promise<{ readonly index: BlobIndex; readonly isWhole: boolean }> {
    let isWhole = true;
    const onDamage = (_: string, thrown: unknown): void => {
      if (isHozonError(thrown, 'repository.file-missing')) isWhole = false;
    };
    const open = { ...this.#repository, onTreePacks: undefined };
    const { index } = await loadIndex(open, { ...options, onDamage });
    return { index, isWhole };
  }
}

interface Latest {
  /** The ids of the index files. */
  readonly files: string;
  readonly index: BlobIndex;
}
