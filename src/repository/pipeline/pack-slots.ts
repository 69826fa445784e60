import { keyWords } from './claims.ts';
import { onFile, readPieces, writeFully } from './pack-file.ts';
import { type Calling, SharedLock, waitWhile } from './shared-lock.ts';

/** Packs hold contents of one of two kinds: data of files, and the rest. */
export type PackKind = 0 | 1;

/** How a format's packs are made up. Bytes. */
export interface PackLayout {
  /** Of a content's key. */
  readonly keySize: number;
  /** What comes before the contents. */
  readonly start: number;
  /** With so many a pack is closed. No content that is longer comes into a slot. */
  readonly target: number;
  /** More than these do not come into a pack. */
  readonly room: number;
  /** Contents that one pack holds at most, and what follows them at most. */
  readonly entryLimit: number;
  readonly tailRoom: number;
}

/** The memory of {@link PackSlots}. */
export interface SlotsMemory {
  readonly layout: PackLayout;
  readonly head: SharedArrayBuffer;
  readonly packs: readonly SharedArrayBuffer[];
}

/** A content in a pack. */
export interface PackedContent {
  /** A view, where it lies in a slot: good until the slot is released. */
  readonly key: Uint8Array;
  /** Where its sealed bytes begin in the pack. */
  readonly offset: number;
  /** How many sealed bytes there are. */
  readonly length: number;
  /** Two numbers of 32 bits that the format has a use for. */
  readonly first: number;
  readonly second: number;
}

/** A pack to be stored, in a slot; or, of a single content that is larger than any slot, on its own. */
export type CompletePack =
  | { readonly slot: number; readonly kind: PackKind; readonly size: number; readonly id: string }
  | {
      readonly kind: PackKind;
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly id: string;
      readonly content: PackedContent;
    };

/** Where sealed contents are to be written, one behind the other. */
export interface Place {
  readonly slot: number;
  readonly offset: number;
  /** Of the first one. */
  readonly entry: number;
  /** How many contents they are, and their bytes. */
  readonly count: number;
  readonly length: number;
}

/** What a slot says of a content. */
export type ContentEntry = Omit<PackedContent, 'offset'>;

/** Words of the head: a lock, a counter that grows whenever a slot becomes free, the open slots by kind; then the slots. */
const [lockAt, freedAt, openAt, slotsAt] = [0, 1, 2, 4];
/** Words for each slot. */
const [stateAt, sizeAt, countAt, writersAt, fileAt, slotWords] = [0, 1, 2, 3, 4, 5];
const [free, open, closed] = [0, 1, 2];
const none = -1;

/**
 * Slots that are free only when they are given free: their memory is taken from the system as it is used.
 * @param count at least 3: one for each kind of pack, and one that is being stored
 */
export function newSlots(layout: PackLayout, count: number): SlotsMemory {
  const head = new SharedArrayBuffer(4 * (slotsAt + count * slotWords));
  const words = new Int32Array(head);
  words.fill(none, openAt, openAt + 2);
  for (let slot = 0; slot < count; slot++) words[slotsAt + slot * slotWords + stateAt] = closed;
  const size = entriesAt(layout) + 4 * entryWords(layout) * layout.entryLimit;
  return { layout, head, packs: Array.from({ length: count }, () => new SharedArrayBuffer(size)) };
}

/** Where in a slot's memory the entries begin. */
function entriesAt({ room, tailRoom }: PackLayout): number {
  return 4 * Math.ceil((room + tailRoom) / 4);
}

/** An entry: the sealed length, the format's two numbers, the key. */
function entryWords({ keySize }: PackLayout): number {
  return 3 + keyWords(keySize);
}

/**
 * Packs that all threads fill together: a thread is given a place under a lock, writes its contents there, and says so. The
 * one after whom a pack is full, and has no place that is still written to, makes it a whole pack. A thread that finds every slot
 * waiting to be stored sleeps: that is what holds the threads back when the store is slow. A pack lies in its slot's memory or,
 * where it is released with one, in a file.
 */
export class PackSlots {
  readonly #head: Int32Array<SharedArrayBuffer>;
  readonly #packs: readonly Buffer[];
  readonly #entries: readonly Uint32Array<SharedArrayBuffer>[];
  readonly #lock: SharedLock;
  readonly #calling: Calling;
  readonly #entryWords: number;
  readonly layout: PackLayout;

  constructor({ layout, head, packs }: SlotsMemory, calling: Calling) {
    const begin = entriesAt(layout);
    this.layout = layout;
    this.#entryWords = entryWords(layout);
    this.#head = new Int32Array(head);
    this.#packs = packs.map(memory => Buffer.from(memory, 0, begin));
    this.#entries = packs.map(memory => new Uint32Array(memory, begin));
    this.#lock = new SharedLock(this.#head, lockAt, calling);
    this.#calling = calling;
  }

  /**
   * A place for the first of these sealed contents, none longer than the layout's target, and as many of the next as go into the same
   * pack. Waits where all slots are waiting to be stored. A slot that this completes goes to `complete`, before any waiting: all might
   * otherwise wait for one another.
   *
   * @param lengths bytes of each, at least one
   * @throws CalledOff
   */
  reserve(kind: PackKind, lengths: readonly number[], complete: (slot: number) => void): Place {
    for (;;) {
      const freed = Atomics.load(this.#head, freedAt);
      this.#lock.take();
      const completed = this.#closeWhereFull(kind, lengths[0] ?? 0);
      const place = this.#tryReserve(kind, lengths);
      this.#lock.leave();
      if (completed !== none) complete(completed);
      if (place !== undefined) return place;
      waitWhile(this.#head, freedAt, freed, this.#calling);
    }
  }

  /** The memory of a pack; `undefined` where it lies in a file. */
  memory(slot: number): Buffer | undefined {
    return this.#get(slot, fileAt) === none ? this.#packs[slot] : undefined;
  }

  /** Writes bytes into a pack. @throws PackUnwritten */
  write(slot: number, offset: number, bytes: Uint8Array): void {
    const memory = this.memory(slot);
    if (memory !== undefined) memory.set(bytes, offset);
    else onFile(slot, () => writeFully(this.#get(slot, fileAt), bytes, offset));
  }

  /** Takes the first bytes of a pack, piece by piece; a piece is good until the next one. @throws PackUnwritten, Error where there are fewer */
  read(slot: number, size: number, take: (piece: Uint8Array) => void): void {
    const memory = this.memory(slot);
    if (memory !== undefined) take(memory.subarray(0, size));
    else onFile(slot, () => readPieces(this.#get(slot, fileAt), size, take));
  }

  /** Says that a place has been written. Whether its slot is complete by this. @throws CalledOff */
  written({ slot, entry }: Place, contents: readonly ContentEntry[]): boolean {
    const entries = this.#entries[slot] as Uint32Array<SharedArrayBuffer>;
    for (const [number, { key, length, first, second }] of contents.entries()) {
      const at = (entry + number) * this.#entryWords;
      entries[at] = length;
      entries[at + 1] = first;
      entries[at + 2] = second;
      new Uint8Array(entries.buffer, entries.byteOffset + 4 * (at + 3), key.length).set(key);
    }
    this.#lock.take();
    const left = this.#add(slot, writersAt, -1);
    const complete = left === 0 && this.#get(slot, stateAt) === closed;
    this.#lock.leave();
    return complete;
  }

  /** How many bytes a slot holds, what comes before the contents included. */
  size(slot: number): number {
    return this.#get(slot, sizeAt);
  }

  /** The contents of a complete slot, in their order. */
  contents(slot: number): PackedContent[] {
    const contents: PackedContent[] = [];
    const entries = this.#entries[slot] as Uint32Array<SharedArrayBuffer>;
    let offset = this.layout.start;
    for (let entry = 0; entry < this.#get(slot, countAt); entry++) {
      const at = entry * this.#entryWords;
      const [length = 0, first = 0, second = 0] = entries.subarray(at, at + 3);
      const key = new Uint8Array(entries.buffer, entries.byteOffset + 4 * (at + 3), this.layout.keySize);
      contents.push({ key, offset, length, first, second });
      offset += length;
    }
    return contents;
  }

  /** Closes the open slot of a kind; `undefined` where there is none. @throws Error where it is still written to, CalledOff */
  closeOpen(kind: PackKind): number | undefined {
    this.#lock.take();
    const slot = this.#openSlot(kind);
    const writers = slot === none ? 0 : this.#get(slot, writersAt);
    if (slot !== none && writers === 0) this.#close(slot, kind);
    this.#lock.leave();
    if (writers > 0) throw new Error(`a pack was to be closed that ${writers} contents are being written to`);
    return slot === none ? undefined : slot;
  }

  /** Says that a slot can be filled, first or again: in its memory, or in the file with this descriptor. @throws CalledOff */
  release(slot: number, descriptor = none): void {
    this.#lock.take();
    this.#put(slot, fileAt, descriptor);
    this.#put(slot, stateAt, free);
    this.#lock.leave();
    Atomics.add(this.#head, freedAt, 1);
    Atomics.notify(this.#head, freedAt);
  }

  /** Closes the open slot where no more fits; its number where nobody writes to it any more. */
  #closeWhereFull(kind: PackKind, length: number): number {
    const slot = this.#openSlot(kind);
    if (slot === none || this.#get(slot, sizeAt) + length <= this.layout.room) return none;
    this.#close(slot, kind);
    return this.#get(slot, writersAt) === 0 ? slot : none;
  }

  #tryReserve(kind: PackKind, lengths: readonly number[]): Place | undefined {
    const slot = this.#openSlot(kind) === none ? this.#takeFree(kind) : this.#openSlot(kind);
    if (slot === none) return undefined;
    const { target, room, entryLimit } = this.layout;
    const [offset, entry] = [this.#get(slot, sizeAt), this.#get(slot, countAt)];
    let [end, count] = [offset, 0];
    for (let length = lengths[0]; length !== undefined && end + length <= room; length = lengths[count]) {
      end += length;
      count++;
      if (end >= target || entry + count === entryLimit) break;
    }
    this.#put(slot, sizeAt, end);
    this.#put(slot, countAt, entry + count);
    this.#add(slot, writersAt, 1);
    if (end >= target || entry + count === entryLimit) this.#close(slot, kind);
    return { slot, offset, entry, count, length: end - offset };
  }

  #openSlot(kind: PackKind): number {
    return this.#head[openAt + kind] ?? none;
  }

  #close(slot: number, kind: PackKind): void {
    this.#put(slot, stateAt, closed);
    this.#head[openAt + kind] = none;
  }

  #takeFree(kind: PackKind): number {
    for (let slot = 0; slot < this.#packs.length; slot++) {
      if (this.#get(slot, stateAt) !== free) continue;
      for (const word of [countAt, writersAt]) this.#put(slot, word, 0);
      this.#put(slot, sizeAt, this.layout.start);
      this.#put(slot, stateAt, open);
      this.#head[openAt + kind] = slot;
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
