import type { StoreOptions } from '#storage/object-store.ts';
import type { StoredEntry } from '../browsing/browsable.ts';
import { type BytePath, joined } from '../trees/byte-path.ts';
import type { Failure } from '../trees/target/target-event.ts';
import type { Restorable } from './contents.ts';
import { damageFailure, tooDeep } from './reasons.ts';
import type { Select } from './selection.ts';

/** What a restore comes by, in order: a directory, what is in it, and its end. */
export type Visit =
  | DirectoryVisit
  | {
      readonly kind: 'entry';
      readonly path: BytePath;
      readonly entry: StoredEntry;
      readonly number: number;
    }
  | { readonly kind: 'leave'; readonly directory: DirectoryVisit };

/** A directory that is entered, or of which only something below may be restored. */
export interface DirectoryVisit {
  readonly kind: 'enter';
  /** Below what is restored; empty for that itself. */
  readonly path: BytePath;
  /** Absent for what is restored itself. */
  readonly entry: StoredEntry | undefined;
  readonly selected: boolean;
  /** What is in it, restored or not, once it is left; absent where it was not read. */
  entries?: readonly StoredEntry[] | undefined;
  /** Why it cannot be read, once it is left. */
  failure?: Failure | undefined;
  /** Set by who visits: nothing below it is visited. */
  skipped: boolean;
}

export interface WalkOptions extends StoreOptions {
  readonly select: Select;
}

/** A path on Linux has at most 4096 bytes. */
const depthLimit = 2048;

interface Step {
  readonly visit: DirectoryVisit;
  readonly entries: readonly StoredEntry[];
  next: number;
}

/**
 * Walks what is to be restored of a tree, in the order of the names' bytes. Entries have numbers, the same in every walk of the
 * same selection. A directory that cannot be read is visited as one that holds nothing, and says why.
 *
 * @throws what the store throws, unless something is damaged or gone
 */
export class RestoreWalk {
  readonly #source: Pick<Restorable, 'list'>;
  readonly #options: WalkOptions;
  #numbered = 0;

  constructor(source: Pick<Restorable, 'list'>, options: WalkOptions) {
    this.#source = source;
    this.#options = options;
  }

  /** Below a directory. */
  async *below(reference: string): AsyncGenerator<Visit> {
    const root = rootVisit();
    yield root;
    const steps = [await this.#step(root, reference)];
    for (let step = steps.at(-1); step !== undefined; step = steps.at(-1)) {
      const entry = step.visit.skipped ? undefined : step.entries[step.next++];
      if (entry === undefined) {
        steps.pop();
        yield { kind: 'leave', directory: step.visit };
        continue;
      }
      const visit = this.#visit(step.visit, entry);
      if (visit === undefined) continue;
      yield visit;
      if (visit.kind === 'enter') steps.push(await this.#enter(visit, steps.length));
    }
  }

  /** One entry by itself, in the directory that is restored to. */
  async *only(entry: StoredEntry): AsyncGenerator<Visit> {
    const root = rootVisit();
    yield root;
    const visit = this.#visit(root, entry);
    if (visit !== undefined) yield visit;
    yield { kind: 'leave', directory: root };
  }

  #visit(above: DirectoryVisit, entry: StoredEntry): Exclude<Visit, { kind: 'leave' }> | undefined {
    const path = joined(above.path, entry.name);
    const { itself, below } = this.#options.select(`/${path}`);
    if (entry.directory === undefined) {
      const number = this.#numbered++;
      return itself ? { kind: 'entry', path, entry, number } : undefined;
    }
    if (!itself && !below) return undefined;
    return { kind: 'enter', path, entry, selected: itself, skipped: !below };
  }

  async #enter(visit: DirectoryVisit, depth: number): Promise<Step> {
    if (visit.skipped) return { visit, entries: [], next: 0 };
    if (depth < depthLimit) return this.#step(visit, visit.entry?.directory ?? '');
    visit.failure = tooDeep;
    return { visit, entries: [], next: 0 };
  }

  async #step(visit: DirectoryVisit, reference: string): Promise<Step> {
    const { signal } = this.#options;
    try {
      const entries = await this.#source.list(reference, { signal, targets: true });
      visit.entries = entries;
      return { visit, entries, next: 0 };
    } catch (thrown) {
      visit.failure = damageFailure(thrown);
      return { visit, entries: [], next: 0 };
    }
  }
}

/** The directory that is restored to. */
function rootVisit(): DirectoryVisit {
  return { kind: 'enter', path: '', entry: undefined, selected: true, skipped: false };
}
