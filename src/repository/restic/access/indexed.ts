import { mapConcurrent } from '#foundation/concurrency.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { reasons } from '../format/fault.ts';
import type { Json } from '../format/go-json.ts';
import { readIndex } from '../format/index-file.ts';
import { BlobIndex } from './blob-index.ts';
import { idsIn, keyOf, readDocument } from './files.ts';
import type { OpenRepository } from './open.ts';

/** A repository whose blobs can be found. */
export interface IndexedRepository extends OpenRepository {
  readonly index: BlobIndex;
}

export interface LoadOptions extends StoreOptions {
  /** Told of an index file that cannot be read; without it, the first one is thrown. */
  readonly onDamage?: (file: string, thrown: unknown) => void;
}

/** How many index files are under way at once. */
const concurrency = 4;

/**
 * Reads every index file. What the list of snapshots is read before this, the index knows; what is written later
 * it may not.
 *
 * @throws `repository.damaged`, `file-missing` and what the store throws
 */
export async function loadIndex(
  repository: OpenRepository,
  options: LoadOptions = {},
): Promise<IndexedRepository> {
  const index = new BlobIndex();
  const ids = idsIn(repository.store, 'index', options);
  const documents = mapConcurrent(ids, concurrency, async ({ id }) => {
    try {
      return { id, document: await readDocument(repository, 'index', id, options) };
    } catch (thrown) {
      options.signal?.throwIfAborted();
      if (options.onDamage === undefined) throw thrown;
      options.onDamage(keyOf('index', id), thrown);
      return undefined;
    }
  });
  for await (const read of documents) {
    if (read !== undefined) addAll(index, read, { repository, options });
  }
  return { ...repository, index };
}

function addAll(
  index: BlobIndex,
  { id, document }: { readonly id: string; readonly document: Json },
  { repository, options }: { repository: OpenRepository; options: LoadOptions },
): void {
  for (const pack of readIndex(document)) {
    if (pack !== undefined) {
      index.add(pack);
      continue;
    }
    const file = keyOf('index', id);
    const fault = raise.damaged({ url: repository.store.url, file, reason: reasons.index });
    if (options.onDamage === undefined) throw fault;
    options.onDamage(file, fault);
  }
}
