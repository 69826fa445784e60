import type { Backup } from '#api/velero/backup.ts';
import type { RunIdentity } from '#archive/run-identity.ts';
import type { RunReport } from '#archive/run-report.ts';
import type { Clock } from '#foundation/clock.ts';
import type { Progress } from '#foundation/progress.ts';
import type { KubeApi } from '#kube/api.ts';
import type { ObjectStore } from '#storage/object-store.ts';

export interface BackupOptions {
  readonly api: KubeApi;
  readonly store: ObjectStore;
  /** The name of the storage location behind `store`, as the Backup records it. */
  readonly locationName: string;
  readonly identity: RunIdentity;
  readonly clock: Clock;
  readonly random?: () => number;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Where Velero's own objects live: the namespace of the Backup. */
  readonly veleroNamespace: string;
}

export interface BackupOutcome {
  /** As it is stored. */
  readonly backup: Backup;
  readonly report: RunReport;
}

/**
 * Runs the whole backup. `wanted` is a velero.io/v1 Backup with metadata.name and spec. Throws `backup.invalid` before
 * anything is touched; resolves with the Backup as stored (phase Completed or PartiallyFailed) and its report. A
 * failure or an abort leaves nothing behind.
 */
export async function createBackup(_wanted: Backup, _options: BackupOptions): Promise<BackupOutcome> {
  throw new Error('not yet');
}
