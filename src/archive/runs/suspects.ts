import { isObjectName } from '#api/velero/names.ts';
import type { ObjectStore, StoreOptions } from '#storage/object-store.ts';
import { backupsFolder, isMarkerKey, isMetadataKey, nameIn, restoresFolder } from '../stored/keys.ts';

export type SuspectKind = 'backup' | 'restore';

/** A folder in which a run is, or was, at work, or which is no backup though something is in it. */
export interface Suspect {
  readonly kind: SuspectKind;
  readonly name: string;
  readonly hasMarker: boolean;
}

interface Folder {
  readonly name: string;
  hasMarker: boolean;
  isBackup: boolean;
}

/** Found by one listing, in bounded memory. Restores without a marker, which Velero's are, are none. */
export async function* suspects(
  store: ObjectStore,
  kind: SuspectKind,
  options: StoreOptions = {},
): AsyncGenerator<Suspect> {
  for await (const { name, hasMarker, isBackup } of folders(store, kind, options)) {
    const isSuspect = hasMarker || (kind === 'backup' && !isBackup);
    if (isSuspect && isObjectName(name)) yield { kind, name, hasMarker };
  }
}

async function* folders(
  store: ObjectStore,
  kind: SuspectKind,
  { signal }: StoreOptions,
): AsyncGenerator<Folder> {
  const parent = kind === 'backup' ? backupsFolder : restoresFolder;
  let folder: Folder | undefined;
  for await (const { key } of store.list(parent, { signal })) {
    const name = nameIn(parent, key);
    if (folder?.name !== name) {
      if (folder !== undefined) yield folder;
      folder = { name, hasMarker: false, isBackup: false };
    }
    folder.hasMarker ||= isMarkerKey(key);
    folder.isBackup ||= isMetadataKey(key);
  }
  if (folder !== undefined) yield folder;
}
