import type { StoredBackup } from '#api/velero/backup.ts';
import type { HozonError } from '#foundation/errors.ts';
import type { ObjectStore, StoredBody, StoreOptions } from '#storage/object-store.ts';
import type { Archive } from './archive.ts';
import type { Results } from './results.ts';
import type { VolumeInfo } from './volume-info.ts';

/** One backup of a listing: what is stored of it, or why that cannot be read. */
export interface ListedBackup {
  readonly name: string;
  readonly backup?: StoredBackup;
  readonly problem?: HozonError;
}

export async function* listBackups(
  store: ObjectStore,
  options: StoreOptions = {},
): AsyncGenerator<ListedBackup> {
  throw new Error(`to come ${store.url} ${options.signal}`);
}

export async function readBackup(
  store: ObjectStore,
  name: string,
  options: StoreOptions = {},
): Promise<StoredBackup> {
  throw new Error(`to come ${store.url} ${name} ${options.signal}`);
}

export async function openBackup(
  store: ObjectStore,
  name: string,
  options: StoreOptions = {},
): Promise<Archive> {
  throw new Error(`to come ${store.url} ${name} ${options.signal}`);
}

export async function downloadBackup(
  store: ObjectStore,
  name: string,
  options: StoreOptions = {},
): Promise<StoredBody> {
  throw new Error(`to come ${store.url} ${name} ${options.signal}`);
}

export async function* readBackupLog(
  store: ObjectStore,
  name: string,
  options: StoreOptions = {},
): AsyncGenerator<Uint8Array> {
  throw new Error(`to come ${store.url} ${name} ${options.signal}`);
}

export async function readBackupResults(
  store: ObjectStore,
  name: string,
  options: StoreOptions = {},
): Promise<Results | undefined> {
  throw new Error(`to come ${store.url} ${name} ${options.signal}`);
}

export async function readBackupResourceList(
  store: ObjectStore,
  name: string,
  options: StoreOptions = {},
): Promise<Record<string, string[]> | undefined> {
  throw new Error(`to come ${store.url} ${name} ${options.signal}`);
}

export async function readBackupVolumeInfos(
  store: ObjectStore,
  name: string,
  options: StoreOptions = {},
): Promise<VolumeInfo[] | undefined> {
  throw new Error(`to come ${store.url} ${name} ${options.signal}`);
}
