/** What is remembered of a path: whether something may be below it. */
export type SeenKind = 'dir' | 'other';

const leastSlots = 1024;

/** Which paths a stream has told, in some 16 bytes a path: by 63 bits of a digest, the last one for the kind. */
export class SeenPaths {
  #slots = new BigUint64Array(leastSlots);
  #count = 0;

  /** What was told by that digest; `undefined` if nothing was. */
  kindOf(digest: bigint): SeenKind | undefined {
    const found = this.#slots[this.#find(key(digest))];
    return found === undefined || found === 0n ? undefined : (found & 1n) === 1n ? 'dir' : 'other';
  }

  add(digest: bigint, kind: SeenKind): void {
    if (this.#count * 2 >= this.#slots.length) this.#grow();
    this.#put(key(digest) | (kind === 'dir' ? 1n : 0n));
    this.#count++;
  }

  #put(entry: bigint): void {
    this.#slots[this.#find(entry & ~1n)] = entry;
  }

  /** Where the key is, or would be. */
  #find(wanted: bigint): number {
    const mask = this.#slots.length - 1;
    for (let at = Number((wanted >> 1n) & BigInt(mask)); ; at = (at + 1) & mask) {
      const found = this.#slots[at] ?? 0n;
      if (found === 0n || (found & ~1n) === wanted) return at;
    }
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new BigUint64Array(before.length * 2);
    for (const entry of before) if (entry !== 0n) this.#put(entry);
  }
}

/** Never 0, which is an empty slot. */
function key(digest: bigint): bigint {
  const shifted = (digest << 1n) & 0xffff_ffff_ffff_fffen;
  return shifted === 0n ? 2n : shifted;
}
