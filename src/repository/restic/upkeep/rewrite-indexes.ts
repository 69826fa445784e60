import { mapConcurrent } from '#foundation/concurrency.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { idsIn, keyOf, readDocument } from '../access/files.ts';
import type { OpenRepository } from '../access/open.ts';
import { removeFiles, type Undeleted } from '../access/remove-files.ts';
import { saveDocument } from '../access/save.ts';
import { idOf } from '../format/ids.ts';
import { type IndexedPack, readIndex, writeIndex } from '../format/index-file.ts';
import { reasons } from '../format/reasons.ts';
import { blobsPerIndex } from './sealed-writer.ts';

/** An index file, read whole. */
export interface StoredIndex {
  readonly id: string;
  readonly packs: readonly IndexedPack[];
}

/** Index files that are under way at once. */
const concurrency = 4;
/** Blobs from which on an index file is too long and is divided: a full one, and the longest header of a pack. */
const oversized = blobsPerIndex + (16 * 1024 * 1024) / 37;

export interface RewriteOptions extends StoreOptions {
  /** Packs that no index is to name any more. */
  readonly drop: ReadonlySet<string>;
  /** The index files that are rewritten; all there are unless told. */
  readonly files?: readonly string[];
  /** Further index files to remove, which are not looked at. */
  readonly obsolete?: readonly string[];
}

export interface RewrittenIndexes {
  readonly written: number;
  readonly removed: number;
  /** Old files that are still there: what they name must stay, too. */
  readonly undeleted: readonly Undeleted[];
}

/**
 * Takes packs out of the indexes. Files that hold such a pack, one that another file holds too, or few packs are put
 * together into new ones; the others stay. The old files are removed when all new ones are stored, so that every pack that is to
 * stay is named at every moment.
 *
 * @throws `repository.damaged` for an index that cannot be read, and what the store throws while indexes are read and stored;
 * then none was removed
 */
export async function rewriteIndexes(
  repository: OpenRepository,
  options: RewriteOptions,
): Promise<RewrittenIndexes> {
  const { store } = repository;
  const files = options.files ?? (await indexIds(repository, options));
  const rewriting = new Rewriting(repository, options);
  const indexes = mapConcurrent(files, concurrency, async id => readStoredIndex(repository, id, options));
  for await (const index of indexes) await rewriting.take(index);
  await rewriting.save();
  const old = [...rewriting.obsolete, ...(options.obsolete ?? [])].map(id => keyOf('index', id));
  const undeleted = await removeFiles(store, old, { signal: options.signal });
  return { written: rewriting.written, removed: old.length - undeleted.length, undeleted };
}

/** The ids of all index files. */
export async function indexIds({ store }: OpenRepository, options: StoreOptions): Promise<readonly string[]> {
  return Array.fromAsync(idsIn(store, 'index', options), ({ id }) => id);
}

/** @throws `repository.damaged` also where only a part of it is not valid */
export async function readStoredIndex(
  repository: OpenRepository,
  id: string,
  options: StoreOptions,
): Promise<StoredIndex> {
  const packs: IndexedPack[] = [];
  for (const pack of readIndex(await readDocument(repository, 'index', id, options))) {
    if (pack === undefined) {
      const { url } = repository.store;
      throw raise.damaged({ url, file: keyOf('index', id), reason: reasons.index });
    }
    packs.push(pack);
  }
  return { id, packs };
}

class Rewriting {
  readonly obsolete: string[] = [];
  written = 0;
  readonly #repository: OpenRepository;
  readonly #options: RewriteOptions;
  /** Every pack that a file which stays, or a new one, names: with what it holds, because once they could be split. */
  readonly #named = new Set<string>();
  #packs: IndexedPack[] = [];
  #blobs = 0;

  constructor(repository: OpenRepository, options: RewriteOptions) {
    this.#repository = repository;
    this.#options = options;
  }

  async take({ id, packs }: StoredIndex): Promise<void> {
    const names = packs.map(nameOf);
    if (this.#stays(packs, names)) {
      for (const name of names) this.#named.add(name);
      return;
    }
    this.obsolete.push(id);
    for (const [at, pack] of packs.entries()) {
      const name = names[at] ?? '';
      if (this.#options.drop.has(pack.id) || this.#named.has(name)) continue;
      this.#named.add(name);
      this.#packs.push(pack);
      this.#blobs += pack.blobs.length;
      if (this.#blobs >= blobsPerIndex) await this.save();
    }
  }

  async save(): Promise<void> {
    if (this.#packs.length === 0) return;
    await saveDocument(this.#repository, 'index', writeIndex(this.#packs), this.#options);
    this.written++;
    [this.#packs, this.#blobs] = [[], 0];
  }

  #stays(packs: readonly IndexedPack[], names: readonly string[]): boolean {
    const blobs = packs.reduce((count, pack) => count + pack.blobs.length, 0);
    if (blobs < blobsPerIndex || blobs > oversized || new Set(names).size < names.length) return false;
    return packs.every(({ id }, at) => !this.#options.drop.has(id) && !this.#named.has(names[at] ?? ''));
  }
}

/** Equal for packs of the same id that are described in the same way. */
function nameOf({ id, blobs }: IndexedPack): string {
  const text = blobs
    .map(blob => `${blob.id}${blob.type}${blob.offset}`)
    .sort()
    .join();
  return `${id} ${idOf(Buffer.from(text)).slice(0, 16)}`;
}
