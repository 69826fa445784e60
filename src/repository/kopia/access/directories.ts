import type { StoreOptions } from '#storage/object-store.ts';
import { type Directory, readDirectory as parseDirectory } from '../format/directory.ts';
import {
  type DirectoryTexts,
  type EntryTexts,
  readDirectoryTexts as parseTexts,
} from '../format/directory-texts.ts';
import { type ObjectId, parseObjectId } from '../format/object-id.ts';
import { heldContent } from './contents.ts';
import type { IndexedKopia } from './indexed.ts';
import { naming, namingNow } from './naming.ts';
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
  return (await readDirectoryTexts(repository, object, options)).entries;
}

/** {@link readEntryTexts}, with the directory's own text. @throws as it does */
export async function readDirectoryTexts(
  repository: IndexedKopia,
  object: ObjectId,
  options: StoreOptions = {},
): Promise<DirectoryTexts> {
  const plain = await readWholeObject(repository, object, options);
  return namingNow(repository.store, object, () => parseTexts(plain));
}

/**
 * {@link readDirectoryTexts} at once, of one that is a single content whose sealed bytes `held` has, by its pack; `undefined` of others.
 *
 * @throws as it does
 */
export function heldDirectoryTexts(
  repository: IndexedKopia,
  object: ObjectId,
  held: Parameters<typeof heldContent>[2],
): DirectoryTexts | undefined {
  const parsed = parseObjectId(object);
  if (parsed === undefined || parsed.levels > 0 || parsed.compressed) return undefined;
  const plain = heldContent(repository, parsed.content, held);
  return plain && namingNow(repository.store, object, () => parseTexts(plain));
}
