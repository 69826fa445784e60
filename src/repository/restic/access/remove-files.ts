import { forEachConcurrent } from '#foundation/concurrency.ts';
import { type HozonError, isHozonError } from '#foundation/errors.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import type { ObjectStore, StoreOptions } from '#storage/object-store.ts';

/** A file that is still there, and why. */
export interface Undeleted {
  /** Its key. */
  readonly file: string;
  readonly error: HozonError;
}

export interface RemovalOptions extends StoreOptions {
  /** What the removal is called in {@link progress}; not told of unless it is called something. */
  readonly phase?: string | undefined;
  readonly progress?: Progress | undefined;
}

/** How many files are removed at once. */
const concurrency = 4;

/**
 * Removes files, whatever becomes of each: one that cannot be removed, because a location lets nothing be deleted or has locked it,
 * does not keep the others. Those that are still there.
 */
export async function removeFiles(
  store: ObjectStore,
  files: readonly string[],
  { phase, progress = noProgress, signal }: RemovalOptions,
): Promise<readonly Undeleted[]> {
  const undeleted: Undeleted[] = [];
  let done = 0;
  await forEachConcurrent(files, concurrency, async file => {
    signal?.throwIfAborted();
    try {
      await store.delete(file, { signal });
    } catch (thrown) {
      signal?.throwIfAborted();
      if (!isHozonError(thrown)) throw thrown;
      undeleted.push({ file, error: thrown });
    }
    done++;
    if (phase !== undefined) progress({ phase, done, total: files.length, unit: 'items', current: file });
  });
  return undeleted;
}
