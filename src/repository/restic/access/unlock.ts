import { isHozonError } from '#foundation/errors.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { idsIn, keyOf } from './files.ts';
import type { Identity } from './identity.ts';
import { isStale, lockIds, readLock } from './lock-file.ts';
import type { OpenRepository } from './open.ts';

export interface UnlockOptions extends StoreOptions {
  /** Every lock, also of those who are at work, and also what cannot be read. Otherwise only those of dead holders. */
  readonly all: boolean;
  readonly identity: Pick<Identity, 'hostname'>;
  readonly now: Date;
}

/**
 * Removes locks, as `restic unlock` does: those whose holders are dead, or all; their ids. One that cannot be read may be somebody's and
 * stays unless all are to go.
 *
 * @throws what the store throws
 */
export async function unlockRepository(
  repository: OpenRepository,
  options: UnlockOptions,
): Promise<readonly string[]> {
  const { store } = repository;
  const removed: string[] = [];
  for (const id of options.all ? await everyId(repository, options) : await staleIds(repository, options)) {
    await store.delete(keyOf('locks', id), { signal: options.signal });
    removed.push(id);
  }
  return removed;
}

async function everyId({ store }: OpenRepository, options: StoreOptions): Promise<readonly string[]> {
  return (await Array.fromAsync(idsIn(store, 'locks', options))).map(({ id }) => id);
}

async function staleIds(repository: OpenRepository, options: UnlockOptions): Promise<readonly string[]> {
  const stale: string[] = [];
  for await (const id of lockIds(repository, options)) {
    try {
      const lock = await readLock(repository, id, options);
      if (lock !== undefined && isStale(lock, options.identity, options.now)) stale.push(id);
    } catch (thrown) {
      if (!isHozonError(thrown, 'repository.damaged')) throw thrown;
    }
  }
  return stale;
}
