import { say } from '#foundation/language.ts';
import type { HeldJournal, Journal } from '../journal.ts';
import { type Procedure, proven, type Step, unproven } from '../step.ts';

/** What befalls a run, and at which of its operations on the world or the journal. */
export interface Fault {
  readonly at: number;
  readonly how: 'killed before' | 'killed behind' | 'fails';
}

/** As if the process had gone: nothing of what it goes on to do happens. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

/** `change`: a cell becomes another, for good. `while`: as long as the procedure goes on. `look`: nothing. */
export type Kind = 'change' | 'look' | 'while';

/** One cell for each step. */
export function cellsOf(kinds: readonly Kind[]): number[] {
  return kinds.map((_, at) => at + 1);
}

const changed = 100;

/** Cells that steps change, by operations of which each may be the last one of the process. */
export class World {
  readonly cells: number[];
  changes = 0;
  isDead = false;
  /** What the cells were whenever the journal was cleared; the first: at the beginning. */
  readonly epochs: (readonly number[])[];
  onChange: () => Promise<void> = async () => {};
  #operations = 0;
  #fault: Fault | undefined;

  constructor(cells: readonly number[]) {
    this.cells = [...cells];
    this.epochs = [[...cells]];
  }

  /** A new process, and what it is going to meet. */
  meet(fault: Fault | undefined): void {
    [this.#operations, this.#fault, this.isDead] = [0, fault, false];
  }

  async operate<T>(work: () => Promise<T> | T): Promise<T> {
    if (this.isDead) throw new Killed();
    const met = this.#operations++ === this.#fault?.at ? this.#fault.how : undefined;
    if (met === 'fails') throw new Error('something failed');
    if (met === 'killed before') this.#die();
    const made = await work();
    if (met === 'killed behind') this.#die();
    return made;
  }

  set(at: number, value: number): Promise<void> {
    return this.operate(async () => {
      await this.onChange();
      this.changes++;
      this.cells[at] = value;
    });
  }

  get(at: number): Promise<number> {
    return this.operate(() => this.cells[at] ?? 0);
  }

  /** What is there when a procedure on these has come to its end. */
  whenFinished(kinds: readonly Kind[]): number[] {
    return kinds.map((kind, at) => at + 1 + (kind === 'change' ? changed : 0));
  }

  /** The journal, each of whose operations counts, too. */
  watched(journal: Journal): Journal {
    return {
      load: () => this.operate(() => journal.load()),
      claim: async () => this.#watchedHeld(await journal.claim()),
    };
  }

  #watchedHeld(held: HeldJournal): HeldJournal {
    return {
      found: held.found,
      lost: held.lost,
      save: record => this.operate(() => held.save(record)),
      confirm: () => this.operate(() => held.confirm()),
      clear: () =>
        this.operate(async () => {
          await held.clear();
          this.epochs.push([...this.cells]);
        }),
      [Symbol.asyncDispose]: async () => {
        if (!this.isDead) await held[Symbol.asyncDispose]();
      },
    };
  }

  #die(): never {
    this.isDead = true;
    throw new Killed();
  }
}

/** A procedure with one step for each kind, and behind all of them one that ends each `while`. */
export function procedureOn(
  world: World,
  kinds: readonly Kind[],
  onFailure: Procedure['onFailure'],
): Procedure {
  const ends = kinds.flatMap((kind, at) => (kind === 'while' ? [endOf(world, at)] : []));
  return { name: 'test', input: 1, onFailure, steps: [...kinds.map(stepOf(world)), ...ends] };
}

function stepOf(world: World): (kind: Kind, at: number, kinds: readonly Kind[]) => Step {
  return (kind, at, kinds) => {
    const id = `${kind}-${at}`;
    if (kind === 'look') return lookingStep(world, id, at);
    const others = kinds.map((each, other) => `${each}-${other}`).slice(at + 1);
    return {
      id,
      title: say(id, id),
      remembersFirst: true,
      neededBy: kind === 'while' ? others : [],
      remember: () => world.get(at),
      async act() {
        await world.set(at, at + 1 + changed);
        return at;
      },
      prove: () => isAt(world, at, at + 1 + changed),
      undo: {
        title: say(`undo ${id}`, `undo ${id}`),
        act: (_, memory) => world.set(at, Number(memory)),
        prove: (_, memory) => isAt(world, at, Number(memory)),
      },
    };
  };
}

function lookingStep(world: World, id: string, at: number): Step {
  return {
    id,
    title: say(id, id),
    onlyLooks: true,
    async act() {
      return world.get(at);
    },
    prove: async (_, { result }) => (result === undefined ? unproven(say('not seen', '未確認')) : proven),
  };
}

/** What began the `while` remembers what comes back. */
function endOf(world: World, at: number): Step {
  const id = `end-${at}`;
  return {
    id,
    title: say(id, id),
    settles: [`while-${at}`],
    async act(run) {
      await world.set(at, Number(run.memoryOf(`while-${at}`)));
      return undefined;
    },
    prove: run => isAt(world, at, Number(run.memoryOf(`while-${at}`))),
  };
}

async function isAt(world: World, at: number, wanted: number) {
  return (await world.get(at)) === wanted ? proven : unproven(say('it is another', '異なります'));
}
