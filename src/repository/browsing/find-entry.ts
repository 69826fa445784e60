import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../errors.ts';
import { type BytePath, bytePath } from '../trees/byte-path.ts';
import type { Browsable, BrowsedSnapshot, StoredEntry } from './browsable.ts';
import { segmentsOf } from './paths.ts';

/**
 * The entry of a snapshot at a path, as a person names it; its root for `/`.
 *
 * @throws `repository.path-not-found` and what reading directories throws
 */
export async function findStored(
  { url, list }: Pick<Browsable, 'url' | 'list'>,
  { id, root }: Pick<BrowsedSnapshot, 'id' | 'root'>,
  { path, signal }: StoreOptions & { readonly path: string },
): Promise<StoredEntry> {
  let entry = root;
  for (const names of segmentsOf(path)) {
    const wanted = names.map((name): BytePath => bytePath(name));
    const { directory } = entry;
    const entries = directory === undefined ? [] : await list(directory, { signal, targets: true });
    const found = entries.find(({ name }) => wanted.includes(name));
    if (found === undefined) throw raise['path-not-found']({ url, snapshot: id.slice(0, 8), path });
    entry = found;
  }
  return entry;
}
