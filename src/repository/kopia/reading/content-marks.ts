import type { StoreOptions } from '#storage/object-store.ts';
import type { StoredEntry } from '../../browsing/browsable.ts';
import { raise } from '../../errors.ts';
import type { IndexedKopia } from '../access/indexed.ts';
import { objectContents } from '../access/objects.ts';
import type { ContentId } from '../format/content-id.ts';
import { type ObjectId, parseObjectId } from '../format/object-id.ts';

/** The object that an entry is: that of a directory, or of a file's content; `undefined` of others. */
export function objectOf({ directory, content }: StoredEntry): ObjectId | undefined {
  return directory ?? content[0];
}

/**
 * Every content that an object takes: those of its data, and those of the lists of them.
 *
 * @throws as reading the lists does
 */
export async function contentsOf(
  repository: IndexedKopia,
  object: ObjectId,
  options: StoreOptions = {},
): Promise<readonly ContentId[]> {
  const parsed = parseObjectId(object);
  if (parsed?.levels === 0) return [parsed.content];
  const parts = await objectContents(repository, object, options);
  const list = await contentsOf(repository, object.slice(1), options);
  return [...list, ...parts.map(({ content }) => content)];
}

/** The number of a content in the index. @throws `repository.kopia-content-missing` */
export function numberOf({ index, store }: IndexedKopia, id: ContentId): number {
  const number = index.numberOf(id);
  if (number < 0) throw raise['kopia-content-missing']({ url: store.url, id });
  return number;
}
