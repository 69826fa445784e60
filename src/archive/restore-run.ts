import type { Restore } from '#api/velero/restore.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import type { RunOptions } from './backup-run.ts';
import type { Results } from './results.ts';
import type { RestoreVolumeInfo } from './volume-info.ts';

/** A restore that is under way, with a record in the store. End it by `finish` or `abandon`. */
export interface RestoreRun {
  readonly name: string;
  /** Stores its files, then its record as given. */
  finish(restore: Restore, files: RestoreFiles): Promise<void>;
  /** Ends it without result: the record says Failed and why. */
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

export async function beginRestore(
  store: ObjectStore,
  restore: Restore,
  options: RunOptions,
): Promise<RestoreRun> {
  throw new Error(`to come ${store.url} ${restore.metadata.name} ${options.clock.now()}`);
}
