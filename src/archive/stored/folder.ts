import { forEachConcurrent } from '#foundation/concurrency.ts';
import type { ObjectStore, StoreOptions, UnfinishedWrite } from '#storage/object-store.ts';
import { isMarkerKey, isMetadataKey } from './keys.ts';

/** So many requests run at once where their order does not matter. */
export const requestsAtOnce = 8;

export interface ClearOptions extends StoreOptions {
  /** Keys that stay, beside the marker. */
  readonly keep?: readonly string[] | undefined;
  /** Asked after each look, before what was seen is removed; `false` leaves it. */
  readonly mayRemove?: (() => Promise<boolean>) | undefined;
  /** Told after each object that is gone, with how many there are in all as far as is known. */
  readonly onRemoved?: ((key: string, total: number) => void) | undefined;
}

/**
 * Removes what is below a folder, unfinished writes too, except its marker. It looks until it finds nothing more:
 * a request of a process that died may arrive late. A `velero-backup.json` goes before all else, so that what is left
 * if this is interrupted does not look like a backup. Resolves to `false` where `mayRemove` ended it.
 */
export async function clearFolder(
  store: ObjectStore,
  folder: string,
  options: ClearOptions = {},
): Promise<boolean> {
  const { keep = [], mayRemove = async () => true, signal } = options;
  await abandonUnfinished(store, folder, { signal, mayRemove });
  let removed = 0;
  for (let round = 0; round < 5; round++) {
    const keys = (await keysBelow(store, folder, { signal })).filter(
      key => !isMarkerKey(key) && !keep.includes(key),
    );
    if (keys.length === 0) break;
    const total = removed + keys.length;
    if (!(await mayRemove())) return false;
    const remove = async (key: string) => {
      await store.delete(key, { signal });
      removed++;
      options.onRemoved?.(key, total);
    };
    await forEachConcurrent(keys.filter(isMetadataKey), requestsAtOnce, remove);
    await forEachConcurrent(
      keys.filter(key => !isMetadataKey(key)),
      requestsAtOnce,
      remove,
    );
  }
  return true;
}

/** Abandons the unfinished writes below a folder: only for whoever knows that no writer is at work there. */
export async function abandonUnfinished(
  store: ObjectStore,
  folder: string,
  options: Pick<ClearOptions, 'signal' | 'mayRemove'> = {},
): Promise<void> {
  const writes: UnfinishedWrite[] = [];
  for await (const write of store.unfinished(folder, { signal: options.signal })) writes.push(write);
  if (writes.length === 0 || (await options.mayRemove?.()) === false) return;
  await forEachConcurrent(writes, requestsAtOnce, write => store.abandon(write, { signal: options.signal }));
}

/** The keys below a folder; of one run's folder, which holds a dozen. */
export async function keysBelow(
  store: ObjectStore,
  folder: string,
  options: StoreOptions = {},
): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(folder, options)) keys.push(key);
  return keys;
}

/**
 * Runs all writes at once and waits for each of them, so that none is under way when it rejects: with the first
 * failure.
 */
export async function allSettledOrThrow(writes: readonly Promise<unknown>[]): Promise<void> {
  const outcomes = await Promise.allSettled(writes);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
}
