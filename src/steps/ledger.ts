import type { HeldJournal, JournalRecord, StepRecord } from './journal.ts';
import type { Json, Procedure, Step } from './step.ts';

/** The journal of one run, as it is kept and as it is known here: nothing is known that is not kept. */
export class Ledger {
  readonly #held: HeldJournal;
  readonly #looks: ReadonlySet<string>;
  #record: JournalRecord;

  constructor(procedure: Pick<Procedure, 'name' | 'input' | 'steps' | 'others'>, held: HeldJournal) {
    this.#held = held;
    this.#looks = new Set(procedure.steps.filter(({ onlyLooks }) => onlyLooks === true).map(({ id }) => id));
    this.#record = held.found ?? {
      procedure: procedure.name,
      input: procedure.input,
      direction: 'forward',
      steps: {},
    };
  }

  get lost(): AbortSignal {
    return this.#held.lost;
  }

  get direction(): JournalRecord['direction'] {
    return this.#record.direction;
  }

  stateOf(id: string): StepRecord['state'] | undefined {
    return this.#record.steps[id]?.state;
  }

  /** Whether nothing is left to be done of it: it is proven, or a later step has settled it. */
  isDone(id: string): boolean {
    const state = this.stateOf(id);
    return state === 'proven' || (state === 'undone' && this.direction === 'forward');
  }

  hasMemory(id: string): boolean {
    return this.#record.steps[id]?.memory !== undefined;
  }

  memoryOf(id: string): Json | undefined {
    return this.#record.steps[id]?.memory;
  }

  resultOf(id: string): Json | undefined {
    const found = this.#record.steps[id];
    return found?.state === 'proven' ? found.result : undefined;
  }

  get isEmpty(): boolean {
    return Object.keys(this.#record.steps).length === 0;
  }

  /** Whether anything may have been changed that is not taken back. */
  get isTouched(): boolean {
    return Object.entries(this.#record.steps).some(
      ([id, { state }]) => (state === 'begun' || state === 'proven') && !this.#looks.has(id),
    );
  }

  /** What is said of steps that are not named stays; so does a memory, for ever. */
  async write(steps: Readonly<Record<string, StepRecord>>): Promise<void> {
    const entries = Object.entries(steps).map(([id, step]): [string, StepRecord] => {
      const memory = this.memoryOf(id) ?? step.memory;
      return [id, { ...step, ...(memory === undefined ? {} : { memory }) }];
    });
    await this.#keep({ ...this.#record, steps: { ...this.#record.steps, ...Object.fromEntries(entries) } });
  }

  async prove({ id, settles = [] }: Step, result: Json | undefined): Promise<void> {
    const settled = settles.flatMap((each): [string, StepRecord][] =>
      this.#record.steps[each] === undefined ? [] : [[each, { state: 'undone' }]],
    );
    const proven: StepRecord = { state: 'proven', ...(result === undefined ? {} : { result }) };
    await this.write({ ...Object.fromEntries(settled), [id]: proven });
  }

  async turnBack(): Promise<void> {
    await this.#keep({ ...this.#record, direction: 'back' });
  }

  confirm(): Promise<void> {
    return this.#held.confirm();
  }

  clear(): Promise<void> {
    return this.#held.clear();
  }

  async #keep(record: JournalRecord): Promise<void> {
    await this.#held.save(record);
    this.#record = record;
  }
}
