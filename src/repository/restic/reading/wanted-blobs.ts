import { raise } from '../../errors.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import type { BlobTest } from './find-ids.ts';

/**
 * Whether a blob is one that a person means: a data blob (`blob`) or a tree by the beginning of its id; any blob by a pack that
 * holds it, which is given by the beginning of its id.
 *
 * @throws `repository.pack-not-found`
 */
export function blobTest(
  repository: IndexedRepository,
  kind: 'blob' | 'tree' | 'pack',
  ids: readonly string[],
): BlobTest {
  if (kind === 'pack') return inPacks(repository, ids);
  const wanted = kind === 'blob' ? 'data' : 'tree';
  return (type, id) => type === wanted && ids.some(beginning => id.startsWith(beginning));
}

function inPacks({ index, store: { url } }: IndexedRepository, ids: readonly string[]): BlobTest {
  const packs = new Set<number>();
  for (const beginning of ids) {
    const before = packs.size;
    for (const [number, id] of index.packs.entries()) if (id.startsWith(beginning)) packs.add(number);
    if (packs.size === before) throw raise['pack-not-found']({ url, id: beginning });
  }
  const wanted = new Uint8Array(index.size);
  for (let entry = 0; entry < index.size; entry++) {
    if (packs.has(index.packNumber(entry))) wanted[index.firstOf(entry)] = 1;
  }
  return (type, id) => {
    const entry = index.first(type, id);
    return entry >= 0 && wanted[entry] === 1;
  };
}
