import { hash } from 'node:crypto';

/** Words of 32 bits that are kept of a digest: 128 bits, so that two of any number that fits into memory never agree. */
const words = 4;
const firstCapacity = 1024;

/**
 * Which texts were met, by the first 128 bits of their SHA-256: some 32 bytes for each, outside the JavaScript heap, however
 * long they are.
 */
export class DigestSet {
  #count = 0;
  #slots = new Uint32Array(firstCapacity * words);

  /** How many there are. */
  get size(): number {
    return this.#count;
  }

  /** Whether it was met. */
  has(text: Uint8Array | string): boolean {
    return this.#slots[this.#find(keyOf(text)) + words - 1] !== 0;
  }

  /** Whether it is new here; from now on it is not. */
  add(text: Uint8Array | string): boolean {
    const key = keyOf(text);
    const at = this.#find(key);
    if (this.#slots[at + words - 1] !== 0) return false;
    this.#slots.set(key, at);
    this.#count++;
    if (this.#count * words * 2 > this.#slots.length) this.#grow();
    return true;
  }

  /** Where a key is, or the empty place for it. */
  #find(key: Uint32Array): number {
    const places = this.#slots.length / words;
    for (let place = (key[0] ?? 0) & (places - 1); ; place = (place + 1) & (places - 1)) {
      const at = place * words;
      if (this.#slots[at + words - 1] === 0 || key.every((word, i) => word === this.#slots[at + i]))
        return at;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += words) {
      const key = old.subarray(at, at + words);
      if (key[words - 1] !== 0) this.#slots.set(key, this.#find(key));
    }
  }
}

/** The last word is never zero, which marks an empty place. */
function keyOf(text: Uint8Array | string): Uint32Array {
  const digest = hash('sha256', text, 'buffer');
  const key = Uint32Array.from({ length: words }, (_, word) => digest.readUInt32LE(4 * word));
  key[words - 1] = (key[words - 1] ?? 0) | 1;
  return key;
}
