import { type Calling, SharedLock } from './shared-lock.ts';

/** The memory of {@link Claims}, for every thread that uses them. It grows in place. */
export interface ClaimsMemory {
  /** Bytes of a key. */
  readonly keySize: number;
  /** A lock, the number of claims, the number of slots. */
  readonly head: SharedArrayBuffer;
  /** For each claim the key, filled up to whole words, and the size of the content. */
  readonly records: SharedArrayBuffer;
  /** Open addressing by the key's second word: the number of a claim and 1, or 0. Never more than half full. */
  readonly slots: SharedArrayBuffer;
}

const [lockAt, countAt, slotsAt] = [0, 1, 2];
const firstSlots = 8192;
/** Address space, of which no more is used than there are claims: for half a billion blobs. */
const recordLimit = 2 ** 34;
const slotLimit = 2 ** 32;

/** Words that the key of a content takes, its last bytes filled up. */
export function keyWords(keySize: number): number {
  return Math.ceil(keySize / 4);
}

/** @param keySize bytes of a key, at least 8, which are as good as random but for the first */
export function newClaims(keySize: number): ClaimsMemory {
  const head = new SharedArrayBuffer(12);
  new Int32Array(head)[slotsAt] = firstSlots;
  const recordBytes = 4 * (keyWords(keySize) + 1);
  return {
    keySize,
    head,
    records: new SharedArrayBuffer(recordBytes * (firstSlots / 2), { maxByteLength: recordLimit }),
    slots: new SharedArrayBuffer(4 * firstSlots, { maxByteLength: slotLimit }),
  };
}

/**
 * Which contents this writer stores. Of all threads that come with the same one exactly one gets it; the others may
 * refer to it, because the writer ends well only if it was stored.
 */
export class Claims {
  readonly #memory: ClaimsMemory;
  readonly #head: Int32Array<SharedArrayBuffer>;
  readonly #records: Int32Array<SharedArrayBuffer>;
  readonly #slots: Int32Array<SharedArrayBuffer>;
  readonly #lock: SharedLock;
  readonly #recordWords: number;
  /** The key that is looked for, as words. */
  readonly #wanted: Int32Array<ArrayBuffer>;
  readonly #wantedBytes: Uint8Array<ArrayBuffer>;

  constructor(memory: ClaimsMemory, calling: Calling) {
    this.#memory = memory;
    this.#head = new Int32Array(memory.head);
    this.#records = new Int32Array(memory.records);
    this.#slots = new Int32Array(memory.slots);
    this.#lock = new SharedLock(this.#head, lockAt, calling);
    this.#recordWords = keyWords(memory.keySize) + 1;
    this.#wanted = new Int32Array(this.#recordWords - 1);
    this.#wantedBytes = new Uint8Array(this.#wanted.buffer);
  }

  /** Whether the caller is the one to store the content of this key, which has that many bytes. @throws CalledOff */
  claim(key: Uint8Array, size: number): boolean {
    this.#wantedBytes.set(key);
    this.#lock.take();
    try {
      const slot = this.#find();
      if (this.#slots[slot] !== 0) return false;
      this.#insert(slot, size);
      return true;
    } finally {
      this.#lock.leave();
    }
  }

  /** The bytes of a claimed content. @throws CalledOff */
  sizeOf(key: Uint8Array): number | undefined {
    this.#wantedBytes.set(key);
    this.#lock.take();
    try {
      const claim = (this.#slots[this.#find()] ?? 0) - 1;
      return claim < 0 ? undefined : this.#records[this.#recordWords * claim + this.#recordWords - 1];
    } finally {
      this.#lock.leave();
    }
  }

  /** The slot that leads to the wanted key, or where one would have to stand. */
  #find(): number {
    const mask = (this.#head[slotsAt] ?? 0) - 1;
    let slot = (this.#wanted[1] ?? 0) & mask;
    for (let claim = this.#slots[slot] ?? 0; claim !== 0; claim = this.#slots[slot] ?? 0) {
      if (this.#isWanted((claim - 1) * this.#recordWords)) break;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #isWanted(at: number): boolean {
    for (let word = 0; word < this.#recordWords - 1; word++) {
      if (this.#records[at + word] !== this.#wanted[word]) return false;
    }
    return true;
  }

  #insert(slot: number, size: number): void {
    const claim = this.#head[countAt] ?? 0;
    this.#records.set(this.#wanted, claim * this.#recordWords);
    this.#records[(claim + 1) * this.#recordWords - 1] = size;
    this.#slots[slot] = claim + 1;
    this.#head[countAt] = claim + 1;
    if (2 * (claim + 1) >= (this.#head[slotsAt] ?? 0)) this.#grow();
  }

  #grow(): void {
    const slots = 2 * (this.#head[slotsAt] ?? 0);
    const { records, slots: slotMemory } = this.#memory;
    records.grow(4 * this.#recordWords * (slots / 2));
    slotMemory.grow(4 * slots);
    this.#head[slotsAt] = slots;
    this.#slots.fill(0);
    const count = this.#head[countAt] ?? 0;
    for (let claim = 0; claim < count; claim++) {
      let slot = (this.#records[this.#recordWords * claim + 1] ?? 0) & (slots - 1);
      while (this.#slots[slot] !== 0) slot = (slot + 1) & (slots - 1);
      this.#slots[slot] = claim + 1;
    }
  }
}
