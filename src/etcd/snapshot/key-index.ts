import { randomBytes } from 'node:crypto';

/** Where a record is: a leaf, by its page, and an element of it. */
export interface RecordPlace {
  readonly page: number;
  readonly element: number;
}

/** A key, as a range of bytes. */
export interface KeyBytes {
  readonly bytes: Uint8Array;
  readonly key: number;
  readonly keyEnd: number;
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
  readonly #seeds = Int32Array.from({ length: 4 }, () => randomBytes(4).readInt32LE());
  /** The hash of the key that was looked for last. */
  readonly #hash = new Uint32Array(4);
  #table = new Uint32Array(width * 1024);
  #slots = 1024;
  #filled = 0;
  #live = 0;

  /** Keys that are there: not those whose newest record is a deletion. */
  get live(): number {
    return this.#live;
  }

  /** Takes a record for the newest one of its key so far. */
  set(key: KeyBytes, place: RecordPlace, isDeletion: boolean): void {
    if (this.#filled * 3 > this.#slots * 2) this.#grow();
    const at = this.#find(key);
    this.#live += Number(!isDeletion) - Number(this.#isLiveAt(at));
    this.#fill(at, place, isDeletion);
  }

  /** Takes a record for the newest one of its key, where none of that key was taken before; answers whether it did. */
  addFirst(key: KeyBytes, place: RecordPlace, isDeletion: boolean): boolean {
    if (this.#filled * 3 > this.#slots * 2) this.#grow();
    const at = this.#find(key);
    if (this.#table[at + 5] !== 0) return false;
    this.#fill(at, place, isDeletion);
    this.#live += Number(!isDeletion);
    return true;
  }

  /** `undefined` for a key that is not there, or no longer. */
  get(key: KeyBytes): RecordPlace | undefined {
    const at = this.#find(key);
    return this.#isLiveAt(at) ? this.#placeAt(at) : undefined;
  }

  /** Whether this record is the newest of its key, and no deletion. */
  isNewest(key: KeyBytes, { page, element }: RecordPlace): boolean {
    const at = this.#find(key);
    const isThere = this.#isLiveAt(at) && this.#table[at + 4] === page;
    return isThere && ((this.#table[at + 5] as number) & elementMask) === element;
  }

  /** Of the key that was looked for last. */
  #fill(at: number, { page, element }: RecordPlace, isDeletion: boolean): void {
    const table = this.#table;
    if (table[at + 5] === 0) {
      for (let number = 0; number < 4; number++) table[at + number] = this.#hash[number] as number;
      this.#filled++;
    }
    table[at + 4] = page;
    table[at + 5] = (used | (isDeletion ? gone : 0) | element) >>> 0;
  }

  #isLiveAt(at: number): boolean {
    const marks = this.#table[at + 5] ?? 0;
    return marks !== 0 && (marks & gone) === 0;
  }

  #placeAt(at: number): RecordPlace {
    return { page: this.#table[at + 4] ?? 0, element: (this.#table[at + 5] ?? 0) & elementMask };
  }

  /** Where the entry is, or would be. */
  #find(key: KeyBytes): number {
    this.#hashOf(key);
    return this.#slotOfHash();
  }

  #slotOfHash(): number {
    const table = this.#table;
    const slots = this.#slots;
    const hash = this.#hash;
    const a = hash[0] as number;
    const b = hash[1] as number;
    const c = hash[2] as number;
    const d = hash[3] as number;
    for (let slot = a % slots; ; slot = slot + 1 === slots ? 0 : slot + 1) {
      const at = slot * width;
      if (table[at + 5] === 0) return at;
      if (table[at] === a && table[at + 1] === b && table[at + 2] === c && table[at + 3] === d) return at;
    }
  }

  #grow(): void {
    const old = this.#table;
    this.#slots *= 2;
    this.#table = new Uint32Array(width * this.#slots);
    for (let from = 0; from < old.length; from += width) {
      if (old[from + 5] === 0) continue;
      for (let number = 0; number < 4; number++) this.#hash[number] = old[from + number] as number;
      const to = this.#slotOfHash();
      for (let number = 0; number < width; number++) this.#table[to + number] = old[from + number] as number;
    }
  }

  /** Four lanes of multiply-and-rotate (as MurmurHash3 mixes), each with its own seed. */
  #hashOf({ bytes, key, keyEnd }: KeyBytes): void {
    const seeds = this.#seeds;
    let a = seeds[0] as number;
    let b = seeds[1] as number;
    let c = seeds[2] as number;
    let d = seeds[3] as number;
    for (let at = key; at < keyEnd; at++) {
      const byte = bytes[at] as number;
      a = Math.imul(a ^ byte, 0x01000193);
      b = Math.imul((b << 5) ^ (b >>> 27) ^ byte, 0x85ebca6b);
      c = Math.imul(c + byte, 0xc2b2ae35) ^ (c >>> 15);
      d = Math.imul((d << 13) ^ (d >>> 19) ^ byte, 0x27d4eb2f);
    }
    const hash = this.#hash;
    hash[0] = finish(a ^ (keyEnd - key));
    hash[1] = finish(b ^ a);
    hash[2] = finish(c ^ b);
    hash[3] = finish(d ^ c);
  }
}

/** A key that is all of these bytes. */
export function wholeKey(bytes: Uint8Array): KeyBytes {
  return { bytes, key: 0, keyEnd: bytes.length };
}

function finish(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
