import type { StoreOptions } from '#storage/object-store.ts';
import type { CheckFinding } from '../../checking/check-finding.ts';
import { idsIn } from '../access/files.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import type { OpenRepository } from '../access/open.ts';
import { damagedLocks, leftovers } from './check-files.ts';
import { checkIndexes } from './check-indexes.ts';
import { damagedKeys } from './check-keys.ts';
import { type CheckPacksOptions, checkPacks } from './check-packs.ts';
import { affectedPaths } from './check-paths.ts';
import { areSnapshotsWhole } from './check-trees.ts';

export type CheckOptions = CheckPacksOptions;

/**
 * Checks a repository: that its indexes, snapshots, directories, keys and locks can be read, that every pack they need is
 * there and as long as it must be; with `readData`, that every byte of packs is what it was when it was written. Damage is
 * yielded, not thrown, and after it the paths that suffer. Nothing is written. restic does this under an exclusive
 * lock; without one, what others write and remove meanwhile may look like damage.
 *
 * What is gone without a trace, as a snapshot's file is, cannot be found missing.
 *
 * @throws what the store throws, other than that an object is not there
 */
export async function* checkRestic(
  repository: OpenRepository,
  options: CheckOptions = {},
): AsyncGenerator<CheckFinding> {
  // Snapshots first: what is written while this runs must not seem to lack its blobs.
  const snapshots = await Array.fromAsync(idsIn(repository.store, 'snapshots', options), ({ id }) => id);
  const { repository: indexed, findings } = await checkIndexes(repository, options);
  yield* findings;
  yield* damagedKeys(repository, options);
  yield* damagedLocks(repository, options);
  yield* leftovers(repository, options);
  await using walk = startWalk(indexed, snapshots, options);
  const lost = new Uint8Array(indexed.index.size);
  yield* checkPacks(indexed, lost, options);
  if (!(await walk.whole) || lost.includes(1)) yield* affectedPaths(indexed, { snapshots, lost }, options);
}

/** The directories are read while packs are; it stops when it is disposed of. */
function startWalk(repository: IndexedRepository, snapshots: readonly string[], { signal }: StoreOptions) {
  const stop = new AbortController();
  const signals = signal === undefined ? [stop.signal] : [stop.signal, signal];
  const whole = areSnapshotsWhole(repository, snapshots, { signal: AbortSignal.any(signals) });
  whole.catch(() => {}); // thrown where it is awaited
  return {
    whole,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await whole.catch(() => {});
    },
  };
}
