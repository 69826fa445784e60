import type { SharedIndex } from '../access/blob-index.ts';

const idSize = 32;

/** Looks blobs up in what {@link BlobIndex.shared} shares, from any thread, without a lock. */
export class KnownBlobs {
  readonly #ids: Uint8Array;
  readonly #trees: Uint8Array;
  readonly #slots: Uint32Array;

  constructor({ ids, trees, slots }: SharedIndex) {
    this.#ids = new Uint8Array(ids);
    this.#trees = new Uint8Array(trees);
    this.#slots = new Uint32Array(slots);
  }

  /** Whether the repository has this data blob. */
  hasData(id: Buffer): boolean {
    const mask = this.#slots.length - 1;
    for (let slot = id.readUInt32LE() & mask; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const entry = (this.#slots[slot] ?? 0) - 1;
      if (this.#trees[entry] === 0 && this.#isAt(id, entry * idSize)) return true;
    }
    return false;
  }

  #isAt(id: Uint8Array, at: number): boolean {
    for (let i = 0; i < idSize; i++) if (this.#ids[at + i] !== id[i]) return false;
    return true;
  }
}
