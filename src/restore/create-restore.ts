import type { Restore, RestorePhase } from '#api/velero/restore.ts';
import { openBackup, readBackup, readBackupVolumeInfos } from '#archive/backups.ts';
import type { RunIdentity } from '#archive/run-identity.ts';
import { createRunReport, type RunReport } from '#archive/run-report.ts';
import type { Clock } from '#foundation/clock.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import type { KubeApi } from '#kube/api.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { applyScope } from './apply/apply.ts';
import { report as reportNote, type Target } from './apply/target.ts';
import { raise } from './errors.ts';
import { indexVolumes } from './facts.ts';
import type { Context } from './item.ts';
import { note } from './notes.ts';
import { createOutcomes } from './outcomes.ts';
import { recorded } from './record.ts';
import { checkTargets, type RestoreRequest, readRequest, targetNamespace } from './request/request.ts';
import { findScope, type Scope } from './scope.ts';

export interface RestoreOptions {
  readonly api: KubeApi;
  /** The location that holds the backup; the restore's record goes beside it. */
  readonly store: ObjectStore;
  readonly identity: RunIdentity;
  readonly clock: Clock;
  /** Phases `read`, `apply`, `wait`. */
  readonly progress?: Progress | undefined;
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
 * `restore.invalid`, naming every problem, before anything is touched, and `restore.backup-not-whole` for a backup
 * that failed. Resolves with the Restore as recorded, phase Completed or PartiallyFailed: what happened to single
 * objects is in its report. Where it cannot go on, or is aborted (which rejects with the signal's reason), the
 * record is ended as Failed first; what was created until then stays, and is listed in it.
 */
export async function createRestore(wanted: Restore, options: RestoreOptions): Promise<RestoreOutcome> {
  const { api, store, clock, progress = noProgress, signal } = options;
  const request = readRequest(wanted);
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
  progress({ phase: 'read', done: archive.size, total: archive.size, unit: 'items' });
  const target: Target = {
    api,
    clock,
    progress,
    signal,
    report: createRunReport(clock),
    outcomes: createOutcomes(),
    context: contextOf(request, cluster.byName('routes.route.openshift.io') !== undefined),
  };
  const restore = await recorded(wanted, { options, total: scope.total, target }, async () => {
    reportScope(request, scope, target);
    await applyScope({ archive, scope, volumeInfos }, target);
  });
  return { restore, report: target.report };
}

/** A backup in another phase is under way, being deleted, or not what it was meant to be. */
const restorable: ReadonlySet<string> = new Set<RestorePhase>(['Completed', 'PartiallyFailed']);

function contextOf(request: RestoreRequest, openshift: boolean): Context {
  return {
    restoreName: request.name,
    backupName: request.backupName,
    existing: request.existing,
    preserveNodePorts: request.preserveNodePorts,
    mapNamespace: namespace => targetNamespace(request, namespace),
    openshift,
  };
}

function reportScope(request: RestoreRequest, scope: Scope, target: Target): void {
  target.report.info(
    `restoring ${scope.total} objects of ${scope.types.length} types of ${request.backupName}`,
  );
  for (const found of scope.notes) reportNote(target, found);
  if (scope.total === 0) reportNote(target, note('nothing-selected', { backup: request.backupName }));
}
