import { randomBytes } from 'node:crypto';

/** Where a record is: a leaf, by its page, and an element of it. */
export interface RecordPlace {
  readonly page: number;
  readonly element: number;
}

/** Numbers of 32 bits that an entry takes: four of a hash, a page, an element with marks. */
const width = 6;
const used = 0x8000_0000;
const gone = 0x4000_0000;
const elementMask = 0xffff;

/**
 * The newest record of every key, of any number of keys: 24 bytes each in typed arrays. A key is known by 128 bits of a hash
 * that is seeded anew each time.
 */
export class KeyIndex {
  readonly #seeds = new Int32Array(randomBytes(16).buffer.slice(0, 16));
  #table = new Uint32Array(width * 1024);
  #slots = 1024;
  #filled = 0;
  #live = 0;

  /** Keys that are there: not those whose newest record is a deletion. */
  get live(): number {
    return this.#live;
  }

  /** Takes a record for the newest one of its key so far. */
  set(key: Uint8Array, { page, element }: RecordPlace, isDeletion: boolean): void {
    if (this.#filled * 3 > this.#slots * 2) this.#grow();
    const hash = this.#hash(key);
    const at = this.#find(hash);
    const wasLive = this.#isLiveAt(at);
    if ((this.#table[at + 5] ?? 0) === 0) {
      this.#table.set(hash, at);
      this.#filled++;
    }
    this.#table[at + 4] = page;
    this.#table[at + 5] = (used | (isDeletion ? gone : 0) | element) >>> 0;
    this.#live += Number(!isDeletion) - Number(wasLive);
  }

  /** `undefined` for a key that is not there, or no longer. */
  get(key: Uint8Array): RecordPlace | undefined {
    const at = this.#find(this.#hash(key));
    return this.#isLiveAt(at) ? this.#placeAt(at) : undefined;
  }

  /** Whether this record is the newest of its key, and no deletion. */
  isNewest(key: Uint8Array, { page, element }: RecordPlace): boolean {
    const place = this.get(key);
    return place?.page === page && place.element === element;
  }

  #isLiveAt(at: number): boolean {
    const marks = this.#table[at + 5] ?? 0;
    return marks !== 0 && (marks & gone) === 0;
  }

  #placeAt(at: number): RecordPlace {
    return { page: this.#table[at + 4] ?? 0, element: (this.#table[at + 5] ?? 0) & elementMask };
  }

  /** Where the entry is, or would be. */
  #find(hash: readonly [number, number, number, number]): number {
    const table = this.#table;
    for (let slot = hash[0] % this.#slots; ; slot = slot + 1 === this.#slots ? 0 : slot + 1) {
      const at = slot * width;
      if (table[at + 5] === 0) return at;
      const same = table[at] === hash[0] && table[at + 1] === hash[1];
      if (same && table[at + 2] === hash[2] && table[at + 3] === hash[3]) return at;
    }
  }

  #grow(): void {
    const old = this.#table;
    this.#slots *= 2;
    this.#table = new Uint32Array(width * this.#slots);
    for (let from = 0; from < old.length; from += width) {
      if (old[from + 5] === 0) continue;
      const hash = [old[from] ?? 0, old[from + 1] ?? 0, old[from + 2] ?? 0, old[from + 3] ?? 0] as const;
      this.#table.set(old.subarray(from, from + width), this.#find(hash));
    }
  }

  /** Four lanes of multiply-and-rotate (as MurmurHash3 mixes), each with its own seed. */
  #hash(key: Uint8Array): [number, number, number, number] {
    let [a = 0, b = 0, c = 0, d = 0] = this.#seeds;
    for (const byte of key) {
      a = Math.imul(a ^ byte, 0x01000193);
      b = Math.imul((b << 5) ^ (b >>> 27) ^ byte, 0x85ebca6b);
      c = Math.imul(c + byte, 0xc2b2ae35) ^ (c >>> 15);
      d = Math.imul((d << 13) ^ (d >>> 19) ^ byte, 0x27d4eb2f);
    }
    return [finish(a ^ key.length), finish(b ^ a), finish(c ^ b), finish(d ^ c)];
  }
}

function finish(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
