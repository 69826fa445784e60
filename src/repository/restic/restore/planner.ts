import { type BytePath, bytePath, joined, pathBytes } from '../../trees/byte-path.ts';
import type { Entry } from '../../trees/entry.ts';
import type { DirectoryTarget, EnteredDirectory } from '../../trees/target/directory-target.ts';
import { codeOf } from '../../trees/target/target-metadata.ts';
import { nameOf, type TreeNode } from '../format/tree.ts';
import { entryOf } from './entry-of-node.ts';
import type { EntryPlanner } from './plan-entry.ts';
import type { Batch, PlannedFile, Slice } from './planned-file.ts';
import { notRestorable } from './reasons.ts';
import type { Select } from './selection.ts';
import type { DirectoryVisit, Visit } from './walk.ts';

export interface PlannerOptions {
  readonly target: DirectoryTarget;
  readonly entries: EntryPlanner;
  readonly select: Select;
  /** Removes from directories that are restored what is selected and not in the snapshot. */
  readonly delete: boolean;
}

/** A directory on the way from the root to where the walk is. */
interface Way {
  readonly visit: DirectoryVisit;
  readonly entry: Entry | undefined;
  /** Whether it was tried to enter it; until something in it is restored, it is not. */
  tried: boolean;
  entered?: EnteredDirectory | undefined;
}

/** What one batch holds at most. */
const blobsLimit = 4096;
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
  #blobs = 0;

  constructor(options: PlannerOptions) {
    this.#options = options;
  }

  async *batches(visits: AsyncIterable<Visit>): AsyncGenerator<Batch> {
    for await (const visit of visits) {
      if (visit.kind === 'enter') this.#enter(visit);
      else if (visit.kind === 'leave') this.#leave(visit.directory);
      else {
        const file = this.#entry(visit);
        if (file !== undefined) yield* this.#slices(file);
      }
      if (this.#isFull()) yield this.#take();
    }
    yield this.#take();
  }

  *#slices(file: PlannedFile): Generator<Batch> {
    const { length } = file.content;
    for (let from = 0; from === 0 || from < length; from += blobsLimit) {
      const to = Math.min(from + blobsLimit, length);
      this.#write.push({ file, from, to });
      this.#blobs += to - from;
      if (this.#isFull()) yield this.#take();
    }
  }

  #isFull(): boolean {
    const files = this.#write.length + this.#compare.length + this.#afterwards.length;
    return this.#blobs >= blobsLimit || files >= filesLimit;
  }

  #take(): Batch {
    const batch = { compare: this.#compare, write: this.#write, afterwards: this.#afterwards };
    [this.#compare, this.#write, this.#afterwards, this.#blobs] = [[], [], [], 0];
    return batch;
  }

  #enter(visit: DirectoryVisit): void {
    const { target } = this.#options;
    if (visit.node === undefined) {
      this.#way.push({ visit, entry: undefined, entered: target.enterRoot(), tried: true });
      return;
    }
    const entry = entryOf(pathBytes(visit.path), visit.node);
    this.#way.push({ visit, entry, tried: entry === undefined });
    if (entry === undefined) {
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
    if (above !== undefined && way.entry !== undefined) {
      way.entered = this.#options.target.enter(above, way.entry, way.visit.name);
    }
    if (way.entered === undefined) way.visit.skipped = true;
    return way.entered;
  }

  #leave(visit: DirectoryVisit): void {
    const way = this.#way.pop();
    const { target } = this.#options;
    if (visit.failure !== undefined) target.failed(visit.path, visit.failure);
    if (way?.entered === undefined) return;
    const { entered, entry } = way;
    const nodes = this.#options.delete ? visit.nodes : undefined;
    this.#afterwards.push(() => {
      if (nodes !== undefined) this.#removeExtras(entered, nodes);
      if (entry !== undefined) target.leave(entered, entry);
    });
  }

  #removeExtras(directory: EnteredDirectory, nodes: readonly TreeNode[]): void {
    const { target, select } = this.#options;
    const expected = new Set<BytePath>(nodes.map(node => bytePath(nameOf(node))));
    try {
      for (const name of target.names(directory)) {
        const extra = !expected.has(name) && select(`/${joined(directory.path, name)}`).itself;
        if (extra) target.remove(directory, name);
      }
    } catch (thrown) {
      target.failed(directory.path, { code: codeOf(thrown) });
    }
  }

  /** A file whose content is to be written. */
  #entry({ path, name, node, number }: Extract<Visit, { readonly kind: 'entry' }>): PlannedFile | undefined {
    const directory = this.#ensure(this.#way.length - 1);
    if (directory === undefined) return undefined;
    const entry = entryOf(pathBytes(path), node);
    if (entry === undefined) {
      this.#options.target.failed(path, notRestorable);
      return undefined;
    }
    const content = node.type === 'file' ? (node.content ?? []) : [];
    const plan = this.#options.entries.plan({ directory, name, entry, content, number });
    if (plan.kind === 'compare') this.#compare.push(plan.file);
    else if (plan.kind === 'afterwards') this.#afterwards.push(plan.action);
    return plan.kind === 'write' ? plan.file : undefined;
  }
}
