import type { StoreOptions } from '#storage/object-store.ts';
import type { StoredEntry } from '../../browsing/browsable.ts';
import type { SearchOptions } from '../../browsing/find.ts';
import { raise } from '../../errors.ts';
import type { IndexedKopia } from '../access/indexed.ts';
import type { ContentId } from '../format/content-id.ts';
import { contentsOf, objectOf } from './content-marks.ts';

/** Whether a content is looked for. */
export type ContentTest = (id: ContentId) => boolean;

/**
 * Whether a content is one that a person means: by the beginning of its id, or by that of the pack that holds it.
 *
 * @throws `repository.pack-not-found`
 */
export function contentTest(
  { index, store }: IndexedKopia,
  kind: 'blob' | 'tree' | 'pack',
  ids: readonly string[],
): ContentTest {
  if (kind !== 'pack') return id => ids.some(beginning => id.startsWith(beginning));
  for (const beginning of ids) {
    if (!index.packs.some(pack => pack.startsWith(beginning))) {
      throw raise['pack-not-found']({ url: store.url, id: beginning });
    }
  }
  const wanted = new Set(
    index.packs.flatMap((pack, number) => (ids.some(each => pack.startsWith(each)) ? [number] : [])),
  );
  return id => {
    const number = index.numberOf(id);
    return number >= 0 && wanted.has(index.packNumber(number));
  };
}

/** The contents of an entry that are looked for: of files for `blob`, of directories for `tree`, of both for `pack`. */
export async function wantedContents(
  repository: IndexedKopia,
  entry: StoredEntry,
  {
    kind,
    test,
    ...options
  }: StoreOptions & { readonly kind: 'blob' | 'tree' | 'pack'; readonly test: ContentTest },
): Promise<readonly ContentId[]> {
  const object = objectOf(entry);
  const isOther = kind !== 'pack' && (kind === 'tree') !== (entry.directory !== undefined);
  if (object === undefined || isOther) return [];
  const ids = await contentsOf(repository, object, options);
  return [...new Set(ids.filter(test))];
}

/** A search for entries whose contents are looked for. */
export function byContents(
  repository: IndexedKopia,
  options: Parameters<typeof wantedContents>[2],
): SearchOptions {
  return {
    isWanted: async ({ entry }) => (await wantedContents(repository, entry, options)).length > 0,
    mayBeBelow: () => true,
    anywhere: true,
    signal: options.signal,
  };
}
