import type { ObjectStore } from '#storage/object-store.ts';
import { openCacheDirectory } from '../../cache/cache-directory.ts';
import { CacheFiles } from '../../cache/cache-files.ts';
import type { CacheOptions } from '../../cache/cache-options.ts';
import { CachedStore, type CachedStoreOptions } from '../../cache/cached-store.ts';
import type { OpenRepository } from './open.ts';

/** Files whose names are the SHA-256 of what is in them, which alone are kept; the id is the last segment. */
const wholeFile = /^(?:index|snapshots)\/([0-9a-f]{64})$/;
const packFile = /^data\/[0-9a-f]{2}\/([0-9a-f]{64})$/;

/** A store of a restic repository with a cache. */
export interface ResticCache {
  readonly store: ObjectStore;
  /** From now on these packs are kept whole once any of their bytes are read; others that are kept are removed. */
  useTreePacks(ids: ReadonlySet<string>): Promise<void>;
}

/** Keeps snapshots, indexes, and the packs of trees that are named. A file that the repository lists no longer is removed, too. */
export function resticCache(
  inner: ObjectStore,
  files: CacheFiles,
  { onFailure }: Pick<CachedStoreOptions, 'onFailure'>,
): ResticCache {
  let treePacks: ReadonlySet<string> = new Set();
  const cached = new CachedStore(inner, files, {
    onFailure,
    rules: {
      whole: key => {
        const [path, sha256] = wholeFile.exec(key) ?? [];
        return path === undefined ? undefined : { path, sha256 };
      },
      pack: key => {
        const [path, sha256 = ''] = packFile.exec(key) ?? [];
        return path === undefined || !treePacks.has(sha256) ? undefined : { path, sha256 };
      },
      folderOf: prefix => (prefix === 'index/' || prefix === 'snapshots/' ? prefix.slice(0, -1) : undefined),
    },
  });
  return {
    store: cached.store,
    useTreePacks: async ids => {
      treePacks = ids;
      await cached.retain('data', id => ids.has(id));
    },
  };
}

/** The repository with a cache on this machine; itself where its own files are on this machine, or no cache can be had. */
export async function withCache(repository: OpenRepository, options: CacheOptions): Promise<OpenRepository> {
  const { store, config } = repository;
  const { root, clock, onFailure } = options;
  if (root === undefined || store.url.startsWith('file:')) return repository;
  try {
    const directory = await openCacheDirectory(root, { id: config.id, clock });
    const cached = resticCache(store, new CacheFiles(directory), { onFailure });
    return { ...repository, store: cached.store, onTreePacks: ids => cached.useTreePacks(ids) };
  } catch (thrown) {
    onFailure(thrown);
    return repository;
  }
}
