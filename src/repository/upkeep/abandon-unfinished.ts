import { type Clock, systemClock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { ObjectStore, StoreOptions, UnfinishedWrite } from '#storage/object-store.ts';

export interface AbandonOptions extends StoreOptions {
  /** Whether a key is of a file that the repository would have: what others upload into the same bucket is theirs. */
  readonly isOwn: (key: string) => boolean;
  readonly clock?: Clock | undefined;
}

/** After so long, nobody is still sending one file of a repository. Milliseconds. */
const patience = 24 * 60 * 60_000;

/**
 * Removes what interrupted writes have left where a repository lies: temporary files, and parts of uploads, which no listing shows and
 * which take room all the same. A write whose writer cannot be asked is left alone for a day. A location that does not let
 * this be seen, or removed, keeps it.
 *
 * @returns how many were removed
 * @throws what the store throws, but for a refusal
 */
export async function abandonUnfinished(store: ObjectStore, options: AbandonOptions): Promise<number> {
  const { isOwn, clock = systemClock, signal } = options;
  const before = clock.now().getTime() - patience;
  const isOver = ({ key, begun, writerIsGone = false }: UnfinishedWrite): boolean =>
    writerIsGone || (isOwn(key) && begun.getTime() < before);
  let removed = 0;
  try {
    const found = await Array.fromAsync(store.unfinished('', { signal }));
    for (const write of found.filter(isOver)) {
      await store.abandon(write, { signal });
      removed++;
    }
  } catch (thrown) {
    if (!refusals.some(code => isHozonError(thrown, code))) throw thrown;
  }
  return removed;
}

const refusals = ['storage.denied', 'storage.read-only', 'storage.unsupported'];
