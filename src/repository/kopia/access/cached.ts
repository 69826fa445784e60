import { openCacheDirectory } from '../../cache/cache-directory.ts';
import { CacheFiles } from '../../cache/cache-files.ts';
import type { CacheOptions } from '../../cache/cache-options.ts';
import { CachedStore } from '../../cache/cached-store.ts';
import type { KeptFile } from '../../cache/proven-files.ts';
import { IndexPages, type IndexPagesOptions } from './index-pages.ts';
import type { IndexedKopia } from './indexed.ts';
import type { OpenKopia } from './open.ts';

/** Indexes and records of their merging: of epochs, and of repositories without. */
const indexBlob = /^(?:x[nsr]|[nm])[0-9a-f]/;
/** Packs of directories, lists and manifests. */
const metadataPack = /^q[0-9a-f]{32}-/;

/**
 * The repository with a cache on this machine for its indexes and its packs of metadata, which are kept whole once any of their bytes
 * are read; where its own blobs are on this machine, for large indexes alone, that they can be looked up without being in memory. Itself
 * where no cache can be had. Lists of blobs are not kept: what others write is seen at once. What the repository holds no longer is
 * removed when its indexes are loaded.
 */
export async function withKopiaCache(repository: OpenKopia, options: CacheOptions): Promise<OpenKopia> {
  const { store, blobs } = repository;
  const { root, onFailure } = options;
  if (root === undefined) return repository;
  const begin = (): Promise<CacheFiles> => begunCache(repository, root, options);
  if (store.url.startsWith('file:')) return withIndexPages(repository, { files: begin, onFailure });
  try {
    const files = await begin();
    const kept = (folder: string, pattern: RegExp) => {
      return (key: string): KeptFile | undefined => {
        const id = blobs.idOf(key);
        return id !== undefined && pattern.test(id) ? { path: `${folder}/${id}` } : undefined;
      };
    };
    const rules = { whole: kept('indexes', indexBlob), pack: kept('packs', metadataPack) };
    const cached = new CachedStore(store, files, { rules, onFailure });
    const through = {
      ...repository,
      store: cached.store,
      blobs: blobs.through(cached.store),
      onIndexed: (indexed: IndexedKopia) => tidy(cached, indexed),
    };
    return withIndexPages(through, { files: async () => files, onFailure });
  } catch (thrown) {
    onFailure(thrown);
    return repository;
  }
}

async function begunCache(
  { uniqueId }: OpenKopia,
  root: string,
  { clock }: CacheOptions,
): Promise<CacheFiles> {
  return new CacheFiles(await openCacheDirectory(root, { id: uniqueId.toString('hex'), clock }));
}

function withIndexPages(repository: OpenKopia, options: IndexPagesOptions): OpenKopia {
  const indexPages = new IndexPages(options);
  const onIndexed = async (indexed: IndexedKopia): Promise<void> => {
    await repository.onIndexed?.(indexed);
    await indexPages.retain(indexed.epoch.indexBlobs);
  };
  return { ...repository, indexPages, onIndexed };
}

async function tidy(cached: CachedStore, { index, epoch }: IndexedKopia): Promise<void> {
  const indexes = new Set(epoch.indexBlobs.map(({ id }) => id));
  await cached.retain('indexes', name => indexes.has(name) || name.startsWith('m'));
  const packs = new Set<string>();
  for (const pack of index.packNames()) if (metadataPack.test(pack)) packs.add(pack);
  await cached.retain('packs', name => packs.has(name));
}
