import type { StoreOptions } from '#storage/object-store.ts';
import { type Directory, readDirectory as parseDirectory } from '../format/directory.ts';
import { type EntryTexts, readEntryTexts as parseEntryTexts } from '../format/directory-texts.ts';
import type { ObjectId } from '../format/object-id.ts';
import type { IndexedKopia } from './indexed.ts';
import { naming } from './naming.ts';
import { readWholeObject } from './objects.ts';

/**
 * What a directory holds.
 *
 * @throws `repository.kopia-content-missing`, `damaged`, `file-missing` and what the store throws
 */
export async function readDirectory(
  repository: IndexedKopia,
  object: ObjectId,
  options: StoreOptions = {},
): Promise<Directory> {
  const plain = await readWholeObject(repository, object, options);
  return naming(repository.store, object, async () => parseDirectory(plain));
}

/** {@link readDirectory} as far as it takes to compare the entries with others. @throws as it does */
export async function readEntryTexts(
  repository: IndexedKopia,
  object: ObjectId,
  options: StoreOptions = {},
): Promise<readonly EntryTexts[]> {
  const plain = await readWholeObject(repository, object, options);
  return naming(repository.store, object, async () => parseEntryTexts(plain));
}
