import { noProgress, type Progress } from '#foundation/progress.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import type { BlobType } from '../format/pack.ts';
import { everyTree } from '../reading/every-tree.ts';

export interface UsedBlobsOptions extends StoreOptions {
  readonly progress?: Progress | undefined;
}

/**
 * Which blobs these trees need, with everything below them: 1 for the first place of each in the index. A byte for each place,
 * outside the JavaScript heap.
 *
 * @throws `repository.prune-blobs-missing` where the index lacks one of them, `damaged` and `file-missing` where a tree
 * cannot be read, and what the store throws
 */
export async function usedBlobs(
  repository: IndexedRepository,
  trees: readonly string[],
  options: UsedBlobsOptions = {},
): Promise<Uint8Array> {
  const { index } = repository;
  const { progress = noProgress } = options;
  const used = new Uint8Array(index.size);
  const missing = new Map<string, BlobType>();
  let done = 0;
  const mark = (type: BlobType, id: string): void => {
    const entry = index.first(type, id);
    if (entry < 0) missing.set(id, type);
    else used[entry] = 1;
  };
  await everyTree(
    repository,
    trees,
    ({ id, entry, nodes, failure }) => {
      mark('tree', id);
      if (failure !== undefined && entry >= 0) throw failure;
      for (const node of nodes) {
        if (node.type === 'file') for (const blob of node.content ?? []) mark('data', blob);
      }
      done++;
      if (done % 100 === 0) progress({ phase: 'find used blobs', done, unit: 'items' });
    },
    options,
  );
  const [first] = missing;
  if (first === undefined) return used;
  const [id, kind] = first;
  const { url } = repository.store;
  throw raise['prune-blobs-missing']({ url, count: missing.size, snapshots: trees.length, kind, id });
}
