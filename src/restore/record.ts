import { randomUUID } from 'node:crypto';
import type { Restore, RestorePhase, RestoreStatus } from '#api/velero/restore.ts';
import { beginRestore, type RestoreRun } from '#archive/runs/restore-run.ts';
import type { RunIdentity } from '#archive/runs/run-identity.ts';
import type { RestoreVolumeInfo } from '#archive/stored/volume-info.ts';
import type { Clock } from '#foundation/clock.ts';
import { describeThrown } from '#foundation/errors.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import type { Target } from './apply/target.ts';
import type { HookCounts } from './hooks/hook.ts';

export interface RecordOptions {
  readonly store: ObjectStore;
  readonly identity: RunIdentity;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  readonly veleroNamespace: string;
}

export interface Recording {
  readonly options: RecordOptions;
  /** Objects that the restore looks at. */
  readonly total: number;
  /** What the work has found out of volumes by its end. */
  readonly volumeInfos: readonly RestoreVolumeInfo[];
  readonly target: Pick<Target, 'report' | 'outcomes'> & { readonly hooks: { readonly counts: HookCounts } };
}

/**
 * Runs `work` between the beginning and the end of the restore's record, and resolves with the record as it was
 * stored at the end. If `work` rejects, the record is ended as Failed, with what was done until then, and the
 * rejection goes on. Rejects with `archive.restore-exists` before `work` is begun.
 */
export async function recorded(
  wanted: Restore,
  recording: Recording,
  work: () => Promise<void>,
): Promise<Restore> {
  const { store, identity, clock, signal, veleroNamespace } = recording.options;
  signal?.throwIfAborted();
  const begun = begunRecord(wanted, veleroNamespace, clock);
  using ending = delayed(signal);
  const run = await beginRestore(store, begun, { identity, clock, signal: ending.signal });
  try {
    await work();
    return await finish(run, begun, { phase: phaseOf(recording) }, recording);
  } catch (thrown) {
    await fail(run, begun, describeThrown(thrown), recording);
    throw thrown;
  }
}

function begunRecord(wanted: Restore, namespace: string, clock: Clock): Restore {
  const startTimestamp = timestamp(clock);
  const identity = { namespace, uid: randomUUID(), creationTimestamp: startTimestamp };
  return {
    ...wanted,
    metadata: { ...wanted.metadata, ...identity },
    status: { phase: 'InProgress' satisfies RestorePhase, startTimestamp },
  };
}

/** As Kubernetes writes times: to the second. */
function timestamp(clock: Clock): string {
  return `${clock.now().toISOString().slice(0, 19)}Z`;
}

function phaseOf({ target }: Recording): RestorePhase {
  return target.report.errors > 0 ? 'PartiallyFailed' : 'Completed';
}

async function finish(
  run: RestoreRun,
  begun: Restore,
  end: RestoreStatus,
  { options, total, target, volumeInfos }: Recording,
): Promise<Restore> {
  const { report, outcomes } = target;
  const { attempted, failed } = target.hooks.counts;
  const status: RestoreStatus = {
    ...begun.status,
    ...end,
    completionTimestamp: timestamp(options.clock),
    warnings: report.warnings,
    errors: report.errors,
    progress: { totalItems: Math.max(total, outcomes.size), itemsRestored: outcomes.size },
    hookStatus: attempted > 0 ? { hooksAttempted: attempted, hooksFailed: failed } : {},
  };
  const restore: Restore = { ...begun, status };
  await run.finish(restore, {
    log: await report.log(),
    results: report.results(),
    resourceList: outcomes.list(),
    volumeInfos,
  });
  return restore;
}

/** Ends the record as Failed: with what was done, or, where the store takes no more, without. */
async function fail(
  run: RestoreRun,
  begun: Restore,
  failureReason: string,
  recording: Recording,
): Promise<void> {
  try {
    await finish(run, begun, { phase: 'Failed', failureReason }, recording);
  } catch {
    // What ended the restore is what is reported. A record that cannot even be abandoned stays InProgress, and is
    // ended by the sweep that finds its run dead.
    await run.abandon(failureReason).catch(() => {});
  }
}

/** How long the end of an aborted restore may take to be recorded. Milliseconds. */
const grace = 30_000;

/** A signal that follows another one after {@link grace}: the record is to be ended after an abort. */
function delayed(signal: AbortSignal | undefined): Disposable & { readonly signal: AbortSignal } {
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    timer = setTimeout(() => late.abort(signal?.reason), grace);
  };
  signal?.addEventListener('abort', begin, { once: true });
  return {
    signal: late.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', begin);
    },
  };
}
