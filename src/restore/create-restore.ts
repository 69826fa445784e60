import type { Restore, RestorePhase } from '#api/velero/restore.ts';
import { openBackup, readBackup, readBackupVolumeInfos } from '#archive/backups.ts';
import type { RunIdentity } from '#archive/run-identity.ts';
import { createRunReport, type RunReport } from '#archive/run-report.ts';
import type { Clock } from '#foundation/clock.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import type { KubeApi } from '#kube/api.ts';
import type { Discovery } from '#kube/discovery.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { applyScope } from './apply/apply.ts';
import { report as reportNote, type Target } from './apply/target.ts';
import { readChanges } from './changes/read-changes.ts';
import { raise } from './errors.ts';
import { indexVolumes } from './facts.ts';
import { HookRuns } from './hooks/run.ts';
import type { Context } from './item.ts';
import { note } from './notes.ts';
import { createOutcomes } from './outcomes.ts';
import { recorded } from './record.ts';
import { problems } from './request/problems.ts';
import { checkTargets, type RestoreRequest, readRequest, targetNamespace } from './request/request.ts';
import { newestOfSchedule } from './request/schedule.ts';
import { findScope, type Scope } from './scope.ts';

export interface RestoreOptions {
  readonly api: KubeApi;
  /** The location that holds the backup; the restore's record goes beside it. */
  readonly store: ObjectStore;
  readonly identity: RunIdentity;
  readonly clock: Clock;
  /** Phases `read`, `apply`, `wait`, `hooks`. */
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Where Velero or OADP lives in this cluster: its ConfigMaps say what is changed; also the record's own namespace. */
  readonly veleroNamespace: string;
  /** Whether a backup of a schedule that is PartiallyFailed counts as its newest, too. */
  readonly allowPartiallyFailed?: boolean | undefined;
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
  const { api, store, clock, progress = noProgress, signal } = options;
  const request = await withBackup(readRequest(asked), options);
  const wanted: Restore = { ...asked, spec: { ...asked.spec, backupName: request.backupName } };
  progress({ phase: 'read', done: 0, unit: 'items' });
  const backup = await readBackup(store, request.backupName, { signal });
  const phase = backup.status?.phase ?? 'Completed';
  if (!restorable.has(phase)) throw raise['backup-not-whole']({ backup: request.backupName, phase });
  const volumeInfos = indexVolumes(
    (await readBackupVolumeInfos(store, request.backupName, { signal })) ?? [],
  );
  await using archive = await openBackup(store, request.backupName, { signal });
  const cluster = await api.discover({ refresh: true, signal });
  const scope = await findScope(archive, request, { cluster, signal });
  checkTargets(request, scope.namespaces);
  const changes = await readChanges(request, options);
  progress({ phase: 'read', done: archive.size, total: archive.size, unit: 'items' });
  const common = { api, clock, progress, signal, report: createRunReport(clock) };
  const hooks = new HookRuns({ ...common, rules: request.hooks, restoreName: request.name });
  const target = {
    ...common,
    hooks,
    outcomes: createOutcomes(),
    context: contextOf(request, { scope, changes, openshift: isOpenShift(cluster) }),
  };
  const restore = await recorded(wanted, { options, total: scope.total, target }, async () => {
    reportScope(request, { ...scope, notes: [...scope.notes, ...changes.notes] }, target);
    await usingHooks(hooks, () => applyScope({ archive, scope, volumeInfos }, target));
  });
  return { restore, report: target.report };
}

/** Hooks have come to their end, or were given up, before the restore's record is written. */
async function usingHooks(hooks: HookRuns, work: () => Promise<void>): Promise<void> {
  await using running = hooks;
  await work();
  await running.settled();
}

/** Finds the newest backup where the request names a schedule. */
async function withBackup(
  request: RestoreRequest,
  { store, signal, allowPartiallyFailed = false }: RestoreOptions,
): Promise<RestoreRequest> {
  const { name, scheduleName } = request;
  if (scheduleName === undefined) return request;
  const phases = ['Completed' as const, ...(allowPartiallyFailed ? ['PartiallyFailed' as const] : [])];
  const backupName = await newestOfSchedule(store, scheduleName, { phases, signal });
  if (backupName !== undefined) return { ...request, backupName };
  throw raise.invalid({ name, problems: [problems.noneOfSchedule(scheduleName, phases)] });
}

/** A backup in another phase is under way, being deleted, or not what it was meant to be. */
const restorable: ReadonlySet<string> = new Set<RestorePhase>(['Completed', 'PartiallyFailed']);

function isOpenShift(cluster: Discovery): boolean {
  return cluster.byName('routes.route.openshift.io') !== undefined;
}

function contextOf(
  request: RestoreRequest,
  { scope, changes, openshift }: Pick<Context, 'changes' | 'openshift'> & { readonly scope: Scope },
): Context {
  return {
    restoreName: request.name,
    backupName: request.backupName,
    existing: request.existing,
    preserveNodePorts: request.preserveNodePorts,
    mapNamespace: namespace => targetNamespace(request, namespace),
    openshift,
    changes,
    hooks: request.hooks,
    restoresStatus: resource => scope.selection.status(resource),
  };
}

function reportScope(request: RestoreRequest, scope: Scope, target: Target): void {
  target.report.info(
    `restoring ${scope.total} objects of ${scope.types.length} types of ${request.backupName}`,
  );
  for (const found of scope.notes) reportNote(target, found);
  if (scope.total === 0) reportNote(target, note('nothing-selected', { backup: request.backupName }));
}
