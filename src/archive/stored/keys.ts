import { isObjectName } from '#api/velero/names.ts';
import { raise } from '../errors.ts';

export const backupsFolder = 'backups/';
export const restoresFolder = 'restores/';

/** Where the files of a backup are, as Velero lays them out (`ObjectStoreLayout` of its pkg/persistence). */
export interface BackupKeys {
  /** Ends in `/`. */
  readonly folder: string;
  /** The Backup as plain JSON: while it is not there, there is no backup. */
  readonly metadata: string;
  readonly archive: string;
  readonly log: string;
  readonly podVolumeBackups: string;
  readonly volumeSnapshots: string;
  readonly itemOperations: string;
  readonly resourceList: string;
  readonly results: string;
  readonly volumeInfo: string;
  /** Hozon's own: says which run is at work here. */
  readonly marker: string;
}

/** Where the files of a restore are. Velero keeps no record of it; `record` is Hozon's own, as is `marker`. */
export interface RestoreKeys {
  /** Ends in `/`. */
  readonly folder: string;
  readonly record: string;
  readonly log: string;
  readonly itemOperations: string;
  readonly resourceList: string;
  readonly results: string;
  readonly volumeInfo: string;
  readonly marker: string;
}

/** Throws `archive.invalid-name` for what cannot be the name of a Kubernetes object. */
export function backupKeys(name: string): BackupKeys {
  const folder = `${backupsFolder}${checkedName(name)}/`;
  const base = folder + name;
  return {
    folder,
    metadata: `${folder}velero-backup.json`,
    archive: `${base}.tar.gz`,
    log: `${base}-logs.gz`,
    podVolumeBackups: `${base}-podvolumebackups.json.gz`,
    volumeSnapshots: `${base}-volumesnapshots.json.gz`,
    itemOperations: `${base}-itemoperations.json.gz`,
    resourceList: `${base}-resource-list.json.gz`,
    results: `${base}-results.gz`,
    volumeInfo: `${base}-volumeinfo.json.gz`,
    marker: markerIn(folder),
  };
}

/** Throws `archive.invalid-name` for what cannot be the name of a Kubernetes object. */
export function restoreKeys(name: string): RestoreKeys {
  const folder = `${restoresFolder}${checkedName(name)}/`;
  return {
    folder,
    record: `${folder}hozon-restore.json`,
    log: `${folder}restore-${name}-logs.gz`,
    itemOperations: `${folder}restore-${name}-itemoperations.json.gz`,
    resourceList: `${folder}restore-${name}-resource-list.json.gz`,
    results: `${folder}restore-${name}-results.gz`,
    volumeInfo: `${folder}${name}-volumeinfo.json.gz`,
    marker: markerIn(folder),
  };
}

/** The key of the marker of a run that works in a folder. */
export function markerIn(folder: string): string {
  return `${folder}hozon-run.json`;
}

/** Whether a key is one that {@link markerIn} makes. */
export function isMarkerKey(key: string): boolean {
  return key.endsWith('/hozon-run.json');
}

/** Whether a key is that of a file in a folder below `parent`, and not only the beginning of one. */
export function isInFolder(parent: string, key: string): boolean {
  return key.startsWith(parent) && key.includes('/', parent.length);
}

/** Whether a key is that of a `velero-backup.json`. */
export function isMetadataKey(key: string): boolean {
  return key.endsWith('/velero-backup.json');
}

/** `backups/a/b.tar.gz` → `a`; the folder's name one level below `parent`. */
export function nameIn(parent: string, key: string): string {
  const rest = key.slice(parent.length);
  const slash = rest.indexOf('/');
  return slash < 0 ? rest : rest.slice(0, slash);
}

function checkedName(name: string): string {
  if (!isObjectName(name)) throw raise['invalid-name']({ name });
  return name;
}
