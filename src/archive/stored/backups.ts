import { Type } from 'typebox';
import { StoredBackup } from '#api/velero/backup.ts';
import type { HozonError } from '#foundation/errors.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { ObjectStore, StoredBody, StoreOptions } from '#storage/object-store.ts';
import { type Archive, openArchive } from '../contents/archive.ts';
import { raise } from '../errors.ts';
import { gunzipped } from './gunzip.ts';
import { corruptFile, readGzipJson, readPlainJson } from './gzip-json.ts';
import { type BackupKeys, backupKeys, backupsFolder } from './keys.ts';
import { listFolders } from './listing.ts';
import type { Results } from './results.ts';
import { type ResourceList, readResourceList, readResults } from './side-files.ts';
import { VolumeInfo } from './volume-info.ts';

/** One backup of a listing: what is stored of it, or why that cannot be read. */
export interface ListedBackup {
  readonly name: string;
  readonly backup?: StoredBackup;
  readonly problem?: HozonError;
}

/**
 * All backups of a location, whoever wrote them, by name, as they are read. A folder without `velero-backup.json`
 * is none. One whose `velero-backup.json` cannot be read or makes no sense has a `problem`.
 *
 * @throws `storage.*` where the store itself fails
 */
export async function* listBackups(
  store: ObjectStore,
  options: StoreOptions = {},
): AsyncGenerator<ListedBackup> {
  const read = (name: string) => readMetadata(store, name, options);
  for await (const { name, value, problem } of listFolders(store, backupsFolder, read, options)) {
    yield problem === undefined ? { name, backup: value } : { name, problem };
  }
}

/**
 * The Backup as it is stored.
 *
 * @throws `archive.backup-not-found`, `archive.corrupt-file`, `archive.wrong-name`, `storage.*`
 */
export async function readBackup(
  store: ObjectStore,
  name: string,
  options: StoreOptions = {},
): Promise<StoredBackup> {
  const backup = await readMetadata(store, name, options);
  if (backup === undefined) throw raise['backup-not-found']({ url: store.url, name });
  return backup;
}

/**
 * The objects of a backup. Dispose of it.
 *
 * @throws `archive.backup-not-found`, `archive.file-missing` and what `openArchive` throws
 */
export async function openBackup(
  store: ObjectStore,
  name: string,
  options: StoreOptions = {},
): Promise<Archive> {
  const body = await downloadBackup(store, name, options);
  return openArchive(body, { source: name, signal: options.signal });
}

/** The archive as it is stored, a gzip'ed tar. @throws `archive.backup-not-found`, `archive.file-missing`, `storage.*` */
export async function downloadBackup(
  store: ObjectStore,
  name: string,
  options: StoreOptions = {},
): Promise<StoredBody> {
  const keys = await keysOf(store, name, options);
  return getFile(store, name, keys.archive, options);
}

/** The text of a backup's log, unpacked. @throws `archive.backup-not-found`, `archive.file-missing`, `archive.corrupt-file` */
export async function* readBackupLog(
  store: ObjectStore,
  name: string,
  options: StoreOptions = {},
): AsyncGenerator<Uint8Array> {
  const { log } = await keysOf(store, name, options);
  yield* gunzipped(await getFile(store, name, log, options), corruptFile(store, log));
}

/** Its warnings and errors; `undefined` where none were stored. @throws `archive.backup-not-found`, `archive.corrupt-file` */
export async function readBackupResults(
  store: ObjectStore,
  name: string,
  options: StoreOptions = {},
): Promise<Results | undefined> {
  return readResults(store, (await keysOf(store, name, options)).results, options);
}

/** What it holds, by kind; `undefined` where that was not stored. @throws `archive.backup-not-found`, `archive.corrupt-file` */
export async function readBackupResourceList(
  store: ObjectStore,
  name: string,
  options: StoreOptions = {},
): Promise<ResourceList | undefined> {
  return readResourceList(store, (await keysOf(store, name, options)).resourceList, options);
}

/** What became of its volumes; `undefined` where that was not stored. @throws `archive.backup-not-found`, `archive.corrupt-file` */
export async function readBackupVolumeInfos(
  store: ObjectStore,
  name: string,
  options: StoreOptions = {},
): Promise<VolumeInfo[] | undefined> {
  const { volumeInfo } = await keysOf(store, name, options);
  const infos = Type.Union([Type.Array(VolumeInfo), Type.Null()]);
  const stored = await readGzipJson(store, volumeInfo, infos, options);
  return stored === undefined ? undefined : (stored ?? []);
}

async function readMetadata(
  store: ObjectStore,
  name: string,
  options: StoreOptions,
): Promise<StoredBackup | undefined> {
  const { metadata: file } = backupKeys(name);
  const backup = await readPlainJson(store, file, StoredBackup, { signal: options.signal });
  if (backup === undefined || backup.metadata.name === name) return backup;
  throw raise['wrong-name']({ url: store.url, file, found: backup.metadata.name });
}

/** The keys of a backup that is there: whatever else is in its folder, without `velero-backup.json` it is none. */
async function keysOf(store: ObjectStore, name: string, options: StoreOptions): Promise<BackupKeys> {
  const keys = backupKeys(name);
  const info = await store.head(keys.metadata, { signal: options.signal });
  if (info === undefined) throw raise['backup-not-found']({ url: store.url, name });
  return keys;
}

/** A file of a backup or restore that is there. @throws `archive.file-missing` */
export async function getFile(
  store: ObjectStore,
  name: string,
  file: string,
  options: StoreOptions,
): Promise<StoredBody> {
  try {
    return await store.get(file, { signal: options.signal });
  } catch (thrown) {
    if (!isHozonError(thrown, 'storage.not-found')) throw thrown;
    throw raise['file-missing']({ url: store.url, name, file }, { cause: thrown });
  }
}
