import type { BackupPhase, StoredBackup } from '#api/velero/backup.ts';
import { labelValue, veleroLabels } from '#api/velero/names.ts';
import { listBackups } from '#archive/stored/backups.ts';
import type { ObjectStore } from '#storage/object-store.ts';

export interface ScheduleOptions {
  /** Backups in another phase do not count. */
  readonly phases: readonly BackupPhase[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * The name of the backup of a schedule that was started last, by the label that Velero's schedules give to their
 * backups; `undefined` where there is none. Backups that cannot be read are none.
 */
export async function newestOfSchedule(
  store: ObjectStore,
  schedule: string,
  { phases, signal }: ScheduleOptions,
): Promise<string | undefined> {
  let newest: { readonly name: string; readonly started: number } | undefined;
  for await (const { name, backup } of listBackups(store, { signal })) {
    if (backup === undefined || !isOf(backup, schedule)) continue;
    if (!phases.some(phase => phase === backup.status?.phase)) continue;
    const started = Date.parse(backup.status?.startTimestamp ?? '') || 0;
    if (newest === undefined || started > newest.started) newest = { name, started };
  }
  return newest?.name;
}

function isOf({ metadata }: StoredBackup, schedule: string): boolean {
  const label = metadata.labels?.[veleroLabels.scheduleName];
  return label === schedule || label === labelValue(schedule);
}
