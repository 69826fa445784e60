import type { Clock } from '#foundation/clock.ts';

export interface CacheOptions {
  /** Where the caches of all repositories lie; see `cacheRoot`. Without it there is none. */
  readonly root: string | undefined;
  readonly clock: Pick<Clock, 'now'>;
  /** Told once of a cache that cannot be had, read or written: the repository is read without it. */
  readonly onFailure: (thrown: unknown) => void;
}
