import { isHozonError } from '#foundation/errors.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { Fault } from '../../format/fault.ts';
import { jsonNumber, wholeNumber } from '../../format/go-json.ts';
import { quoteName } from '../../format/go-quote.ts';
import { contentSize, isDamage, readBlob } from '../access/blobs.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import { nameOf, type TreeNode, writeTree } from '../format/tree.ts';
import { everyTree } from '../reading/every-tree.ts';
import { readTreeLeniently } from './lenient-tree.ts';

/** What was done to an entry of a snapshot. */
export interface TreeChange {
  /** As Go quotes it. */
  readonly path: string;
  /**
   * `content`: a part of a file's content is left out. `size`: a file's size was not that of its content. `directory`: it cannot
   * be read, and is empty now. `entries`: entries that are not valid are left out.
   */
  readonly what: 'content' | 'size' | 'directory' | 'entries';
}

export interface RepairTreesOptions extends StoreOptions {
  /** Stores the plain text of a tree; its id. */
  readonly save: (plain: Buffer) => Promise<string>;
  readonly onChange: (change: TreeChange) => void;
}

/** A path on Linux has at most 4096 bytes. */
const depthLimit = 2048;

/** Whether these trees, with what is below them, have anything to repair. Nothing is written. */
export async function needRepair(
  repository: IndexedRepository,
  roots: Iterable<string>,
  options: StoreOptions,
): Promise<boolean> {
  let found = false;
  await everyTree(
    repository,
    roots,
    ({ nodes, failure }) => {
      const isSound = (node: TreeNode): boolean =>
        node.type !== 'irregular' && (node.type !== 'file' || mendFile(repository, node) === undefined);
      found ||= failure !== undefined || !nodes.every(isSound);
    },
    options,
  );
  return found;
}

/** Writes the trees of one snapshot anew without what is lost in them. One that occurs several times is repaired once. */
export class TreeRepair {
  readonly #repository: IndexedRepository;
  readonly #options: RepairTreesOptions;
  readonly #sound: Set<string>;
  /** The new ids of trees that were not. */
  readonly #repaired = new Map<string, string>();

  /** @param sound trees that are known to be whole, with what is below them; more are added */
  constructor(repository: IndexedRepository, sound: Set<string>, options: RepairTreesOptions) {
    this.#repository = repository;
    this.#sound = sound;
    this.#options = options;
  }

  /** The id of the repaired tree, which may be the same; `undefined` where the root itself cannot be read. */
  async root(tree: string): Promise<string | undefined> {
    return this.#repair(tree, '', 0);
  }

  async #repair(tree: string, path: string, depth: number): Promise<string | undefined> {
    this.#options.signal?.throwIfAborted();
    const known = this.#sound.has(tree) ? tree : this.#repaired.get(tree);
    if (known !== undefined) return known;
    const left = depth > depthLimit ? undefined : await this.#read(tree);
    if (left === undefined) return undefined;
    if (!left.complete) this.#options.onChange({ path: path === '' ? '/' : path, what: 'entries' });
    const nodes: TreeNode[] = [];
    for (const node of left.nodes) {
      nodes.push(await this.#mend(node, { path: `${path}/${quoteName(nameOf(node))}`, depth }));
    }
    if (left.complete && nodes.every((node, at) => node === left.nodes[at])) {
      this.#sound.add(tree);
      return tree;
    }
    const id = await this.#options.save(writeTree(nodes));
    this.#repaired.set(tree, id);
    return id;
  }

  async #mend(
    node: TreeNode,
    { path, depth }: { readonly path: string; readonly depth: number },
  ): Promise<TreeNode> {
    if (node.type === 'file') {
      const mended = mendFile(this.#repository, node);
      if (mended === undefined) return node;
      const isCut = (mended.content ?? []).length !== (node.content ?? []).length;
      this.#options.onChange({ path, what: isCut ? 'content' : 'size' });
      return mended;
    }
    if (node.type !== 'dir' || node.subtree === undefined) return node;
    const subtree = await this.#repair(node.subtree, path, depth + 1);
    if (subtree === node.subtree) return node;
    if (subtree !== undefined) return { ...node, subtree };
    this.#options.onChange({ path, what: 'directory' });
    return { ...node, subtree: await this.#options.save(writeTree([])) };
  }

  async #read(tree: string) {
    try {
      return readTreeLeniently(await readBlob(this.#repository, 'tree', tree, this.#options));
    } catch (thrown) {
      if (isDamage(thrown) || thrown instanceof Fault || isHozonError(thrown, 'repository.blob-missing')) {
        return undefined;
      }
      throw thrown;
    }
  }
}

/** A file without the blobs that no index names, and its size as it is then; `undefined` where it stays as it is. */
function mendFile({ index }: IndexedRepository, node: TreeNode): TreeNode | undefined {
  const all = node.content ?? [];
  let size = 0n;
  const content = all.filter(id => {
    const entry = index.first('data', id);
    if (entry >= 0) size += BigInt(contentSize(index.place(entry)));
    return entry >= 0;
  });
  if (content.length === all.length && size === (wholeNumber(node.size) ?? 0n)) return undefined;
  const { size: _, ...rest } = node;
  return { ...rest, ...(size === 0n ? {} : { size: jsonNumber(size) }), content };
}
