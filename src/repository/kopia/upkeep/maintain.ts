import { type Clock, systemClock } from '#foundation/clock.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { type Abandoned, abandonUnfinished, nothingAbandoned } from '../../upkeep/abandon-unfinished.ts';
import { identityText, type KopiaIdentity } from '../access/identity.ts';
import { type IndexedKopia, loadContents, refreshContents } from '../access/indexed.ts';
import type { OpenKopia } from '../access/open.ts';
import {
  defaultMaintenance,
  type MaintenanceParameters,
  type MaintenanceSchedule,
} from '../format/maintenance-blob.ts';
import { readMaintenanceParameters, setMaintenanceParameters } from './maintenance-parameters.ts';
import { errorText, StoredSchedule, scheduleBlobId } from './maintenance-state.ts';
import { type NextStep, stepsOf } from './maintenance-steps.ts';
import { oldStepsOf } from './old-maintenance-steps.ts';
import type { SafetyMargins } from './safety.ts';
import type { MaintenanceWork, TaskResult } from './tasks/work.ts';

/** `auto`: what is due, if anything is. */
export type MaintenanceMode = 'quick' | 'full' | 'auto';

export interface MaintainOptions extends StoreOptions {
  readonly mode: MaintenanceMode;
  readonly safety: SafetyMargins;
  /** Who asks: only the owner may. */
  readonly identity: KopiaIdentity;
  /** Maintains although somebody else owns it, who must not be doing so. */
  readonly force?: boolean | undefined;
  /** Only says what would be done as the repository is now. */
  readonly dryRun?: boolean | undefined;
  readonly clock?: Clock | undefined;
  readonly progress?: Progress | undefined;
}

/** What became of one task. */
export interface TaskReport {
  readonly task: string;
  /** `waiting`: it is too early for it; `nothing`: there was nothing to do; `short`: not all of it was done, for {@link TaskResult.shortfall}. */
  readonly state: 'done' | 'planned' | 'waiting' | 'nothing' | 'short';
  readonly result?: TaskResult | undefined;
}

/** What became of interrupted writes is no task of kopia's. */
export interface MaintenanceReport extends Abandoned {
  /** `none`: nothing was due. */
  readonly mode: 'quick' | 'full' | 'none';
  readonly tasks: readonly TaskReport[];
}

/** Clocks may be so far apart, in milliseconds. */
const longestSkew = 5 * 60_000;

/**
 * Maintains a repository as kopia's `maintenance run` does, by its rules of safety, and notes it where kopia does: either goes on
 * from what the other has done. Can be interrupted at any time. What the store refuses to delete, or to lock for longer, is told of and
 * noted as kopia notes it, and does not keep the other tasks, as it does kopia's.
 *
 * @throws `repository.not-maintenance-owner`, `maintenance-elsewhere`, `maintenance-clock-skew`, what the tasks throw: the first that fails
 * ends it
 */
export async function maintainKopia(open: OpenKopia, options: MaintainOptions): Promise<MaintenanceReport> {
  const { signal, clock = systemClock, dryRun = false } = options;
  const repository = await loadContents(open, { signal, clock });
  const parameters = await ownedParameters(repository, options);
  refuseOthers(repository, parameters, options);
  const stored = await StoredSchedule.read(repository, { signal });
  const now = clock.now().getTime();
  const mode = options.mode === 'auto' ? dueMode(parameters, stored.schedule, now) : options.mode;
  if (mode === 'none') return { mode, tasks: [], ...nothingAbandoned };
  const began = dryRun ? now : await begin(repository, stored, { mode, parameters, clock, signal });
  const { progress = noProgress, safety, identity } = options;
  const work = { identity, safety, began, clock, dryRun, progress, signal };
  const current = dryRun ? repository : await refreshContents(repository, { signal, clock });
  const { enabled: hasEpochs } = open.format.epochParameters;
  const steps = hasEpochs ? stepsOf(mode, parameters) : oldStepsOf(mode, parameters);
  const reports = await runSteps(steps, stored, { ...work, repository: current });
  const { store, blobs } = current;
  const isOwn = (key: string): boolean => isBlobOfData(blobs.idOf(key));
  const cleaned = dryRun ? nothingAbandoned : await abandonUnfinished(store, { isOwn, clock, signal });
  return { mode, tasks: reports, ...cleaned };
}

/** As they are; where nobody ever said how the repository is maintained, it falls to who first does, as kopia has it. */
async function ownedParameters(
  repository: IndexedKopia,
  { identity, dryRun = false, clock, signal }: MaintainOptions,
): Promise<MaintenanceParameters> {
  const parameters = await readMaintenanceParameters(repository, { signal });
  if (parameters.document !== undefined) return parameters;
  const own = defaultMaintenance(identityText(identity));
  if (!dryRun) await setMaintenanceParameters(repository, own, { identity, clock, signal });
  return own;
}

function refuseOthers(
  { store }: IndexedKopia,
  { owner }: MaintenanceParameters,
  { identity, force }: MaintainOptions,
): void {
  const self = identityText(identity);
  if (force !== true && owner !== self) throw raise['not-maintenance-owner']({ url: store.url, owner, self });
}

/** What is due at a time, in milliseconds since 1970. */
export function dueMode(
  { quick, full }: MaintenanceParameters,
  { nextFull, nextQuick }: MaintenanceSchedule,
  now: number,
): 'quick' | 'full' | 'none' {
  const isDue = (next: bigint | undefined): boolean => next === undefined || nanoseconds(now) >= next;
  if (full.enabled && isDue(nextFull)) return 'full';
  return quick.enabled && isDue(nextQuick) ? 'quick' : 'none';
}

interface Beginning extends StoreOptions {
  readonly mode: 'quick' | 'full';
  readonly parameters: MaintenanceParameters;
  readonly clock: Clock;
}

/** Says when it is due again, so that nobody begins another; when that was stored, by the clock of the storage. */
async function begin(
  { blobs, store }: IndexedKopia,
  stored: StoredSchedule,
  { mode, parameters, clock, signal }: Beginning,
): Promise<number> {
  const now = clock.now().getTime();
  const nextQuick = nanoseconds(now) + parameters.quick.interval;
  const nextFull = nanoseconds(now) + parameters.full.interval;
  const { schedule } = stored;
  const next = mode === 'full' ? { ...schedule, nextFull, nextQuick } : { ...schedule, nextQuick };
  await stored.change(next, { signal });
  const blob = await blobs.head(scheduleBlobId, { signal });
  if (blob === undefined) throw raise['maintenance-elsewhere']({ url: store.url });
  const began = blob.modified.getTime();
  const skew = Math.abs(began - clock.now().getTime());
  if (skew > longestSkew) throw raise['maintenance-clock-skew']({ url: store.url, skew });
  return began;
}

async function runSteps(
  steps: readonly NextStep[],
  stored: StoredSchedule,
  begun: MaintenanceWork,
): Promise<readonly TaskReport[]> {
  const reports: TaskReport[] = [];
  let work = begun;
  for (const next of steps) {
    work.signal?.throwIfAborted();
    const { task, prepare, reloads } = typeof next === 'function' ? next(stored.schedule) : next;
    const run = prepare(stored.schedule, work);
    if (run === undefined) reports.push({ task, state: 'waiting' });
    else reports.push(await runTask(task, run, { stored, work }));
    if (reloads === true && run !== undefined) work = await reloaded(work);
  }
  return reports;
}

async function reloaded(work: MaintenanceWork): Promise<MaintenanceWork> {
  if (work.dryRun) return work;
  return { ...work, repository: await loadContents(work.repository, work) };
}

async function runTask(
  task: string,
  run: () => Promise<TaskResult | undefined>,
  { stored, work }: { readonly stored: StoredSchedule; readonly work: MaintenanceWork },
): Promise<TaskReport> {
  const { clock, dryRun, signal } = work;
  const start = nanoseconds(clock.now().getTime());
  const report = async (outcome: {
    readonly failure?: unknown;
    readonly result?: TaskResult | undefined;
  }) => {
    const { failure, result } = outcome;
    const success = failure === undefined;
    const error = success ? '' : errorText(failure);
    const extra = success && result !== undefined ? [{ kind: result.kind, data: result.data }] : undefined;
    const end = nanoseconds(clock.now().getTime());
    if (!dryRun) await stored.report(task, { start, end, success, error, extra }, { signal });
  };
  try {
    const result = await run();
    await report({ failure: result?.shortfall?.error, result });
    return { task, state: stateOf(result, dryRun), result };
  } catch (thrown) {
    // Where the store is what failed, noting that fails as well: what is to be told is the first error.
    if (signal?.aborted !== true) await report({ failure: thrown }).catch(() => {});
    throw thrown;
  }
}

function stateOf(result: TaskResult | undefined, dryRun: boolean): TaskReport['state'] {
  if (result === undefined) return 'nothing';
  if (result.shortfall !== undefined) return 'short';
  return dryRun ? 'planned' : 'done';
}

/** Packs and indexes, which alone are large enough to be sent in parts; object stores have other things beside them. */
function isBlobOfData(id = ''): boolean {
  return /^[pqnx][0-9a-z_]*[0-9a-f]{16}/.test(id);
}

function nanoseconds(milliseconds: number): bigint {
  return BigInt(milliseconds) * 1_000_000n;
}
