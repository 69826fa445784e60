import type { ObjectStore, StoreOptions } from './object-store.ts';

/**
 * The first segments that Velero allows below a location. With any other there, it declares the location invalid
 * (`ObjectStoreLayout` of Velero's pkg/persistence).
 */
export const allowedFolders = ['backups', 'restores', 'restic', 'metadata', 'plugins', 'kopia'] as const;

/**
 * The folders at the top of a location that are not of Velero's layout, at most `limit` (100) of them; `[]` if
 * the layout is valid. What Hozon needs for its own bookkeeping never shows here.
 */
export async function validateLayout(
  store: ObjectStore,
  options: StoreOptions & { readonly limit?: number } = {},
): Promise<readonly string[]> {
  const { limit = 100 } = options;
  const allowed = new Set<string>(allowedFolders);
  const foreign: string[] = [];
  for await (const folder of store.listPrefixes('', options)) {
    const name = folder.slice(0, -1);
    if (!allowed.has(name)) foreign.push(name);
    if (foreign.length >= limit) break;
  }
  return foreign;
}
