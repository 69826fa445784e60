import type { Clock } from '#foundation/clock.ts';
import type { OpenRepository } from '../restic/access/open.ts';
import { openCacheDirectory } from './cache-directory.ts';
import { CacheFiles } from './cache-files.ts';
import { CachedStore } from './cached-store.ts';

export interface CacheOptions {
  /** Where the caches of all repositories lie; see `cacheRoot`. Without it there is none. */
  readonly root: string | undefined;
  readonly clock: Pick<Clock, 'now'>;
  /** Told once of a cache that cannot be had, read or written: the repository is read without it. */
  readonly onFailure: (thrown: unknown) => void;
}

/** The repository with a cache on this machine; itself where its own files are on this machine, or no cache can be had. */
export async function withCache(repository: OpenRepository, options: CacheOptions): Promise<OpenRepository> {
  const { store, config } = repository;
  const { root, clock, onFailure } = options;
  if (root === undefined || store.url.startsWith('file:')) return repository;
  try {
    const directory = await openCacheDirectory(root, { id: config.id, clock });
    const cached = new CachedStore(store, new CacheFiles(directory), { onFailure });
    return { ...repository, store: cached.store, onTreePacks: ids => cached.useTreePacks(ids) };
  } catch (thrown) {
    onFailure(thrown);
    return repository;
  }
}
