import type { PartTotals, Side } from '../../browsing/diff.ts';
import { contentSize } from '../access/blobs.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import type { BlobType } from '../format/pack.ts';
import type { TreeNode } from '../format/tree.ts';

const bits = { removed: 1, added: 2, both: 4 } as const;

/** Which blobs are on which side of a comparison: a byte for each place of the index. */
export class BlobSides {
  readonly #repository: IndexedRepository;
  readonly #sides: Uint8Array;
  /** Blobs that no index names, by type and id. */
  readonly #unknown = new Map<string, number>();

  constructor(repository: IndexedRepository) {
    this.#repository = repository;
    this.#sides = new Uint8Array(repository.index.size);
  }

  /** The blobs that an entry names itself. */
  addNode(side: Side, { type, content, subtree }: TreeNode): void {
    if (type === 'file') for (const id of content ?? []) this.add(side, 'data', id);
    if (type === 'dir' && subtree !== undefined) this.add(side, 'tree', subtree);
  }

  add(side: Side, type: BlobType, id: string): void {
    const entry = this.#repository.index.first(type, id);
    if (entry >= 0) this.#sides[entry] = (this.#sides[entry] ?? 0) | bits[side];
    else this.#unknown.set(`${type} ${id}`, (this.#unknown.get(`${type} ${id}`) ?? 0) | bits[side]);
  }

  /** Of the blobs that are on one side alone. Those that no index names count with no bytes. */
  totals(): { readonly removed: PartTotals; readonly added: PartTotals } {
    const sums = {
      [bits.removed]: { dataBlobs: 0, treeBlobs: 0, bytes: 0 },
      [bits.added]: { dataBlobs: 0, treeBlobs: 0, bytes: 0 },
    };
    const count = (side: number, type: BlobType, bytes: number): void => {
      if (side !== bits.removed && side !== bits.added) return;
      const sum = sums[side];
      if (type === 'tree') sum.treeBlobs++;
      else sum.dataBlobs++;
      sum.bytes += bytes;
    };
    for (const [entry, side] of this.#sides.entries()) {
      if (side !== bits.removed && side !== bits.added) continue;
      const place = this.#repository.index.place(entry);
      count(side, place.type, contentSize(place));
    }
    for (const [name, side] of this.#unknown) count(side, name.startsWith('tree') ? 'tree' : 'data', 0);
    return { removed: sums[bits.removed], added: sums[bits.added] };
  }
}
