import { openCacheDirectory } from '../../cache/cache-directory.ts';
import { CacheFiles } from '../../cache/cache-files.ts';
import type { CacheOptions } from '../../cache/cache-options.ts';
import { CachedStore } from '../../cache/cached-store.ts';
import type { KeptFile } from '../../cache/proven-files.ts';
import type { IndexedKopia } from './indexed.ts';
import type { OpenKopia } from './open.ts';

/** Indexes and records of their merging: of epochs, and of repositories without. */
const indexBlob = /^(?:x[nsr]|[nm])[0-9a-f]/;
/** Packs of directories, lists and manifests. */
const metadataPack = /^q[0-9a-f]{32}-/;

/**
 * The repository with a cache on this machine for its indexes and its packs of metadata, which are kept whole once any of their bytes
 * are read; itself where its own blobs are on this machine, or no cache can be had. Lists of blobs are not kept: what others write
 * is seen at once. What the repository holds no longer is removed when its indexes are loaded.
 */
export async function withKopiaCache(repository: OpenKopia, options: CacheOptions): Promise<OpenKopia> {
  const { store, blobs, uniqueId } = repository;
  const { root, clock, onFailure } = options;
  if (root === undefined || store.url.startsWith('file:')) return repository;
  try {
    const directory = await openCacheDirectory(root, { id: uniqueId.toString('hex'), clock });
    const kept = (folder: string, pattern: RegExp) => {
      return (key: string): KeptFile | undefined => {
        const id = blobs.idOf(key);
        return id !== undefined && pattern.test(id) ? { path: `${folder}/${id}` } : undefined;
      };
    };
    const rules = { whole: kept('indexes', indexBlob), pack: kept('packs', metadataPack) };
    const cached = new CachedStore(store, new CacheFiles(directory), { rules, onFailure });
    return {
      ...repository,
      store: cached.store,
      blobs: blobs.through(cached.store),
      onIndexed: indexed => tidy(cached, indexed),
    };
  } catch (thrown) {
    onFailure(thrown);
    return repository;
  }
}

async function tidy(cached: CachedStore, { index, epoch }: IndexedKopia): Promise<void> {
  const indexes = new Set(epoch.indexBlobs.map(({ id }) => id));
  await cached.retain('indexes', name => indexes.has(name) || name.startsWith('m'));
  const packs = new Set(index.packs);
  await cached.retain('packs', name => packs.has(name));
}
