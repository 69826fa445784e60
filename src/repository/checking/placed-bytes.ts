import { type SpareMemory, spareLimit } from './spare-memory.ts';

/** Where something lies in a file. */
export interface Placed {
  readonly offset: number;
  readonly length: number;
}

export interface PlacedFile {
  /** Bytes of the file. */
  readonly size: number;
  /** By their offsets; they may overlap. */
  readonly places: readonly Placed[];
}

interface OpenPlace {
  readonly number: number;
  readonly place: Placed;
  /** At least as long as the place. */
  readonly memory: Buffer;
}

/** Hands on the bytes of each place of a file that streams by; a place of no bytes is missing. Holds those of places that lie across two pieces. */
export class PlacedBytes {
  readonly #file: PlacedFile;
  readonly #look: (number: number, bytes: Uint8Array) => void;
  readonly #memory: SpareMemory;
  /** Places that no file of this size has. */
  readonly #impossible: number[] = [];
  #at = 0;
  #next = 0;
  #open: OpenPlace[] = [];

  /** @param look - told the number of each place when its bytes are there, which are good until it returns */
  constructor(file: PlacedFile, memory: SpareMemory, look: (number: number, bytes: Uint8Array) => void) {
    this.#file = file;
    this.#look = look;
    this.#memory = memory;
  }

  /** How many bytes were given. */
  get at(): number {
    return this.#at;
  }

  /** How many bytes the next piece best has, of which about `usual` are wished: such that places lie in one piece. None at the end only. */
  bestLength(usual: number): number {
    const { places, size } = this.#file;
    const first = places[this.#next];
    if (first === undefined || this.#open.length > 0) return Math.min(usual, size - this.#at);
    let end = Math.max(first.offset + first.length, this.#at);
    if (end - this.#at > Math.max(usual, spareLimit)) return Math.min(usual, size - this.#at);
    for (let number = this.#next + 1; ; number++) {
      const place = places[number];
      if (place === undefined || place.offset + place.length - this.#at > usual) break;
      end = Math.max(end, place.offset + place.length);
    }
    const best = Math.min(end, size) - this.#at;
    return best > 0 ? best : Math.min(usual, size - this.#at);
  }

  /** The next bytes of the file. They are not kept. */
  take(piece: Uint8Array): void {
    const end = this.#at + piece.length;
    this.#open = this.#open.filter(each => !this.#fill(each, piece, end));
    const { places } = this.#file;
    for (let place = places[this.#next]; place !== undefined; place = places[this.#next]) {
      if (place.offset >= end) break;
      this.#begin({ number: this.#next++, place }, piece, end);
    }
    this.#at = end;
  }

  /** The numbers of places that were not there to their end, when all bytes were given. */
  missing(): readonly number[] {
    const { places } = this.#file;
    const unread = places.slice(this.#next).map((_, at) => this.#next + at);
    return [...this.#impossible, ...this.#open.map(({ number }) => number), ...unread];
  }

  #begin({ number, place }: Pick<OpenPlace, 'number' | 'place'>, piece: Uint8Array, end: number): void {
    const from = place.offset - this.#at;
    if (place.length <= 0 || place.offset + place.length > this.#file.size) {
      this.#impossible.push(number);
      return;
    }
    if (place.offset + place.length <= end && from >= 0) {
      this.#look(number, piece.subarray(from, from + place.length));
      return;
    }
    const open = { number, place, memory: this.#memory.borrow(place.length) };
    if (!this.#fill(open, piece, end)) this.#open.push(open);
  }

  /** Whether it is complete. */
  #fill({ number, place, memory }: OpenPlace, piece: Uint8Array, end: number): boolean {
    const { offset, length } = place;
    const from = Math.max(offset, this.#at);
    const to = Math.min(offset + length, end);
    memory.set(piece.subarray(from - this.#at, to - this.#at), from - offset);
    if (to < offset + length) return false;
    this.#look(number, memory.subarray(0, length));
    this.#memory.giveBack(memory);
    return true;
  }
}
