import type { Restore } from '#api/velero/restore.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { raise } from '../errors.ts';
import { allSettledOrThrow } from '../stored/folder.ts';
import { gzipJson } from '../stored/gzip-json.ts';
import { restoreKeys } from '../stored/keys.ts';
import { recordBytes, writeRestoreRecord } from '../stored/restore-record.ts';
import type { Results } from '../stored/results.ts';
import type { RestoreVolumeInfo } from '../stored/volume-info.ts';
import { claimFolder } from './claim.ts';
import { endRestoreRun } from './interrupted.ts';
import { liveRestore } from './live-run.ts';
import { putNew } from './put-new.ts';
import { type HeldMarker, placeMarker, type RunOptions, readMarker } from './run-marker.ts';

/** A restore that is under way, with a record in the store. End it by `finish` or `abandon`. */
export interface RestoreRun {
  readonly name: string;
  /** Stores its files, then its record as given. If it rejects, `abandon`. */
  finish(restore: Restore, files: RestoreFiles): Promise<void>;
  /** Ends it without result: the record says Failed and why. After `finish` it does nothing. */
  abandon(failureReason: string): Promise<void>;
}

export interface RestoreFiles {
  /** gzip'ed, as {@link RunReport.log} gives it. */
  readonly log: Uint8Array;
  readonly results: Results;
  /** `apps/v1/Deployment` → `ns/name(created)`. */
  readonly resourceList: Readonly<Record<string, readonly string[]>>;
  readonly volumeInfos: readonly RestoreVolumeInfo[];
}

/**
 * Stores the record of a restore that begins, with phase InProgress.
 *
 * @throws `archive.invalid-name`, `archive.restore-exists`, `archive.restore-running`, `storage.*`
 */
export async function beginRestore(
  store: ObjectStore,
  restore: Restore,
  options: RunOptions,
): Promise<RestoreRun> {
  const { name } = restore.metadata;
  const keys = restoreKeys(name);
  const marker = await claimFolder(
    () => makeRoom(store, name, options),
    () => placeMarker(store, keys.folder, 'restore', options),
  );
  const begun: Restore = { ...restore, status: { ...restore.status, phase: 'InProgress' } };
  try {
    await putNew(store, keys.record, recordBytes(begun), options);
    return new RecordedRestore(store, begun, marker, options);
  } catch (thrown) {
    await marker.stop(); // whether the record is there is not known: a sweep finds out
    if (!isHozonError(thrown, 'storage.already-exists')) throw thrown;
    await marker.release();
    throw raise['restore-exists']({ url: store.url, name }, { cause: thrown });
  }
}

async function makeRoom(store: ObjectStore, name: string, options: RunOptions): Promise<void> {
  const { signal, clock } = options;
  const { marker: key, record } = restoreKeys(name);
  const live = await liveRestore(store, name, { signal });
  if (live !== undefined) {
    const { host, pid } = live.run;
    throw raise['restore-running']({ url: store.url, name, host, pid });
  }
  const dead = await readMarker(store, key, { signal });
  if (dead !== undefined) await endRestoreRun(store, name, dead, { clock, signal });
  if ((await store.head(record, { signal })) !== undefined) {
    throw raise['restore-exists']({ url: store.url, name });
  }
}

class RecordedRestore implements RestoreRun {
  readonly name: string;
  readonly #store: ObjectStore;
  readonly #begun: Restore;
  readonly #marker: HeldMarker;
  readonly #options: RunOptions;
  #ended = false;

  constructor(store: ObjectStore, begun: Restore, marker: HeldMarker, options: RunOptions) {
    this.name = begun.metadata.name;
    this.#store = store;
    this.#begun = begun;
    this.#marker = marker;
    this.#options = options;
  }

  async finish(restore: Restore, files: RestoreFiles): Promise<void> {
    if (this.#ended) throw new Error(`the restore ${this.name} was ended already`);
    const { signal } = this.#options;
    await this.#marker.verify({ signal });
    await this.#putFiles(files);
    await writeRestoreRecord(this.#store, restore, { signal });
    this.#ended = true;
    await this.#marker.release().catch(() => {}); // beside a finished record it means nothing; a sweep removes it
  }

  async abandon(failureReason: string): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#marker.stop();
    if ((await this.#marker.state()) !== 'own') return; // another process ended it, and said so in the record
    const completionTimestamp = this.#options.clock.now().toISOString();
    const status = { ...this.#begun.status, phase: 'Failed', failureReason, completionTimestamp };
    await writeRestoreRecord(this.#store, { ...this.#begun, status });
    await this.#marker.release();
  }

  async #putFiles(files: RestoreFiles): Promise<void> {
    const { signal } = this.#options;
    const keys = restoreKeys(this.name);
    const lists: readonly (readonly [string, unknown])[] = [
      [keys.itemOperations, []],
      [keys.resourceList, files.resourceList],
      [keys.results, files.results],
      [keys.volumeInfo, files.volumeInfos],
    ];
    const puts = lists.map(async ([key, value]) => this.#store.put(key, await gzipJson(value), { signal }));
    await allSettledOrThrow([this.#store.put(keys.log, files.log, { signal }), ...puts]);
  }
}
