import { isDeepStrictEqual } from 'node:util';
import { type Clock, systemClock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import { raise } from './errors.ts';
import type { StepEvents } from './events.ts';
import type { HeldJournal, JournalRecord, StepRecord } from './journal.ts';
import { Ledger } from './ledger.ts';
import type { Json, Procedure, Step } from './step.ts';
import { requireKnown, stepRun, takeBack } from './undo.ts';

export interface PerformOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: StepEvents | undefined;
  /** For waits between attempts to take something back. */
  readonly clock?: Clock | undefined;
}

/** How a procedure ended. In each but `stopped` nothing is left in the journal. */
export type Performed =
  | { readonly end: 'finished'; readonly results: Readonly<Record<string, Json>> }
  /** What a step failed with, and all that was changed is as it was before. */
  | { readonly end: 'undone'; readonly step: Step; readonly failure: unknown }
  /** What a step failed with; the next run goes on there. */
  | { readonly end: 'stopped'; readonly step: Step; readonly failure: unknown };

/**
 * Performs a procedure, from its beginning or from where a dead run stopped. The journal is written before each act, with what was there
 * before, and behind each proof; so at every moment the process may die, and any other one goes on or takes back.
 *
 * What a dead run of another input left, or one that was taking back, or what is no longer so although it is needed, is taken back first.
 * Of one that had come to its end but for the journal, nothing is gone on with or taken back.
 *
 * @throws `steps.undo-failed`, `steps.lock-lost`, `steps.foreign-journal`; what fails in a step is in the outcome
 */
export async function perform(
  procedure: Procedure,
  held: HeldJournal,
  options: PerformOptions = {},
): Promise<Performed> {
  requireKnown(procedure, held);
  const { found } = held;
  const ledger = new Ledger(procedure, held);
  const isOurs = found === undefined || isGoneOnWith(found, procedure);
  if (found !== undefined && isOurs && procedure.steps.every(({ id }) => ledger.isDone(id))) {
    await end(procedure, ledger, options.onEvent);
  } else {
    const performed = await goOn(procedure, ledger, { ...options, isGoneOn: isOurs });
    if (performed !== undefined) return performed;
    await takeBack(procedure, ledger, options);
  }
  return new Performance(procedure, new Ledger(procedure, fresh(held)), options).run(0);
}

/** `undefined` where what is there is taken back first. */
async function goOn(
  procedure: Procedure,
  ledger: Ledger,
  { isGoneOn, ...options }: PerformOptions & { readonly isGoneOn: boolean },
): Promise<Performed | undefined> {
  if (!isGoneOn) return undefined;
  const performance = new Performance(procedure, ledger, options);
  if (!ledger.isTouched) return ledger.isEmpty ? performance.run(0) : undefined;
  const from = await performance.whereToGoOn();
  return typeof from === 'number' ? performance.run(from) : from;
}

/** Whether a run of `procedure` goes on with what a dead one left, or takes it back first. */
export function isGoneOnWith(found: JournalRecord, { input }: Pick<Procedure, 'input'>): boolean {
  return found.direction === 'forward' && isDeepStrictEqual(found.input, input);
}

function fresh(held: HeldJournal): HeldJournal {
  return {
    found: undefined,
    lost: held.lost,
    save: record => held.save(record),
    confirm: () => held.confirm(),
    clear: () => held.clear(),
    [Symbol.asyncDispose]: () => held[Symbol.asyncDispose](),
  };
}

async function end(procedure: Procedure, ledger: Ledger, onEvent: StepEvents = () => {}): Promise<void> {
  const step = procedure.steps.at(-1);
  if (step !== undefined) await procedure.tidy?.(stepRun(step, { ledger, onEvent, signal: ledger.lost }));
  await ledger.clear();
}

class Performance {
  readonly #procedure: Procedure;
  readonly #ledger: Ledger;
  readonly #onEvent: StepEvents;
  readonly #signal: AbortSignal;
  readonly #clock: Clock;
  #at: Step | undefined;

  constructor(procedure: Procedure, ledger: Ledger, options: PerformOptions) {
    const { signal, onEvent = () => {}, clock = systemClock } = options;
    this.#clock = clock;
    this.#procedure = procedure;
    this.#ledger = ledger;
    this.#onEvent = onEvent;
    this.#signal = signal === undefined ? ledger.lost : AbortSignal.any([signal, ledger.lost]);
  }

  async run(from: number): Promise<Performed> {
    try {
      await this.#forward(from);
    } catch (failure) {
      return this.#fail(failure);
    }
    const results = Object.fromEntries(
      this.#procedure.steps.flatMap(({ id }): [string, Json][] => {
        const result = this.#ledger.resultOf(id);
        return result === undefined ? [] : [[id, result]];
      }),
    );
    await end(this.#procedure, this.#ledger, this.#onEvent);
    return { end: 'finished', results };
  }

  async #forward(from: number): Promise<void> {
    const { steps } = this.#procedure;
    for (const step of steps.slice(0, from)) this.#onEvent({ kind: 'found-done', step });
    for (const step of steps.slice(from)) {
      this.#at = step;
      this.#signal.throwIfAborted();
      await this.#one(step);
    }
  }

  /** The first step that is not done; `undefined` where one before it is no longer so, and is needed by one that is still to be done. */
  async whereToGoOn(): Promise<number | Performed | undefined> {
    const { steps } = this.#procedure;
    const open = steps.findIndex(({ id }) => !this.#ledger.isDone(id));
    const ahead = new Set(steps.slice(open).map(({ id }) => id));
    try {
      for (const step of steps.slice(0, open)) {
        this.#at = step;
        const isNeeded = step.neededBy?.some(id => ahead.has(id)) === true;
        if (isNeeded && !(await this.#isSo(step))) return undefined;
      }
    } catch (failure) {
      return this.#fail(failure);
    }
    return open;
  }

  async #one(step: Step): Promise<void> {
    const state = this.#ledger.stateOf(step.id);
    const again = state === 'begun' || state === 'proven';
    if (again && (await this.#isSo(step))) {
      const result = this.#ledger.resultOf(step.id);
      await this.#ledger.prove(step, result);
      this.#onEvent({ kind: 'found-done', step });
      return;
    }
    if (!again) await step.check?.(this.#runOf(step));
    await this.#ledger.write(await this.#noted(step));
    this.#onEvent({ kind: 'begun', step, again });
    await this.#actAndProve(step);
  }

  /** What is written before a step acts. With the first of all, what others want to remember by then. */
  async #noted(step: Step): Promise<Record<string, StepRecord>> {
    const first = !this.#ledger.isTouched && step.onlyLooks !== true;
    const others = this.#procedure.steps.filter(each => first && each.remembersFirst === true);
    const noted: Record<string, StepRecord> = {};
    for (const each of new Set([...others, step])) {
      const state = each === step ? 'begun' : 'noted';
      const memory = this.#ledger.hasMemory(each.id) ? undefined : await each.remember?.(this.#runOf(each));
      noted[each.id] = { state, ...(memory === undefined ? {} : { memory }) };
    }
    return noted;
  }

  async #actAndProve(step: Step): Promise<void> {
    const run = this.#runOf(step);
    const memory = this.#ledger.memoryOf(step.id);
    const result = await step.act(run, memory);
    const proof = await step.prove(run, { memory, result });
    if (!proof.proven) throw raise.unproven({ step: step.title, reason: proof.reason });
    await this.#ledger.prove(step, result);
    this.#onEvent({ kind: 'proven', step });
  }

  async #isSo(step: Step): Promise<boolean> {
    const known = {
      memory: this.#ledger.memoryOf(step.id),
      result: this.#ledger.resultOf(step.id),
    };
    return (await step.prove(this.#runOf(step), known)).proven;
  }

  #runOf(step: Step) {
    return stepRun(step, { ledger: this.#ledger, onEvent: this.#onEvent, signal: this.#signal });
  }

  /** Whoever has lost the lock changes nothing any more. */
  async #fail(failure: unknown): Promise<Performed> {
    const step = this.#at;
    if (step === undefined || this.#ledger.lost.aborted || isHozonError(failure, 'steps.lock-lost')) {
      throw failure;
    }
    this.#onEvent({ kind: 'failed', step, failure });
    if (this.#procedure.onFailure === 'stop') return { end: 'stopped', step, failure };
    await takeBack(this.#procedure, this.#ledger, { onEvent: this.#onEvent, clock: this.#clock });
    return { end: 'undone', step, failure };
  }
}
