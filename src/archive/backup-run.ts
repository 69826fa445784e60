import type { Backup } from '#api/velero/backup.ts';
import type { Clock } from '#foundation/clock.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import type { Results } from './results.ts';
import type { RunIdentity } from './run-identity.ts';
import type { VolumeInfo } from './volume-info.ts';

/** A backup that is being written. End it by `commit` or `discard`. */
export interface BackupRun {
  readonly name: string;
  /** Stores the archive; rejects, with nothing under its key, if `bytes` throws. */
  putArchive(bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /** Everything else, then `velero-backup.json`, which makes it a backup. If it rejects, `discard`. */
  commit(backup: Backup, files: BackupFiles): Promise<void>;
  /** Removes all that this run wrote. What is already gone is fine. */
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

export interface RunOptions {
  readonly identity: RunIdentity;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

export async function beginBackup(store: ObjectStore, name: string, options: RunOptions): Promise<BackupRun> {
  throw new Error(`to come ${store.url} ${name} ${options.clock.now()}`);
}
