import type { StoreOptions } from '#storage/object-store.ts';
import type { StoredEntry } from '../browsing/browsable.ts';
import { type BytePath, joined } from '../trees/byte-path.ts';
import type { DirectoryTarget, EnteredDirectory } from '../trees/target/directory-target.ts';
import type { Failure } from '../trees/target/target-event.ts';
import { codeOf } from '../trees/target/target-metadata.ts';
import type { Contents } from './contents.ts';
import type { EntryPlanner } from './plan-entry.ts';
import type { Batch, PlannedFile, Slice } from './planned-file.ts';
import { damageFailure, notRestorable } from './reasons.ts';
import type { Select } from './selection.ts';
import type { DirectoryVisit, Visit } from './walk.ts';

export interface PlannerOptions extends StoreOptions {
  readonly contents: Contents;
  readonly target: DirectoryTarget;
  readonly entries: EntryPlanner;
  readonly select: Select;
  /** Removes from directories that are restored what is selected and not in the snapshot. */
  readonly delete: boolean;
}

/** A directory on the way from the root to where the walk is. */
interface Way {
  readonly visit: DirectoryVisit;
  /** Whether it was tried to enter it; until something in it is restored, it is not. */
  tried: boolean;
  entered?: EnteredDirectory | undefined;
}

/** What one batch holds at most. */
const piecesLimit = 4096;
const filesLimit = 1024;

/**
 * Turns a walk into batches. Directories are made as the walk comes to them, or to something in them that is restored; so is what is
 * neither file nor directory. Files are only planned.
 */
export class Planner {
  readonly #options: PlannerOptions;
  readonly #way: Way[] = [];
  #compare: PlannedFile[] = [];
  #write: Slice[] = [];
  #afterwards: (() => void)[] = [];
  #pieces = 0;

  constructor(options: PlannerOptions) {
    this.#options = options;
  }

  async *batches(visits: AsyncIterable<Visit>): AsyncGenerator<Batch> {
    for await (const visit of visits) {
      if (visit.kind === 'enter') this.#enter(visit);
      else if (visit.kind === 'leave') this.#leave(visit.directory);
      else {
        const pieces = this.#piecesOf(visit.entry);
        const file = this.#entry(visit, pieces instanceof Promise ? await pieces : pieces);
        if (file !== undefined) yield* this.#slices(file);
      }
      if (this.#isFull()) yield this.#take();
    }
    yield this.#take();
  }

  *#slices(file: PlannedFile): Generator<Batch> {
    const { length } = file.pieces;
    for (let from = 0; from === 0 || from < length; from += piecesLimit) {
      const to = Math.min(from + piecesLimit, length);
      this.#write.push({ file, from, to });
      this.#pieces += to - from;
      if (this.#isFull()) yield this.#take();
    }
  }

  #isFull(): boolean {
    const files = this.#write.length + this.#compare.length + this.#afterwards.length;
    return this.#pieces >= piecesLimit || files >= filesLimit;
  }

  #take(): Batch {
    const batch = { compare: this.#compare, write: this.#write, afterwards: this.#afterwards };
    [this.#compare, this.#write, this.#afterwards, this.#pieces] = [[], [], [], 0];
    return batch;
  }

  #enter(visit: DirectoryVisit): void {
    const { target } = this.#options;
    if (visit.entry === undefined) {
      this.#way.push({ visit, entered: target.enterRoot(), tried: true });
      return;
    }
    const { described } = visit.entry;
    this.#way.push({ visit, tried: described === undefined });
    if (described === undefined) {
      visit.skipped = true;
      target.failed(visit.path, notRestorable);
    } else if (visit.selected) this.#ensure(this.#way.length - 1);
  }

  /** The directory at that depth of the way, made if it has to be; what cannot be is not walked. */
  #ensure(depth: number): EnteredDirectory | undefined {
    const way = this.#way[depth];
    if (way === undefined || way.tried) return way?.entered;
    way.tried = true;
    const above = this.#ensure(depth - 1);
    const { entry } = way.visit;
    if (above !== undefined && entry?.described !== undefined) {
      way.entered = this.#options.target.enter(above, entry.described, entry.name);
    }
    if (way.entered === undefined) way.visit.skipped = true;
    return way.entered;
  }

  #leave(visit: DirectoryVisit): void {
    const way = this.#way.pop();
    const { target } = this.#options;
    if (visit.failure !== undefined) target.failed(visit.path, visit.failure);
    if (way?.entered === undefined) return;
    const { entered } = way;
    const described = visit.entry?.described;
    const entries = this.#options.delete ? visit.entries : undefined;
    this.#afterwards.push(() => {
      if (entries !== undefined) this.#removeExtras(entered, entries);
      if (described !== undefined) target.leave(entered, described);
    });
  }

  #removeExtras(directory: EnteredDirectory, entries: readonly StoredEntry[]): void {
    const { target, select } = this.#options;
    const expected = new Set<BytePath>(entries.map(({ name }) => name));
    try {
      for (const name of target.names(directory)) {
        const extra = !expected.has(name) && select(`/${joined(directory.path, name)}`).itself;
        if (extra) target.remove(directory, name);
      }
    } catch (thrown) {
      target.failed(directory.path, { code: codeOf(thrown) });
    }
  }

  /** Ids of what a file is made of, or why that cannot be known. */
  #piecesOf({ content }: StoredEntry): Pieces | Promise<Pieces> {
    const { contents, signal } = this.#options;
    const pieces = contents.pieces(content, { signal });
    return pieces instanceof Promise ? pieces.catch(damageFailure) : pieces;
  }

  /** A file whose content is to be written. */
  #entry(
    {
      path,
      entry: { name, described: entry, failure = notRestorable },
      number,
    }: Extract<Visit, { readonly kind: 'entry' }>,
    pieces: Pieces,
  ): PlannedFile | undefined {
    const directory = this.#ensure(this.#way.length - 1);
    if (directory === undefined) return undefined;
    if (entry === undefined || failure !== notRestorable || 'code' in pieces) {
      this.#options.target.failed(path, 'code' in pieces ? pieces : failure);
      return undefined;
    }
    const plan = this.#options.entries.plan({ directory, name, entry, pieces, number });
    if (plan.kind === 'compare') this.#compare.push(plan.file);
    else if (plan.kind === 'afterwards') this.#afterwards.push(plan.action);
    return plan.kind === 'write' ? plan.file : undefined;
  }
}

type Pieces = readonly string[] | Failure;
