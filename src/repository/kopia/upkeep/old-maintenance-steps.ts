import type { MaintenanceParameters } from '../format/maintenance-blob.ts';
import { logLimitsOf } from './maintenance-parameters.ts';
import { pastRunsOf } from './maintenance-state.ts';
import {
  always,
  deleting,
  dropTime,
  type MaintenanceStep,
  type NextStep,
  rewriting,
} from './maintenance-steps.ts';
import { mayDeletePacks, mayRewriteMetadata, tasks, wasAllRewritten } from './run-history.ts';
import { collect } from './tasks/collect.ts';
import { extendLocks } from './tasks/locks.ts';
import { cleanLogs } from './tasks/logs.ts';
import { compactOld, dropFromOld } from './tasks/old-indexes.ts';
import { deleteOrphans, rewriteShortPacks } from './tasks/packs.ts';

/**
 * The tasks in kopia's order (`repo/maintenance/maintenance_run.go`) of repositories without epochs, of kopia's format 1. Quick
 * maintenance works on metadata and indexes there; full maintenance puts all indexes together as it drops deleted contents.
 */
export function oldStepsOf(mode: 'quick' | 'full', parameters: MaintenanceParameters): readonly NextStep[] {
  const logs = always(tasks.cleanLogs, work => cleanLogs(work, logLimitsOf(parameters)));
  if (mode === 'quick') return [rewritingMetadata, deletingAsRewritten, compacting, logs];
  const locks = parameters.extendObjectLocks ? [always(tasks.extendLocks, extendLocks)] : [];
  return [always(tasks.collect, collect), rewriting, dropping, deleting, ...locks, logs];
}

const letters = ['q'];

const rewritingMetadata: MaintenanceStep = {
  task: tasks.rewriteQuick,
  prepare: (schedule, work) =>
    mayRewriteMetadata(pastRunsOf(schedule), work.safety)
      ? () => rewriteShortPacks(work, { letters })
      : undefined,
};

const compacting = always(tasks.compactIndexes, compactOld);

const dropping: MaintenanceStep = {
  task: tasks.drop,
  prepare: (schedule, work) => {
    const before = dropTime(schedule, work);
    return before === undefined ? undefined : () => dropFromOld(work, before);
  },
  reloads: true,
};

/** All that the last rewriting has left: were only some of it deleted behind a full one, the rest would never be. */
const deletingAsRewritten: NextStep = schedule =>
  wasAllRewritten(pastRunsOf(schedule)) ? deleting : deletingMetadata;

const deletingMetadata: MaintenanceStep = {
  task: tasks.deleteQuick,
  prepare: (schedule, work) =>
    mayDeletePacks(pastRunsOf(schedule), work.safety, work.clock.now().getTime())
      ? () => deleteOrphans(work, letters)
      : undefined,
};
