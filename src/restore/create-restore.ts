import type { Restore } from '#api/velero/restore.ts';
import type { RunIdentity } from '#archive/runs/run-identity.ts';
import { createRunReport, type RunReport } from '#archive/runs/run-report.ts';
import { sweepFirst } from '#archive/runs/sweep-first.ts';
import type { RestoreVolumeInfo } from '#archive/stored/volume-info.ts';
import type { Clock } from '#foundation/clock.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { applyScope } from './apply/apply.ts';
import { report as reportNote, type Target } from './apply/target.ts';
import { HookRuns } from './hooks/run.ts';
import { note } from './notes.ts';
import { type OpenOptions, openRestore } from './open.ts';
import { createOutcomes } from './outcomes.ts';
import { checkPlan } from './plan/check.ts';
import { PerformedPlan } from './plan/performed.ts';
import type { RestorePlan } from './plan/plan.ts';
import { recorded } from './record.ts';
import type { RestoreRequest } from './request/request.ts';
import type { Scope } from './scope.ts';
import { restoredVolumes } from './volume-infos.ts';

export interface RestoreOptions extends OpenOptions {
  /** The location that keeps the record of the restore. */
  readonly store: ObjectStore;
  readonly identity: RunIdentity;
  readonly clock: Clock;
  /** Phases `read`, `apply`, `wait`, `hooks`. */
  readonly progress?: Progress | undefined;
  /**
   * Perform this plan, made of what is asked for, and nothing else. Throws `restore.plan-backup-replaced` and
   * `restore.plan-outdated` before anything is touched, where it no longer holds.
   */
  readonly plan?: RestorePlan | undefined;
}

/** The record as it was stored, and everything that was said on the way. */
export interface RestoreOutcome {
  readonly restore: Restore;
  readonly report: RunReport;
}

/**
 * Restores what `asked` (a velero.io/v1 Restore with `metadata.name`, and `spec.backupName` or
 * `spec.scheduleName`) asks for. Throws
 * `restore.invalid`, naming every problem, before anything is touched, and `restore.backup-not-whole` for a backup
 * that failed. Resolves with the Restore as recorded, phase Completed or PartiallyFailed: what happened to single
 * objects is in its report. Where it cannot go on, or is aborted (which rejects with the signal's reason), the
 * record is ended as Failed first; what was created until then stays, and is listed in it.
 */
export async function createRestore(asked: Restore, options: RestoreOptions): Promise<RestoreOutcome> {
  const { api, clock, progress = noProgress, signal } = options;
  await using opened = await openRestore(asked, options);
  if (options.plan !== undefined) await checkPlan(options.plan, opened, options);
  const { wanted, request, archive, scope, volumeInfos, context } = opened;
  const common = { api, clock, progress, signal, report: createRunReport(clock) };
  const hooks = new HookRuns({ ...common, rules: request.hooks, restoreName: request.name });
  const target = {
    ...common,
    hooks,
    outcomes: createOutcomes(),
    context,
    performed: options.plan && new PerformedPlan(options.plan, context),
  };
  await sweepFirst(options.store, target.report, { clock, signal });
  const volumes: RestoreVolumeInfo[] = [];
  const recording = { options, total: scope.total, target, volumeInfos: volumes };
  const restore = await recorded(wanted, recording, async () => {
    reportScope(request, { ...scope, notes: opened.notes }, target);
    await usingHooks(hooks, () => applyScope({ archive, scope, volumeInfos }, target));
    volumes.push(...(await restoredVolumes({ archive, scope }, target)));
  });
  return { restore, report: target.report };
}

/** Hooks have come to their end, or were given up, before the restore's record is written. */
async function usingHooks(hooks: HookRuns, work: () => Promise<void>): Promise<void> {
  await using running = hooks;
  await work();
  await running.settled();
}

function reportScope(request: RestoreRequest, scope: Scope, target: Target): void {
  target.report.info(
    `restoring ${scope.total} objects of ${scope.types.length} types of ${request.backupName}`,
  );
  for (const found of scope.notes) reportNote(target, found);
  if (scope.total === 0) reportNote(target, note('nothing-selected', { backup: request.backupName }));
}
