import type { RunIdentity } from '#archive/run-identity.ts';
import type { RunReport } from '#archive/run-report.ts';
import type { Restore } from '#api/velero/restore.ts';
import type { Clock } from '#foundation/clock.ts';
import type { Progress } from '#foundation/progress.ts';
import type { KubeApi } from '#kube/api.ts';
import type { ObjectStore } from '#storage/object-store.ts';

export interface RestoreOptions {
  readonly api: KubeApi;
  /** The location that holds the backup; the restore's record goes beside it. */
  readonly store: ObjectStore;
  readonly identity: RunIdentity;
  readonly clock: Clock;
  readonly progress?: Progress;
  readonly signal?: AbortSignal | undefined;
  /** Where Velero or OADP lives in this cluster: for the record's own namespace. */
  readonly veleroNamespace: string;
}

/** The record as it was stored, and everything that was said on the way. */
export interface RestoreOutcome {
  readonly restore: Restore;
  readonly report: RunReport;
}

/**
 * Restores what `wanted` (a velero.io/v1 Restore with `metadata.name` and `spec.backupName`) asks for. Throws
 * `restore.invalid`, naming every problem, before anything is touched. Resolves with the Restore as recorded, phase
 * Completed or PartiallyFailed. An abort rejects with the signal's reason after the record was ended as Failed;
 * what was created until then stays, and is listed in the record.
 */
export async function createRestore(_wanted: Restore, _options: RestoreOptions): Promise<RestoreOutcome> {
  throw new Error('not written yet');
}
