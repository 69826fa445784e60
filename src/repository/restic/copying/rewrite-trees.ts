import type { StoreOptions } from '#storage/object-store.ts';
import { wholeNumber } from '../../format/go-json.ts';
import { type BytePath, bytePath } from '../../trees/byte-path.ts';
import { readTreeBlob } from '../access/blobs.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import { type TreeNode, writeTree } from '../format/tree.ts';
import { below } from '../reading/browse.ts';
import { subtreeOf, withEntries } from '../reading/subtrees.ts';

/** What became of a directory. */
export interface RewrittenTree {
  readonly id: string;
  /** Of what is left, at any depth. */
  readonly files: number;
  readonly bytes: number;
  /** Entries that were taken out; what is below them is not counted. */
  readonly excluded: number;
}

export interface TreeRewriting extends StoreOptions {
  readonly excludes: (path: BytePath) => boolean;
  /** Stores a tree; its id. */
  readonly store: (plain: Buffer) => Promise<string>;
}

/** Results that are remembered at most: some 30 MB. */
const limit = 100_000;

/**
 * Takes entries out of directories. A directory that another snapshot has in the same place is looked at once; one of
 * which nothing was taken stays as it is, byte for byte.
 */
export class TreeRewriter {
  readonly #repository: IndexedRepository;
  readonly #rewriting: TreeRewriting;
  readonly #known = new Map<string, RewrittenTree>();

  constructor(repository: IndexedRepository, rewriting: TreeRewriting) {
    this.#repository = repository;
    this.#rewriting = rewriting;
  }

  /** @throws as reading and storing blobs does */
  async rewrite(id: string): Promise<RewrittenTree> {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const nodes = await readTreeBlob(this.#repository, id, this.#rewriting);
    return this.#directory({ id, path: Buffer.alloc(0), nodes });
  }

  async #directory(directory: DirectoryToRewrite): Promise<RewrittenTree> {
    const { id, path: parent, nodes } = directory;
    const kept: TreeNode[] = [];
    const sum = { files: 0, bytes: 0, excluded: 0 };
    for await (const { node, entries } of this.#children(directory)) {
      const path = below(parent, node);
      const excluded = this.#isExcluded(path);
      const inside = excluded ? nothing : ((await this.#inside(node, path, entries)) ?? itself(node));
      sum.files += inside.files;
      sum.bytes += inside.bytes;
      sum.excluded += inside.excluded;
      if (!excluded) kept.push(withSubtree(node, inside.id));
    }
    const changed = kept.length !== nodes.length || kept.some((node, at) => node !== nodes[at]);
    const rewritten = { id: changed ? await this.#rewriting.store(writeTree(kept)) : id, ...sum };
    if (this.#known.size < limit) this.#known.set(nameOf(id, parent), rewritten);
    return rewritten;
  }

  /** The entries of those directories that have to be looked at. */
  #children({ path: parent, nodes }: DirectoryToRewrite): ReturnType<typeof withEntries> {
    const wanted = (node: TreeNode): boolean => {
      const path = below(parent, node);
      return !this.#isExcluded(path) && !this.#known.has(nameOf(node.subtree ?? '', path));
    };
    return withEntries(this.#repository, nodes, { signal: this.#rewriting.signal, wanted });
  }

  async #inside(
    node: TreeNode,
    path: Buffer,
    entries: readonly TreeNode[] | undefined,
  ): Promise<RewrittenTree | undefined> {
    const id = subtreeOf(node);
    if (id === undefined) return undefined;
    if (entries !== undefined) return this.#directory({ id, path, nodes: entries });
    return this.#known.get(nameOf(id, path));
  }

  #isExcluded(path: Buffer): boolean {
    return this.#rewriting.excludes(bytePath(path));
  }
}

const nothing = { id: '', files: 0, bytes: 0, excluded: 1 };

/** What an entry that is no directory counts for. */
function itself({
  type,
  size,
  subtree,
}: TreeNode): Omit<RewrittenTree, 'id'> & { readonly id: string | undefined } {
  const bytes = type === 'file' ? Number(wholeNumber(size) ?? 0n) : 0;
  return { id: subtree, files: type === 'file' ? 1 : 0, bytes, excluded: 0 };
}

function withSubtree(node: TreeNode, id: string | undefined): TreeNode {
  return id === undefined || id === node.subtree ? node : { ...node, subtree: id };
}

interface DirectoryToRewrite {
  readonly id: string;
  readonly path: Buffer;
  readonly nodes: readonly TreeNode[];
}

function nameOf(tree: string, path: Buffer): string {
  return tree + bytePath(path);
}
