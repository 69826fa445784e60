import { DigestSet } from '../../browsing/digest-set.ts';
import { raise } from '../../errors.ts';
import type { IndexedRepository } from '../access/indexed.ts';

/** A directory that is being searched. */
export interface Directory {
  readonly tree: string;
  readonly path: Buffer;
  /** Whether anything was found in it, at any depth. */
  found: boolean;
  readonly parent?: Directory | undefined;
}

/** Paths that are remembered at most: some 30 MB. */
const limit = 1_000_000;

/**
 * Directories that were searched in vain, so that the same directory in a later snapshot needs no search. Where what is
 * looked for does not depend on where a directory is, a bit for each tree is enough; else the path belongs to it.
 */
export class Barren {
  readonly #repository: IndexedRepository;
  readonly #byTree: Uint8Array | undefined;
  readonly #byPath = new DigestSet();

  constructor(repository: IndexedRepository, byTreeAlone: boolean) {
    this.#repository = repository;
    this.#byTree = byTreeAlone ? new Uint8Array(Math.ceil(repository.index.size / 8)) : undefined;
  }

  has({ tree, path }: Pick<Directory, 'tree' | 'path'>): boolean {
    if (this.#byTree === undefined) return this.#byPath.has(nameOf(tree, path));
    const entry = this.#entryOf(tree);
    return ((this.#byTree[entry >> 3] ?? 0) & (1 << (entry & 7))) !== 0;
  }

  /** The directory was searched to its end, and all below it. */
  leave({ tree, path, found, parent }: Directory): void {
    if (found && parent !== undefined) parent.found = true;
    if (found) return;
    if (this.#byTree !== undefined) {
      const entry = this.#entryOf(tree);
      this.#byTree[entry >> 3] = (this.#byTree[entry >> 3] ?? 0) | (1 << (entry & 7));
    } else if (this.#byPath.size < limit) {
      this.#byPath.add(nameOf(tree, path));
    }
  }

  #entryOf(tree: string): number {
    const { index, store } = this.#repository;
    const entry = index.first('tree', tree);
    if (entry < 0) throw raise['blob-missing']({ url: store.url, kind: 'tree', id: tree });
    return entry;
  }
}

function nameOf(tree: string, path: Buffer): Buffer {
  return Buffer.concat([Buffer.from(tree), path]);
}
