import { type Clock, systemClock } from '#foundation/clock.ts';
import { describeThrown, HozonError, isHozonError } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import { retry } from '#foundation/retry.ts';
import { raise } from './errors.ts';
import type { StepEvents } from './events.ts';
import type { HeldJournal } from './journal.ts';
import { Ledger } from './ledger.ts';
import type { Procedure, Step, StepRun, Undo } from './step.ts';

export interface UndoOptions {
  readonly onEvent?: StepEvents | undefined;
  readonly clock?: Clock | undefined;
}

/** How long the undoing of a step is tried again that fails with what may pass. Milliseconds. */
const insistence = 120_000;
const backoff = { attempts: Number.POSITIVE_INFINITY, firstDelay: 500, maxDelay: 10_000 };

/**
 * Takes back what a journal says was begun, the last first, and keeps no journal when all of it is. Steps without an undo are passed over.
 * Nobody's wish ends it but the loss of the lock: half of it would be worse than none.
 *
 * @throws `steps.undo-failed`, `steps.lock-lost`, `steps.foreign-journal`
 */
export async function undo(
  procedure: Procedure,
  held: HeldJournal,
  options: UndoOptions = {},
): Promise<void> {
  requireKnown(procedure, held);
  await takeBack(procedure, new Ledger(procedure, held), options);
}

/** Refuses a journal that names what the procedure does not have. @throws `steps.foreign-journal` */
export function requireKnown(procedure: Procedure, { found }: Pick<HeldJournal, 'found'>): void {
  if (found === undefined) return;
  const { name } = procedure;
  const known = new Set(everyStep(procedure).map(({ id }) => id));
  const foreign = Object.keys(found.steps).find(id => !known.has(id));
  if (found.procedure === name && foreign === undefined) return;
  throw raise['foreign-journal']({
    found: [found.procedure, foreign].filter(each => each !== undefined).join(' '),
    wanted: name,
  });
}

/** The same, of a journal that is open already. */
export async function takeBack(
  procedure: Procedure,
  ledger: Ledger,
  { onEvent = () => {}, clock = systemClock }: UndoOptions,
): Promise<void> {
  for (const step of everyStep(procedure).toReversed()) await takeBackOne(step, { ledger, onEvent, clock });
  await ledger.clear();
}

function everyStep({ steps, others = [] }: Procedure): readonly Step[] {
  return [...others, ...steps];
}

async function takeBackOne(step: Step, undoing: Undoing & { readonly clock: Clock }): Promise<void> {
  const { ledger, onEvent, clock } = undoing;
  const state = ledger.stateOf(step.id);
  const how = step.undo;
  if (how === undefined || (state !== 'begun' && state !== 'proven')) return;
  onEvent({ kind: 'undoing', step });
  try {
    await insist(() => performUndo(step, how, undoing), ledger.lost, clock);
  } catch (thrown) {
    if (ledger.lost.aborted || isHozonError(thrown, 'steps.lock-lost')) throw thrown;
    const { title } = how;
    const command = how.command?.(ledger.memoryOf(step.id));
    throw raise['undo-failed']({ step: title, command, reason: reasonOf(thrown) }, { cause: thrown });
  }
  onEvent({ kind: 'undone', step });
}

/** Half of an undoing is worse than a late one: what may pass, as a server that is away, is waited for. */
async function insist(work: () => Promise<void>, signal: AbortSignal, clock: Clock): Promise<void> {
  const begun = clock.monotonic();
  const retryable = (thrown: unknown): boolean =>
    isHozonError(thrown) && thrown.retry === 'later' && clock.monotonic() - begun < insistence;
  await retry(work, { backoff, clock, signal, retryable });
}

interface Undoing {
  readonly ledger: Ledger;
  readonly onEvent: StepEvents;
}

async function performUndo(step: Step, how: Undo, { ledger, onEvent }: Undoing): Promise<void> {
  await ledger.turnBack(); // before each act: whoever cannot write the journal has perhaps lost it, and changes nothing
  const run = stepRun(step, { ledger, onEvent, signal: ledger.lost });
  const memory = ledger.memoryOf(step.id);
  await how.act(run, memory);
  const proof = await how.prove(run, memory);
  if (!proof.proven) throw raise.unproven({ step: how.title, reason: proof.reason });
  await ledger.write({ [step.id]: { state: 'undone' } });
}

/** What a step is given. */
export function stepRun(
  step: Step,
  { ledger, onEvent, signal }: Undoing & { readonly signal: AbortSignal },
): StepRun {
  return {
    signal,
    resultOf: id => ledger.resultOf(id),
    memoryOf: id => ledger.memoryOf(id),
    report: detail => onEvent({ kind: 'waiting', step, detail }),
    confirm: () => ledger.confirm(),
    note: remark => onEvent({ kind: 'remark', step, remark }),
  };
}

function reasonOf(thrown: unknown): Message {
  if (thrown instanceof HozonError) return { en: () => thrown.explain('en'), ja: () => thrown.explain('ja') };
  return { en: () => describeThrown(thrown), ja: () => describeThrown(thrown) };
}
