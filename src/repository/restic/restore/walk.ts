import type { StoreOptions } from '#storage/object-store.ts';
import { type BytePath, bytePath, joined } from '../../trees/byte-path.ts';
import type { Failure } from '../../trees/target/target-event.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import { reasons } from '../format/reasons.ts';
import { nameOf, type TreeNode } from '../format/tree.ts';
import { damageFailure } from './reasons.ts';
import type { Select } from './selection.ts';
import { TreeWindows } from './tree-windows.ts';

/** What a restore comes by, in order: a directory, what is in it, and its end. */
export type Visit =
  | DirectoryVisit
  | {
      readonly kind: 'entry';
      readonly path: BytePath;
      readonly name: BytePath;
      readonly node: TreeNode;
      readonly number: number;
    }
  | { readonly kind: 'leave'; readonly directory: DirectoryVisit };

/** A directory that is entered, or of which only something below may be restored. */
export interface DirectoryVisit {
  readonly kind: 'enter';
  /** Below what is restored; empty for that itself. */
  readonly path: BytePath;
  readonly name: BytePath;
  /** Absent for what is restored itself. */
  readonly node: TreeNode | undefined;
  readonly selected: boolean;
  /** What is in it, restored or not, once it is left; absent where it was not read. */
  nodes?: readonly TreeNode[] | undefined;
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
  readonly nodes: readonly TreeNode[];
  next: number;
}

/**
 * Walks what is to be restored of a tree, in the order of the names' bytes. Entries have numbers, the same in every walk of the
 * same selection. A directory that cannot be read is visited as one that holds nothing, and says why.
 *
 * @throws what the store throws, unless something is damaged or gone
 */
export class TreeWalk {
  readonly #trees: TreeWindows;
  readonly #options: WalkOptions;
  #numbered = 0;

  constructor(repository: IndexedRepository, options: WalkOptions) {
    this.#trees = new TreeWindows(repository);
    this.#options = options;
  }

  /** Below a tree. */
  async *below(tree: string): AsyncGenerator<Visit> {
    const root = rootVisit();
    yield root;
    const steps = [await this.#step(root, tree)];
    for (let step = steps.at(-1); step !== undefined; step = steps.at(-1)) {
      const node = step.visit.skipped ? undefined : step.nodes[step.next++];
      if (node === undefined) {
        steps.pop();
        yield { kind: 'leave', directory: step.visit };
        continue;
      }
      const below = yield* this.#visit(step.visit, node);
      if (below !== undefined) steps.push(await this.#enter(below, steps.length));
    }
  }

  /** One entry by itself, in the directory that is restored to. */
  async *only(node: TreeNode): AsyncGenerator<Visit> {
    const root = rootVisit();
    yield root;
    yield* this.#visit(root, node);
    yield { kind: 'leave', directory: root };
  }

  *#visit(above: DirectoryVisit, node: TreeNode): Generator<Visit, DirectoryVisit | undefined> {
    const name = bytePath(nameOf(node));
    const path = joined(above.path, name);
    const { itself, below } = this.#options.select(`/${path}`);
    if (node.type !== 'dir') {
      const number = this.#numbered++;
      if (itself) yield { kind: 'entry', path, name, node, number };
      return undefined;
    }
    if (!itself && !below) return undefined;
    const visit: DirectoryVisit = { kind: 'enter', path, name, node, selected: itself, skipped: !below };
    yield visit;
    return visit;
  }

  async #enter(visit: DirectoryVisit, depth: number): Promise<Step> {
    if (visit.skipped) return { visit, nodes: [], next: 0 };
    if (depth < depthLimit) return this.#step(visit, visit.node?.subtree ?? '');
    visit.failure = { code: 'ELOOP', detail: reasons.treeDepth };
    return { visit, nodes: [], next: 0 };
  }

  async #step(visit: DirectoryVisit, tree: string): Promise<Step> {
    const { signal } = this.#options;
    try {
      const nodes = await this.#trees.read(tree, { signal });
      visit.nodes = nodes;
      return { visit, nodes, next: 0 };
    } catch (thrown) {
      visit.failure = damageFailure(thrown);
      return { visit, nodes: [], next: 0 };
    }
  }
}

/** The directory that is restored to. */
function rootVisit(): DirectoryVisit {
  return { kind: 'enter', path: '', name: '', node: undefined, selected: true, skipped: false };
}
