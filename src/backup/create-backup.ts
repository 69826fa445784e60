import type { Backup } from '#api/velero/backup.ts';
import { type BackupRun, beginBackup } from '#archive/runs/backup-run.ts';
import type { RunIdentity } from '#archive/runs/run-identity.ts';
import { createRunReport, type RunReport } from '#archive/runs/run-report.ts';
import { sweepFirst } from '#archive/runs/sweep-first.ts';
import type { Clock } from '#foundation/clock.ts';
import { describeThrown } from '#foundation/errors.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import type { KubeApi } from '#kube/api.ts';
import { readRegistryHost } from '#kube/internal-registry.ts';
import type { UnreadValue } from '#kube/resource-reader.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { prepare } from './collect/prepare.ts';
import { raise } from './errors.ts';
import { type Content, fillArchive } from './fill.ts';
import * as finding from './findings.ts';
import { endedEarly } from './hooks/between.ts';
import { newHookCounts } from './hooks/hook.ts';
import { recordOf } from './record.ts';
import { readRequest } from './request.ts';
import { type Asking, isAsked } from './unread.ts';
import { unsupported } from './unsupported.ts';

export interface BackupOptions {
  readonly api: KubeApi;
  readonly store: ObjectStore;
  /** The name of the storage location behind `store`, as the Backup records it. */
  readonly locationName: string;
  readonly identity: RunIdentity;
  readonly clock: Clock;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Where Velero's own objects live: the namespace of the Backup. */
  readonly veleroNamespace: string;
  /** Run no commands in pods: there are none to run them in. */
  readonly withoutHooks?: boolean | undefined;
  /** What `api` has found out until the end that it cannot read. */
  readonly unread?: (() => Iterable<UnreadValue>) | undefined;
}

export interface BackupOutcome {
  /** As it is stored. */
  readonly backup: Backup;
  readonly report: RunReport;
}

/**
 * Runs the whole backup. `wanted` is a velero.io/v1 Backup with metadata.name and spec. Throws `backup.invalid` before
 * anything is touched; resolves with the Backup as stored and its report. Objects that could not be had are errors of
 * the report, and the phase is then PartiallyFailed; else it is Completed.
 *
 * Anything that keeps the backup from being stored rejects, an abort with the signal's reason, and leaves nothing
 * behind; where removing what was written fails too, with `backup.not-removed`; where pods may be left quiesced, with
 * `backup.left-quiesced`.
 *
 * Progress has the phases `discover`, `hooks`, `collect` (items) and `upload` (bytes).
 */
export async function createBackup(wanted: Backup, options: BackupOptions): Promise<BackupOutcome> {
  const { api, store, identity, clock, signal, progress = noProgress } = options;
  const started = clock.now();
  const request = readRequest(wanted);
  const report = createRunReport(clock);
  progress({ phase: 'discover', done: 0, unit: 'items' });
  const preparation = await prepare(request, { ...options, report });
  const cluster = await api.version(signal);
  const registryHost = await readRegistryHost({ api, signal });
  progress({ phase: 'discover', done: preparation.discovery.preferred.length, unit: 'items' });
  for (const warning of unsupported(wanted.spec ?? {})) report.warning(warning);
  await sweepFirst(store, report, { clock, signal });
  const hookCounts = newHookCounts();
  const run = await beginBackup(store, request.name, { identity, clock, signal });
  try {
    const content = await fillArchive(run, {
      api,
      clock,
      signal,
      progress,
      request,
      preparation,
      report,
      hookCounts,
    });
    const asking = { request, resources: preparation.resources, inventory: content.inventory };
    reportUnread(asking, options, report);
    const backup = recordOf({
      ...options,
      ...content,
      wanted,
      request,
      preparation,
      cluster,
      registryHost,
      report,
      started,
    });
    await commit(run, backup, content, report);
    return { backup, report };
  } catch (thrown) {
    throw await discarded(run, endedEarly(thrown, hookCounts));
  }
}

function reportUnread(asking: Asking, { api, unread = () => [] }: BackupOptions, report: RunReport): void {
  const [first, ...others] = [...unread()].filter(value => isAsked(value, asking));
  if (first !== undefined) report.error(finding.unread(others.length + 1, api.server, first.key));
}

async function commit(run: BackupRun, backup: Backup, content: Content, report: RunReport): Promise<void> {
  const { inventory, volumeInfos } = content;
  const results = report.results();
  report.info(`backup ${run.name} is ${backup.status?.phase} with ${inventory.size} items`);
  const log = await report.log();
  await run.commit(backup, { log, results, resourceList: inventory.resourceList(), volumeInfos });
}

/** Removes what was written, and resolves with what to throw. */
async function discarded(run: BackupRun, thrown: unknown): Promise<unknown> {
  try {
    await run.discard();
    return thrown;
  } catch (reason) {
    const texts = { name: run.name, failure: describeThrown(thrown), reason: describeThrown(reason) };
    return raise['not-removed'](texts, { cause: thrown });
  }
}
