import { forEachConcurrent } from '#foundation/concurrency.ts';
import { type HozonError, isHozonError } from '#foundation/errors.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { keyOf } from '../access/files.ts';
import type { OpenRepository } from '../access/open.ts';
import { requireWritable } from '../access/save.ts';

export interface RemoveOptions extends StoreOptions {
  readonly progress?: Progress | undefined;
}

/** How many files are removed at once. */
const concurrency = 4;

/**
 * Removes snapshots; what only they named stays until the repository is pruned. One that cannot be removed does not keep the
 * others. To be called under an exclusive lock. The ids of those that are still there, and why.
 *
 * @throws `repository.foreign` for version 1
 */
export async function removeSnapshots(
  repository: OpenRepository,
  ids: readonly string[],
  { progress = noProgress, signal }: RemoveOptions = {},
): Promise<ReadonlyMap<string, HozonError>> {
  requireWritable(repository);
  const failures = new Map<string, HozonError>();
  let done = 0;
  await forEachConcurrent(ids, concurrency, async id => {
    signal?.throwIfAborted();
    try {
      await repository.store.delete(keyOf('snapshots', id), { signal });
    } catch (thrown) {
      signal?.throwIfAborted();
      if (!isHozonError(thrown)) throw thrown;
      failures.set(id, thrown);
    }
    done++;
    progress({ phase: 'remove snapshots', done, total: ids.length, unit: 'items', current: id });
  });
  return failures;
}
