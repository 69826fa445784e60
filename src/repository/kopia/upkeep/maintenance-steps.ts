import type { MaintenanceParameters, MaintenanceSchedule } from '../format/maintenance-blob.ts';
import { logLimitsOf } from './maintenance-parameters.ts';
import { pastRunsOf } from './maintenance-state.ts';
import { mayDeletePacks, mayRewrite, safeDropTime, tasks } from './run-history.ts';
import { collect } from './tasks/collect.ts';
import {
  advanceEpoch,
  cleanIndexes,
  cleanMarkers,
  compactEpoch,
  compactRange,
  dropDeleted,
} from './tasks/indexes.ts';
import { extendLocks } from './tasks/locks.ts';
import { cleanLogs } from './tasks/logs.ts';
import { deleteOrphans, rewriteShortPacks } from './tasks/packs.ts';
import type { MaintenanceWork, TaskResult } from './tasks/work.ts';

export type Run = () => Promise<TaskResult | undefined>;

/** A task of maintenance in its turn. */
export interface MaintenanceStep {
  readonly task: string;
  /** What is to be run; `undefined` where what was done so far says that it is too early. */
  readonly prepare: (schedule: MaintenanceSchedule, work: MaintenanceWork) => Run | undefined;
  /** Whether the indexes are to be read anew behind it: what was known of contents is known no more. */
  readonly reloads?: boolean | undefined;
}

/** A task, or which it is by what was done so far. */
export type NextStep = MaintenanceStep | ((schedule: MaintenanceSchedule) => MaintenanceStep);

/** The tasks in kopia's order (`repo/maintenance/maintenance_run.go`, of repositories with epochs). */
export function stepsOf(
  mode: 'quick' | 'full',
  parameters: MaintenanceParameters,
): readonly MaintenanceStep[] {
  if (mode === 'quick')
    return [always(tasks.compactEpoch, compactEpoch), always(tasks.advanceEpoch, advanceEpoch)];
  return [
    always(tasks.collect, collect),
    rewriting,
    dropping,
    deleting,
    ...(parameters.extendObjectLocks ? [always(tasks.extendLocks, extendLocks)] : []),
    always(tasks.compactEpoch, compactEpoch),
    always(tasks.advanceEpoch, advanceEpoch),
    always(tasks.compactRange, compactRange),
    always(tasks.cleanMarkers, cleanMarkers),
    always(tasks.cleanIndexes, cleanIndexes),
    always(tasks.cleanLogs, work => cleanLogs(work, logLimitsOf(parameters))),
  ];
}

/** A task that is always run. */
export function always(
  task: string,
  run: (work: MaintenanceWork) => Promise<TaskResult | undefined>,
): MaintenanceStep {
  return { task, prepare: (_, work) => () => run(work) };
}

/** Contents of short packs, where the last rewriting is over and done with. */
export const rewriting: MaintenanceStep = {
  task: tasks.rewriteFull,
  prepare: (schedule, work) =>
    mayRewrite(pastRunsOf(schedule), work.safety)
      ? () => rewriteShortPacks(work, { dropBefore: dropTime(schedule, work) })
      : undefined,
};

/** Until when deleted contents may be dropped, in milliseconds since 1970; `undefined` where it is too early for any. */
export function dropTime(
  schedule: MaintenanceSchedule,
  { safety, clock }: MaintenanceWork,
): number | undefined {
  return safeDropTime(pastRunsOf(schedule), safety, clock.now().getTime());
}

const dropping: MaintenanceStep = {
  task: tasks.drop,
  prepare: (schedule, work) => {
    const before = dropTime(schedule, work);
    return before === undefined ? undefined : () => dropDeleted(work, before);
  },
};

/** Packs without contents, once everybody had time to see what was rewritten. */
export const deleting: MaintenanceStep = {
  task: tasks.deleteFull,
  prepare: (schedule, work) =>
    mayDeletePacks(pastRunsOf(schedule), work.safety, work.clock.now().getTime())
      ? () => deleteOrphans(work)
      : undefined,
};
