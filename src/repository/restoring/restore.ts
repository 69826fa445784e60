import { availableParallelism } from 'node:os';
import type { StoreOptions } from '#storage/object-store.ts';
import type { StoredEntry } from '../browsing/browsable.ts';
import { raise } from '../errors.ts';
import { DirectoryTarget, type TargetOptions } from '../trees/target/directory-target.ts';
import type { TargetEvent } from '../trees/target/target-event.ts';
import type { OverwritePolicy } from '../trees/target/target-overwrite.ts';
import {
  type AttributeOptions,
  attributeSelection,
  withAttributes,
  withSelected,
} from './attribute-selection.ts';
import type { Restorable } from './contents.ts';
import { Filling } from './filling.ts';
import { EntryPlanner } from './plan-entry.ts';
import type { Batch, PlannedFile } from './planned-file.ts';
import { Planner } from './planner.ts';
import { RestoredNumbers } from './restored-numbers.ts';
import { type Select, type SelectionOptions, selectionOf } from './selection.ts';
import { type Listeners, type RestoreSummary, Tally } from './tally.ts';
import { verifyRestored } from './verification.ts';
import { RestoreWalk, type Visit } from './walk.ts';
import { RestoreWorkers } from './workers.ts';

export interface RestoreOptions extends StoreOptions, SelectionOptions, AttributeOptions, Listeners {
  /** The directory of this machine to restore into; made where it is not there. */
  readonly target: string;
  /** `always` unless told. */
  readonly overwrite?: OverwritePolicy | undefined;
  /** Remove what is in directories of the snapshot and not part of it. */
  readonly delete?: boolean | undefined;
  /** Let blocks of zeros take no space. */
  readonly sparse?: boolean | undefined;
  /** Change nothing, and say what would be. */
  readonly dryRun?: boolean | undefined;
  /** Look at everything that was written again. */
  readonly verify?: boolean | undefined;
  /** Threads that open and write; as many as there are processors unless told. */
  readonly threads?: number | undefined;
}

const mostThreads = 8;

/**
 * Restores what is in a stored directory, or one other entry, into a directory: content, types, modes, owners, times to the nanosecond,
 * hard links, extended attributes, devices. Nothing outside the directory is touched, whatever the repository says or whatever lies
 * in the directory. An entry that cannot be restored is an event, and the others go on; no file has its name before all of it is right.
 *
 * @throws `repository.bad-pattern`, `restore-target`, and what the store throws, unless something is damaged or gone
 */
export async function restoreTree(
  stored: Restorable,
  what: Pick<StoredEntry, 'directory'> | StoredEntry,
  options: RestoreOptions,
): Promise<RestoreSummary> {
  const select = selectionOf(options);
  const attributes = attributeSelection(options);
  const from = withAttributes(stored, attributes);
  const visits = (): AsyncGenerator<Visit> => {
    const walk = new RestoreWalk(from, { select, signal: options.signal });
    return 'name' in what && what.directory === undefined
      ? walk.only(withSelected(what, attributes))
      : walk.below(what.directory ?? '');
  };
  const tally = new Tally(options);
  using target = openTarget({ ...options, attributes }, event => tally.add(event));
  const threads = Math.min(options.threads ?? availableParallelism(), mostThreads);
  await using workers = startWorkers(from, target, { ...options, threads });
  const run: Run = { from, options, target, workers, tally, concurrency: threads + 2, select };
  const restored = await runBatches(run, visits());
  const verified = options.verify === true && options.dryRun !== true;
  if (!verified) return tally.summary(0);
  const count = await verifyRestored(visits(), {
    contents: from.contents,
    target,
    workers,
    concurrency: run.concurrency,
    signal: options.signal,
    isRestored: number => restored.has(number),
    report: event => tally.add(event),
  });
  return tally.summary(count);
}

function openTarget(
  options: RestoreOptions & Pick<TargetOptions, 'attributes'>,
  report: (event: TargetEvent) => void,
): DirectoryTarget {
  const { overwrite = 'always', dryRun = false } = options;
  if (process.platform !== 'linux') throw raise['restore-system']({ system: process.platform });
  try {
    return new DirectoryTarget(options.target, {
      overwrite,
      dryRun,
      delete: options.delete ?? false,
      attributes: options.attributes,
      report,
    });
  } catch (cause) {
    throw raise['restore-target']({ path: options.target }, { cause });
  }
}

function startWorkers(
  { worker }: Restorable,
  target: DirectoryTarget,
  { threads, sparse = false }: RestoreOptions & { readonly threads: number },
): RestoreWorkers {
  const numbers = Array.from({ length: threads }, (_, number) => String(number));
  return new RestoreWorkers(
    worker,
    numbers.map(number => ({ root: target.root, prefix: target.prefix(number), sparse })),
  );
}

interface Run {
  readonly from: Restorable;
  readonly options: RestoreOptions;
  readonly target: DirectoryTarget;
  readonly workers: RestoreWorkers;
  readonly tally: Tally;
  readonly concurrency: number;
  readonly select: Select;
}

/** Plans a batch while the one before is written. */
async function runBatches(run: Run, visits: AsyncIterable<Visit>): Promise<RestoredNumbers> {
  const { from, options, target, workers, concurrency, select } = run;
  const { contents } = from;
  const { signal } = options;
  const restored = new RestoredNumbers();
  const completed = (file: PlannedFile): void => {
    if (file.outcome === 'written') restored.add(file.number);
    reportFile(target, file);
    run.tally.wrote(file);
  };
  const entries = new EntryPlanner({ target, contents, restored: number => restored.add(number) });
  const planner = new Planner({ target, contents, entries, select, delete: options.delete ?? false, signal });
  using filling = new Filling(contents, { target, workers, concurrency, completed, signal });
  let working: Promise<void> = Promise.resolve();
  try {
    for await (const batch of planner.batches(visits)) {
      await working;
      working = runBatch(run, { batch, filling, completed });
      working.catch(() => {}); // it is awaited before the next batch
    }
  } finally {
    await Promise.allSettled([working]);
  }
  await working;
  return restored;
}

interface BatchRun {
  readonly batch: Batch;
  readonly filling: Filling;
  readonly completed: (file: PlannedFile) => void;
}

async function runBatch({ options, target }: Run, { batch, filling, completed }: BatchRun): Promise<void> {
  const different = await filling.different(batch.compare);
  const write = [...batch.write];
  for (const file of batch.compare) {
    if (different.has(file)) write.push({ file, from: 0, to: file.pieces.length });
    else keep(target, file);
  }
  if (options.dryRun === true) {
    for (const { file, to } of write) {
      if (to < file.pieces.length) continue;
      file.outcome = 'written';
      completed(file);
    }
  } else await filling.write(write);
  for (const action of batch.afterwards) action();
}

function keep(target: DirectoryTarget, file: PlannedFile): void {
  file.outcome = 'kept';
  target.keep(file.place, file.entry);
}

function reportFile(target: DirectoryTarget, file: PlannedFile): void {
  const { path, entry, failure, problems, replaces } = file;
  if (failure === undefined) target.came(replaces ? 'updated' : 'written', path, entry, problems);
  else target.failed(path, failure);
}
