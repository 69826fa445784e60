import type { Backup } from '#api/velero/backup.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { Body, ObjectStore } from '#storage/object-store.ts';
import { raise } from '../errors.ts';
import { allSettledOrThrow, clearFolder, keysBelow } from '../stored/folder.ts';
import { gzipJson } from '../stored/gzip-json.ts';
import { type BackupKeys, backupKeys } from '../stored/keys.ts';
import type { Results } from '../stored/results.ts';
import type { VolumeInfo } from '../stored/volume-info.ts';
import { claimFolder } from './claim.ts';
import { endBackupRun } from './interrupted.ts';
import { refuseLiveRun } from './live-run.ts';
import { putNew } from './put-new.ts';
import { type HeldMarker, type Marker, placeMarker, type RunOptions, readMarker } from './run-marker.ts';

/** A backup that is being written. End it by `commit` or `discard`. */
export interface BackupRun {
  readonly name: string;
  /** Stores the archive; rejects, with nothing under its key, if `bytes` throws. */
  putArchive(bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /**
   * Stores everything else, and then `velero-backup.json`, which makes it a backup. If it rejects, `discard`.
   *
   * @throws `archive.run-lost`, `archive.file-vanished`, `archive.backup-overtaken`, `storage.*`
   */
  commit(backup: Backup, files: BackupFiles): Promise<void>;
  /** Removes all that this run wrote; what is already gone is fine. After `commit` it does nothing. */
  discard(): Promise<void>;
}

/** What is stored of a backup beside its archive and the Backup itself. */
export interface BackupFiles {
  /** gzip'ed, as {@link RunReport.log} gives it. */
  readonly log: Uint8Array;
  readonly results: Results;
  /** `apps/v1/Deployment` → `ns/name` or `name`. */
  readonly resourceList: Readonly<Record<string, readonly string[]>>;
  readonly volumeInfos: readonly VolumeInfo[];
}

export type { RunOptions } from './run-marker.ts';

/**
 * Claims a name for a backup. What an interrupted run left under it is removed first.
 *
 * @throws `archive.invalid-name`, `archive.backup-exists`, `archive.backup-running`, `archive.backup-deleting`,
 * `archive.directory-occupied`, `storage.*`
 */
export async function beginBackup(store: ObjectStore, name: string, options: RunOptions): Promise<BackupRun> {
  const marker = await claimFolder(
    () => makeRoom(store, name, options),
    () => placeMarker(store, backupKeys(name).folder, 'backup', options),
  );
  try {
    await refuseOccupied(store, name, options);
    return new WrittenBackup(store, name, marker, options);
  } catch (thrown) {
    await marker.release().catch(() => {}); // it is then a dead run's to those who come next
    throw thrown;
  }
}

/** Throws unless the name is free, or can be freed of what a dead run left. */
async function makeRoom(store: ObjectStore, name: string, options: RunOptions): Promise<void> {
  const { signal, clock } = options;
  const keys = backupKeys(name);
  const marker = await readMarker(store, keys.marker, { signal });
  if (marker !== undefined && !(await isCommitted(store, keys, marker, options))) {
    await refuseLiveRun(store, name, { key: keys.marker, marker, signal });
    await endBackupRun(store, name, marker, { clock, signal });
  }
  await refuseOccupied(store, name, options);
}

async function isCommitted(
  store: ObjectStore,
  keys: BackupKeys,
  marker: Marker,
  { signal }: RunOptions,
): Promise<boolean> {
  return marker.kind === 'backup' && (await store.head(keys.metadata, { signal })) !== undefined;
}

/** Throws where there is a backup of the name, or files of whomever. */
async function refuseOccupied(store: ObjectStore, name: string, { signal }: RunOptions): Promise<void> {
  const { folder, metadata, marker } = backupKeys(name);
  const present = (await keysBelow(store, folder, { signal })).filter(key => key !== marker);
  if (present.includes(metadata)) throw raise['backup-exists']({ url: store.url, name });
  if (present.length === 0) return;
  const files = present.slice(0, 5).map(key => key.slice(folder.length));
  throw raise['directory-occupied']({ url: store.url, name, files });
}

class WrittenBackup implements BackupRun {
  readonly name: string;
  readonly #store: ObjectStore;
  readonly #keys: BackupKeys;
  readonly #marker: HeldMarker;
  readonly #signal: AbortSignal;
  /** What was stored, with its size. */
  readonly #stored = new Map<string, number>();
  /** Before `committing`, and once `overtaken`, a `velero-backup.json` in the store is another's. */
  #state: 'open' | 'committing' | 'overtaken' | 'committed' | 'discarded' = 'open';

  constructor(store: ObjectStore, name: string, marker: HeldMarker, options: RunOptions) {
    this.name = name;
    this.#store = store;
    this.#keys = backupKeys(name);
    this.#marker = marker;
    this.#signal = AbortSignal.any([marker.lost, ...(options.signal === undefined ? [] : [options.signal])]);
  }

  async putArchive(bytes: AsyncIterable<Uint8Array>): Promise<void> {
    this.#checkOpen();
    await this.#put(this.#keys.archive, bytes);
  }

  async commit(backup: Backup, files: BackupFiles): Promise<void> {
    this.#checkOpen();
    if (!this.#stored.has(this.#keys.archive))
      throw new Error('a backup is committed after its archive is stored');
    await this.#marker.verify({ signal: this.#signal });
    await this.#putFiles(files);
    await this.#verifyWhole();
    await this.#putMetadata(backup);
    this.#state = 'committed';
    await this.#marker.release().catch(() => {}); // beside velero-backup.json it means nothing; a sweep removes it
  }

  async discard(): Promise<void> {
    if (this.#state === 'committed' || this.#state === 'discarded') return;
    const mayBeOurs = this.#state === 'committing';
    this.#state = 'discarded';
    await this.#marker.stop();
    const marker = await this.#marker.state();
    if (marker === 'other') return; // what is in the folder now is that run's
    if (marker === 'own' && mayBeOurs) await this.#store.delete(this.#keys.metadata);
    if ((await this.#store.head(this.#keys.metadata)) === undefined) await this.#removeFiles(marker);
    await this.#marker.release();
  }

  async #putFiles(files: BackupFiles): Promise<void> {
    const keys = this.#keys;
    const lists: readonly (readonly [string, unknown])[] = [
      [keys.podVolumeBackups, null],
      [keys.volumeSnapshots, null],
      [keys.itemOperations, []],
      [keys.resourceList, files.resourceList],
      [keys.results, files.results],
      [keys.volumeInfo, files.volumeInfos],
    ];
    const puts = lists.map(async ([key, value]) => this.#put(key, await gzipJson(value)));
    await allSettledOrThrow([this.#put(keys.log, files.log), ...puts]);
  }

  async #putMetadata(backup: Backup): Promise<void> {
    const bytes = Buffer.from(`${JSON.stringify(backup, undefined, 2)}\n`);
    this.#state = 'committing';
    try {
      await putNew(this.#store, this.#keys.metadata, bytes, { signal: this.#signal });
    } catch (thrown) {
      if (!isHozonError(thrown, 'storage.already-exists')) throw thrown;
      this.#state = 'overtaken';
      throw raise['backup-overtaken']({ url: this.#store.url, name: this.name }, { cause: thrown });
    }
  }

  async #put(key: string, body: Body): Promise<void> {
    const { size } = await this.#store.put(key, body, { signal: this.#signal });
    this.#stored.set(key, size);
  }

  /** Throws unless the folder is still this run's and has every file of it. */
  async #verifyWhole(): Promise<void> {
    const signal = this.#signal;
    const missing = new Map(this.#stored);
    for await (const { key, size } of this.#store.list(this.#keys.folder, { signal })) {
      if (missing.get(key) === size) missing.delete(key);
    }
    await this.#marker.verify({ signal });
    const [file] = missing.keys();
    if (file !== undefined) throw raise['file-vanished']({ url: this.#store.url, file });
  }

  /** Not ended by the signal of the run, which may be why it is discarded. */
  async #removeFiles(marker: 'own' | 'gone'): Promise<void> {
    const mayRemove = async () => (await this.#marker.state()) === marker;
    await clearFolder(this.#store, this.#keys.folder, { mayRemove });
  }

  #checkOpen(): void {
    if (this.#state !== 'open') throw new Error(`the backup ${this.name} was ended already`);
  }
}
