import { type BlobType, type PackedBlob, trailerSize } from '../format/pack.ts';
import { sealOverhead } from '../sealing/seal.ts';
import { type Calling, SharedLock, waitWhile } from './shared-lock.ts';

/** Bytes of sealed blobs at which a pack is closed. */
export const packTarget = 16 * 1024 * 1024;
/** More than these do not come into a pack, unless one blob alone is larger. */
const packRoom = packTarget + 2 * 1024 * 1024;
/** Blobs that one pack holds at most. */
const entryLimit = 16_384;
/** What follows the blobs, at most: 41 bytes for each of them. */
const headerRoom = entryLimit * 41 + sealOverhead + trailerSize;
/** An entry: the sealed length, the length of the content where it is compressed, the id. */
const entryWords = 10;

/** The memory of {@link PackSlots}. */
export interface SlotsMemory {
  readonly head: SharedArrayBuffer;
  readonly packs: readonly SharedArrayBuffer[];
}

/** Where a sealed blob is to be written. */
export interface Place {
  readonly slot: number;
  readonly offset: number;
  readonly entry: number;
}

/** Words of the head: a lock, a counter that grows whenever a slot becomes free, the open slots by type; then the slots. */
const [lockAt, freedAt, openAt, slotsAt] = [0, 1, 2, 4];
/** Words for each slot. */
const [stateAt, sizeAt, countAt, writersAt, slotWords] = [0, 1, 2, 3, 4];
const [free, open, closed] = [0, 1, 2];
const none = -1;

/** @param count at least 3: one for each type of blob, and one that is being stored */
export function newSlots(count: number): SlotsMemory {
  const head = new SharedArrayBuffer(4 * (slotsAt + count * slotWords));
  new Int32Array(head).fill(none, openAt, openAt + 2);
  const size = packRoom + headerRoom + 4 * entryWords * entryLimit;
  return { head, packs: Array.from({ length: count }, () => new SharedArrayBuffer(size)) };
}

/**
 * Packs that all threads fill together: a thread is given a place under a lock, seals its blob into it, and says so. The
 * one after whom a pack is full, and has no place that is still written to, makes it a whole pack. A thread that finds every slot
 * waiting to be stored sleeps: that is what holds the threads back when the store is slow.
 */
export class PackSlots {
  readonly #head: Int32Array<SharedArrayBuffer>;
  readonly #packs: readonly Buffer[];
  readonly #entries: readonly Uint32Array<SharedArrayBuffer>[];
  readonly #lock: SharedLock;
  readonly #calling: Calling;

  constructor({ head, packs }: SlotsMemory, calling: Calling) {
    this.#head = new Int32Array(head);
    this.#packs = packs.map(memory => Buffer.from(memory, 0, packRoom + headerRoom));
    this.#entries = packs.map(memory => new Uint32Array(memory, packRoom + headerRoom));
    this.#lock = new SharedLock(this.#head, lockAt, calling);
    this.#calling = calling;
  }

  /**
   * A place for a sealed blob of at most {@link packTarget} bytes. Waits where all slots are waiting to be stored. A slot
   * that this completes goes to `complete`, before any waiting: all might otherwise wait for one another.
   *
   * @throws CalledOff
   */
  reserve(type: BlobType, length: number, complete: (slot: number) => void): Place {
    for (;;) {
      const freed = Atomics.load(this.#head, freedAt);
      this.#lock.take();
      const completed = this.#closeWhereFull(type, length);
      const place = this.#tryReserve(type, length);
      this.#lock.leave();
      if (completed !== none) complete(completed);
      if (place !== undefined) return place;
      waitWhile(this.#head, freedAt, freed, this.#calling);
    }
  }

  /** The bytes of a place. */
  at({ slot, offset }: Place, length: number): Buffer {
    return this.bytes(slot).subarray(offset, offset + length);
  }

  /** All bytes of a slot. */
  bytes(slot: number): Buffer {
    return this.#packs[slot] as Buffer;
  }

  /** Says that a place has been written. Whether its slot is complete by this. @throws CalledOff */
  written({ slot, entry }: Place, blob: { id: Uint8Array; length: number; uncompressed: number }): boolean {
    const entries = this.#entries[slot] as Uint32Array<SharedArrayBuffer>;
    entries[entry * entryWords] = blob.length;
    entries[entry * entryWords + 1] = blob.uncompressed;
    const idAt = entries.byteOffset + 4 * (entry * entryWords + 2);
    new Uint8Array(entries.buffer, idAt, blob.id.length).set(blob.id);
    this.#lock.take();
    const left = this.#add(slot, writersAt, -1);
    const complete = left === 0 && this.#get(slot, stateAt) === closed;
    this.#lock.leave();
    return complete;
  }

  /** How many bytes of blobs a slot holds. */
  size(slot: number): number {
    return this.#get(slot, sizeAt);
  }

  /** The blobs of a complete slot, in their order. */
  blobs(slot: number, type: BlobType): PackedBlob[] {
    const blobs: PackedBlob[] = [];
    const entries = this.#entries[slot] as Uint32Array<SharedArrayBuffer>;
    let offset = 0;
    for (let entry = 0; entry < this.#get(slot, countAt); entry++) {
      const at = entry * entryWords;
      const [length = 0, uncompressed = 0] = entries.subarray(at, at + 2);
      const id = Buffer.from(entries.buffer, entries.byteOffset + 4 * (at + 2), 32);
      blobs.push({ id: id.toString('hex'), type, offset, length, uncompressed });
      offset += length;
    }
    return blobs;
  }

  /** Closes the open slot of a type, which nobody writes to any more; `undefined` where there is none. */
  closeOpen(type: BlobType): number | undefined {
    const slot = this.#head[openAt + typeNumber(type)] ?? none;
    if (slot === none) return undefined;
    this.#close(slot, type);
    return slot;
  }

  /** Says that a slot was stored. @throws CalledOff */
  release(slot: number): void {
    this.#lock.take();
    this.#put(slot, stateAt, free);
    this.#lock.leave();
    Atomics.add(this.#head, freedAt, 1);
    Atomics.notify(this.#head, freedAt);
  }

  /** Closes the open slot where no more fits; its number where nobody writes to it any more. */
  #closeWhereFull(type: BlobType, length: number): number {
    const slot = this.#openSlot(type);
    if (slot === none || this.#get(slot, sizeAt) + length <= packRoom) return none;
    this.#close(slot, type);
    return this.#get(slot, writersAt) === 0 ? slot : none;
  }

  #tryReserve(type: BlobType, length: number): Place | undefined {
    const slot = this.#openSlot(type) === none ? this.#takeFree(type) : this.#openSlot(type);
    if (slot === none) return undefined;
    const entry = this.#add(slot, countAt, 1) - 1;
    const offset = this.#add(slot, sizeAt, length) - length;
    this.#add(slot, writersAt, 1);
    if (offset + length >= packTarget || entry + 1 === entryLimit) this.#close(slot, type);
    return { slot, offset, entry };
  }

  #openSlot(type: BlobType): number {
    return this.#head[openAt + typeNumber(type)] ?? none;
  }

  #close(slot: number, type: BlobType): void {
    this.#put(slot, stateAt, closed);
    this.#head[openAt + typeNumber(type)] = none;
  }

  #takeFree(type: BlobType): number {
    for (let slot = 0; slot < this.#packs.length; slot++) {
      if (this.#get(slot, stateAt) !== free) continue;
      for (const word of [sizeAt, countAt, writersAt]) this.#put(slot, word, 0);
      this.#put(slot, stateAt, open);
      this.#head[openAt + typeNumber(type)] = slot;
      return slot;
    }
    return none;
  }

  #get(slot: number, word: number): number {
    return this.#head[slotsAt + slot * slotWords + word] ?? 0;
  }

  #put(slot: number, word: number, value: number): void {
    this.#head[slotsAt + slot * slotWords + word] = value;
  }

  #add(slot: number, word: number, value: number): number {
    const sum = this.#get(slot, word) + value;
    this.#put(slot, word, sum);
    return sum;
  }
}

function typeNumber(type: BlobType): number {
  return type === 'tree' ? 1 : 0;
}
