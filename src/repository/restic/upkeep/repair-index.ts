import { mapConcurrent } from '#foundation/concurrency.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { BlobIndex } from '../access/blob-index.ts';
import { isDamage } from '../access/blobs.ts';
import { idsIn, keyOf } from '../access/files.ts';
import type { OpenRepository } from '../access/open.ts';
import type { Undeleted } from '../access/remove-files.ts';
import { requireWritable, saveDocument } from '../access/save.ts';
import { type IndexedPack, writeIndex } from '../format/index-file.ts';
import { readPackHeader } from './pack-header.ts';
import { packSizes } from './pack-usage.ts';
import { indexIds, readStoredIndex, rewriteIndexes } from './rewrite-indexes.ts';
import { blobsPerIndex } from './sealed-writer.ts';

export interface RepairIndexOptions extends StoreOptions {
  /** Believe no index: read the header of every pack. */
  readonly readAllPacks?: boolean;
  /** Only says what would be done; headers are read nevertheless. */
  readonly dryRun?: boolean;
  readonly progress?: Progress | undefined;
}

/** What was repaired, as ids. */
export interface IndexRepair {
  /** Index files that cannot be read, and were removed. */
  readonly damagedIndexes: readonly string[];
  /** Packs that no index described as they are, and one does now. */
  readonly added: readonly string[];
  /** Packs whose file is gone: no index names them any more. */
  readonly forgotten: readonly string[];
  /** Packs whose own header cannot be read: no index names them any more. */
  readonly unreadable: readonly string[];
  /** Whether packs were described by several indexes. */
  readonly duplicates: boolean;
  /** Old index files that are still there, because the location lets nothing be deleted. */
  readonly undeleted: readonly Undeleted[];
}

interface IndexState {
  readonly index: BlobIndex;
  readonly good: readonly string[];
  readonly damaged: readonly string[];
  /** Packs in index files, those of several files counted each time. */
  readonly described: number;
}

const concurrency = 4;

/**
 * Makes the indexes describe the packs that there are: from the headers of those packs that no index has with the size
 * of their file. To be called under an exclusive lock. New indexes are stored before old ones are removed; packs are
 * not touched.
 *
 * @throws `repository.foreign` for version 1, and what the store throws
 */
export async function repairIndex(
  repository: OpenRepository,
  options: RepairIndexOptions = {},
): Promise<IndexRepair> {
  requireWritable(repository);
  const state = await readIndexes(repository, options);
  const { missing, differing } = await comparePacks(repository, state.index, options);
  const writer = new IndexWriter(repository, options);
  const unreadable: string[] = [];
  for await (const { id, blobs } of headersOf(repository, differing, options)) {
    if (blobs === undefined) unreadable.push(id);
    else await writer.add({ id, blobs });
  }
  await writer.finish();
  const unread = new Set(unreadable);
  const repair: IndexRepair = {
    damagedIndexes: state.damaged,
    added: differing.map(({ id }) => id).filter(id => !unread.has(id)),
    forgotten: missing,
    unreadable,
    duplicates: state.described > state.index.packs.length,
    undeleted: [],
  };
  if (options.dryRun === true || isNothing(repair)) return repair;
  const drop = new Set([...missing, ...differing.map(({ id }) => id)]);
  const obsolete =
    options.readAllPacks === true ? await indexIdsBut(repository, writer.written, options) : state.damaged;
  const rewriting = { ...options, drop, files: state.good, obsolete };
  return { ...repair, undeleted: (await rewriteIndexes(repository, rewriting)).undeleted };
}

function isNothing({ damagedIndexes, added, forgotten, unreadable, duplicates }: IndexRepair): boolean {
  return [damagedIndexes, added, forgotten, unreadable].every(list => list.length === 0) && !duplicates;
}

async function readIndexes(repository: OpenRepository, options: RepairIndexOptions): Promise<IndexState> {
  const index = new BlobIndex();
  const good: string[] = [];
  const damaged: string[] = [];
  let described = 0;
  const ids = await indexIds(repository, options);
  const read = mapConcurrent(ids, concurrency, async id => {
    try {
      return { id, stored: await readStoredIndex(repository, id, options) };
    } catch (thrown) {
      if (isDamage(thrown)) return { id, stored: undefined };
      throw thrown;
    }
  });
  for await (const { id, stored } of read) {
    (stored === undefined ? damaged : good).push(id);
    if (stored === undefined || options.readAllPacks === true) continue;
    described += stored.packs.length;
    for (const pack of stored.packs) index.add(pack);
  }
  return options.readAllPacks === true
    ? { index, good: [], damaged, described }
    : { index, good, damaged, described };
}

async function indexIdsBut(
  repository: OpenRepository,
  written: readonly string[],
  options: StoreOptions,
): Promise<readonly string[]> {
  const own = new Set(written);
  return (await indexIds(repository, options)).filter(id => !own.has(id));
}

interface PackFile {
  readonly id: string;
  readonly size: number;
}

/** Packs that are indexed and gone, and files that are not indexed or of another size. */
async function comparePacks(
  { store }: OpenRepository,
  index: BlobIndex,
  options: StoreOptions,
): Promise<{ readonly missing: readonly string[]; readonly differing: readonly PackFile[] }> {
  const sizes = packSizes(index);
  const expected = new Map(index.packs.map((id, pack) => [id, sizes[pack] ?? 0]));
  const differing: PackFile[] = [];
  for await (const file of idsIn(store, 'data', options)) {
    if (expected.get(file.id) !== file.size) differing.push(file);
    expected.delete(file.id);
  }
  return { missing: [...expected.keys()], differing };
}

interface PackHeader {
  readonly id: string;
  /** Absent where it cannot be read. */
  readonly blobs: IndexedPack['blobs'] | undefined;
}

async function* headersOf(
  repository: OpenRepository,
  packs: readonly PackFile[],
  options: RepairIndexOptions,
): AsyncGenerator<PackHeader> {
  const { progress = noProgress } = options;
  let done = 0;
  const headers = mapConcurrent(packs, concurrency, async pack => headerOf(repository, pack, options));
  for await (const header of headers) {
    done++;
    const current = keyOf('data', header.id);
    progress({ phase: 'read headers', done, total: packs.length, unit: 'items', current });
    yield header;
  }
}

async function headerOf(
  repository: OpenRepository,
  pack: PackFile,
  options: StoreOptions,
): Promise<PackHeader> {
  try {
    return { id: pack.id, blobs: await readPackHeader(repository, pack, options) };
  } catch (thrown) {
    if (isDamage(thrown)) return { id: pack.id, blobs: undefined };
    throw thrown;
  }
}

class IndexWriter {
  readonly written: string[] = [];
  readonly #repository: OpenRepository;
  readonly #options: RepairIndexOptions;
  #packs: IndexedPack[] = [];
  #blobs = 0;

  constructor(repository: OpenRepository, options: RepairIndexOptions) {
    this.#repository = repository;
    this.#options = options;
  }

  async add(pack: IndexedPack): Promise<void> {
    this.#packs.push(pack);
    this.#blobs += pack.blobs.length;
    if (this.#blobs >= blobsPerIndex) await this.finish();
  }

  async finish(): Promise<void> {
    const packs = this.#packs;
    [this.#packs, this.#blobs] = [[], 0];
    if (packs.length === 0 || this.#options.dryRun === true) return;
    this.written.push(await saveDocument(this.#repository, 'index', writeIndex(packs), this.#options));
  }
}
