import type { ObjectStore, StoreOptions } from '#storage/object-store.ts';
import { clearFolder } from '../stored/folder.ts';
import { restoreKeys } from '../stored/keys.ts';
import { listRestores } from '../stored/restores.ts';

/** The names of the restores made from a backup. Records that cannot be read are none. */
export async function restoresOf(
  store: ObjectStore,
  backup: string,
  options: StoreOptions = {},
): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, restore } of listRestores(store, options)) {
    if (restore?.spec.backupName === backup) names.push(name);
  }
  return names;
}

/** Removes the files of all restores made from a backup, as Velero does with the backup. */
export async function removeRestoresOf(
  store: ObjectStore,
  backup: string,
  options: StoreOptions & { readonly onRemoved?: (name: string) => void } = {},
): Promise<void> {
  for (const name of await restoresOf(store, backup, options)) {
    await removeRestoreFiles(store, name, options);
    options.onRemoved?.(name);
  }
}

/** Removes a restore's files, its record last, so that a removal that was interrupted can be found and resumed. */
export async function removeRestoreFiles(
  store: ObjectStore,
  name: string,
  options: StoreOptions = {},
): Promise<void> {
  const { signal } = options;
  const keys = restoreKeys(name);
  await clearFolder(store, keys.folder, { keep: [keys.record], signal });
  await store.delete(keys.marker, { signal });
  await store.delete(keys.record, { signal });
}
