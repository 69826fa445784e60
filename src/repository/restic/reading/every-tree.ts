import { isHozonError } from '#foundation/errors.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { Fault } from '../../format/fault.ts';
import type { BlobPlace } from '../access/blob-index.ts';
import { BlobOpener } from '../access/blob-opener.ts';
import { isDamage, readTreeBlob } from '../access/blobs.ts';
import { keyOf } from '../access/files.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import { readTree, type TreeNode } from '../format/tree.ts';

/** A tree that was come to: its entries, or why they cannot be read. */
export interface VisitedTree {
  readonly id: string;
  /** The number of its first place in the index; -1 where no index names it. */
  readonly entry: number;
  readonly nodes: readonly TreeNode[];
  readonly failure: Error | undefined;
}

export interface EveryTreeOptions extends StoreOptions {
  /** Whether what is below a tree is visited too; it is unless told. */
  readonly below?: boolean;
}

/** Packs with at most so many bytes of trees are read in one piece. */
const wholePack = 32 * 1024 * 1024;
/** Packs in memory at once: the one at work, and the one that comes next. */
const packsHeld = 2;

/**
 * Visits trees and every tree below them, each once, in an order that suits the packs: what is needed of a pack is
 * taken while it is in memory, so that the store is asked for few long ranges. Memory: two packs, and a byte
 * for each place of the index.
 *
 * @throws what `visit` and the store throw, other than that an object is not there
 */
export async function everyTree(
  repository: IndexedRepository,
  roots: Iterable<string>,
  visit: (tree: VisitedTree) => void,
  options: EveryTreeOptions = {},
): Promise<void> {
  const walk = new TreeWalk(repository, options);
  const visitAndGoOn = (tree: VisitedTree): void => {
    visit(tree);
    if (options.below === false) return;
    for (const node of tree.nodes) {
      if (node.type === 'dir' && node.subtree !== undefined) walk.add(node.subtree);
    }
  };
  for (const root of roots) walk.add(root);
  await walk.run(visitAndGoOn);
}

class TreeWalk {
  readonly #repository: IndexedRepository;
  readonly #options: StoreOptions;
  readonly #opener: BlobOpener;
  readonly #seen: Uint8Array;
  /** Places that are still to be visited, by the number of their pack. */
  readonly #waiting = new Map<number, number[]>();
  readonly #unknown = new Set<string>();
  /** Those of them that are still to be visited. */
  readonly #unknownWaiting: string[] = [];
  readonly #loaded = new Map<number, Promise<Buffer | undefined>>();
  #extents: Float64Array | undefined;

  constructor(repository: IndexedRepository, options: StoreOptions) {
    this.#repository = repository;
    this.#options = options;
    this.#opener = new BlobOpener(repository.key);
    this.#seen = new Uint8Array(repository.index.size);
  }

  add(id: string): void {
    const { index } = this.#repository;
    const entry = index.first('tree', id);
    if (entry < 0) {
      if (!this.#unknown.has(id)) this.#unknownWaiting.push(id);
      this.#unknown.add(id);
      return;
    }
    if (this.#seen[entry] === 1) return;
    this.#seen[entry] = 1;
    const pack = index.packNumber(entry);
    const list = this.#waiting.get(pack);
    if (list === undefined) this.#waiting.set(pack, [entry]);
    else list.push(entry);
  }

  async run(visit: (tree: VisitedTree) => void): Promise<void> {
    for (let pack = this.#next(); pack !== undefined; pack = this.#next()) {
      this.#options.signal?.throwIfAborted();
      const bytes = await this.#load(pack);
      this.#prefetch(pack);
      await this.#drain(pack, bytes, visit);
      this.#visitUnknown(visit);
    }
    this.#visitUnknown(visit);
  }

  /** A pack of which something is wanted; rather one that is in memory, or on its way there. */
  #next(): number | undefined {
    for (const pack of this.#loaded.keys()) if (this.#waiting.has(pack)) return pack;
    return this.#waiting.keys().next().value;
  }

  #prefetch(current: number): void {
    for (const pack of this.#waiting.keys()) {
      if (pack === current || this.#loaded.has(pack)) continue;
      this.#load(pack).catch(() => {}); // thrown where it is awaited
      return;
    }
  }

  async #load(pack: number): Promise<Buffer | undefined> {
    const known = this.#loaded.get(pack);
    if (known !== undefined) return known;
    for (const held of this.#loaded.keys()) {
      if (this.#loaded.size < packsHeld) break;
      this.#loaded.delete(held);
    }
    const loading = this.#read(pack);
    this.#loaded.set(pack, loading);
    return loading;
  }

  /** The beginning of a pack up to its last tree; `undefined` where that is too much, or cannot be had. */
  async #read(pack: number): Promise<Buffer | undefined> {
    const { store, index } = this.#repository;
    const length = this.#extent(pack);
    if (length > wholePack) return undefined;
    const bytes = Buffer.allocUnsafe(length);
    try {
      let at = 0;
      const file = keyOf('data', index.packs[pack] ?? '');
      for await (const piece of await store.getRange(file, { offset: 0, length }, this.#options)) {
        bytes.set(piece, at);
        at += piece.length;
      }
      return bytes;
    } catch (thrown) {
      if (isHozonError(thrown, 'storage.not-found') || isHozonError(thrown, 'storage.truncated'))
        return undefined;
      throw thrown;
    }
  }

  #extent(pack: number): number {
    this.#extents ??= extentsOf(this.#repository);
    return this.#extents[pack] ?? 0;
  }

  async #drain(pack: number, bytes: Buffer | undefined, visit: (tree: VisitedTree) => void): Promise<void> {
    const list = this.#waiting.get(pack);
    for (let entry = list?.pop(); entry !== undefined; entry = list?.pop()) {
      const place = this.#repository.index.place(entry);
      const nodes = bytes === undefined ? undefined : nodesIn(this.#opener, place, bytes);
      visit(
        nodes === undefined
          ? await this.#readAlone(entry, place.id)
          : { id: place.id, entry, nodes, failure: undefined },
      );
    }
    this.#waiting.delete(pack);
  }

  /** By itself, from any of its places. */
  async #readAlone(entry: number, id: string): Promise<VisitedTree> {
    try {
      const nodes = await readTreeBlob(this.#repository, id, this.#options);
      return { id, entry, nodes, failure: undefined };
    } catch (failure) {
      if (!isDamage(failure)) throw failure;
      return { id, entry, nodes: [], failure };
    }
  }

  #visitUnknown(visit: (tree: VisitedTree) => void): void {
    for (const id of this.#unknownWaiting.splice(0)) {
      const { url } = this.#repository.store;
      visit({ id, entry: -1, nodes: [], failure: raise['blob-missing']({ url, kind: 'tree', id }) });
    }
  }
}

/** `undefined` where these bytes are not the tree. */
function nodesIn(opener: BlobOpener, place: BlobPlace, pack: Buffer): readonly TreeNode[] | undefined {
  try {
    return readTree(opener.open(place, pack.subarray(place.offset, place.offset + place.length)));
  } catch (thrown) {
    if (thrown instanceof Fault) return undefined;
    throw thrown;
  }
}

/** Where the last tree of each pack ends. */
function extentsOf({ index }: IndexedRepository): Float64Array {
  const extents = new Float64Array(index.packs.length);
  for (let entry = 0; entry < index.size; entry++) {
    if (!index.isTree(entry)) continue;
    const pack = index.packNumber(entry);
    const { offset, length } = index.place(entry);
    extents[pack] = Math.max(extents[pack] ?? 0, offset + length);
  }
  return extents;
}
