import { createHash } from 'node:crypto';
import { Fault } from '../../format/fault.ts';
import { BlobOpener } from '../access/blob-opener.ts';
import { headerLength, type PackedBlob, packSize, readHeader, trailerSize } from '../format/pack.ts';
import { reasons } from '../format/reasons.ts';
import type { SealKey } from '../sealing/seal.ts';

/** What a pack is to be. Plain data: it crosses threads. */
export interface PackToVerify {
  readonly id: string;
  /** Bytes that the file has. */
  readonly size: number;
  /** Where the indexes say that blobs are, by their offsets. */
  readonly places: readonly PackedBlob[];
}

export type ReasonName = keyof typeof reasons;

/** What a pack is. */
export interface PackVerdict {
  /** Which of the places cannot be read, by their number. */
  readonly lost: readonly number[];
  /** What is wrong with the file; absent where every byte is as it was. */
  readonly fault: ReasonName | undefined;
}

/** Memory that one pack after the other is looked at in. */
export class VerifierMemory {
  readonly opener: BlobOpener;
  #spare: Buffer = Buffer.alloc(0);

  constructor(key: SealKey) {
    this.opener = new BlobOpener(key);
  }

  /** So many bytes of anything. */
  borrow(length: number): Buffer {
    const spare = this.#spare;
    this.#spare = Buffer.alloc(0);
    return spare.length >= length ? spare : Buffer.allocUnsafeSlow(length);
  }

  giveBack(memory: Buffer): void {
    if (memory.length > this.#spare.length && memory.length <= spareLimit) this.#spare = memory;
  }
}

/** Longer memory is not kept. A chunk of a file has at most 8 MiB, and something for its seal. */
const spareLimit = 8 * 1024 * 1024 + 4096;

interface OpenPlace {
  readonly number: number;
  readonly place: PackedBlob;
  /** At least as long as the place. */
  readonly memory: Buffer;
}

/**
 * Looks at a pack while it streams by: at its checksum, at each of its blobs, and at its header, which must name the same
 * blobs as the indexes. Holds one blob and the header.
 */
export class PackVerifier {
  readonly #key: SealKey;
  readonly #memory: VerifierMemory;
  readonly #pack: PackToVerify;
  readonly #hash = createHash('sha256');
  readonly #lost: number[] = [];
  readonly #tail: Buffer;
  readonly #tailAt: number;
  #firstFault: ReasonName | undefined;
  #at = 0;
  #next = 0;
  #open: OpenPlace[] = [];

  constructor(key: SealKey, memory: VerifierMemory, pack: PackToVerify) {
    this.#key = key;
    this.#memory = memory;
    this.#pack = pack;
    const { places, size } = pack;
    const blobBytes = places.reduce((sum, { length }) => sum + length, 0);
    const tail = size === packSize(places) ? size - blobBytes : 0;
    this.#tailAt = size - tail;
    this.#tail = Buffer.alloc(tail);
  }

  /** The next bytes of the file. They are not kept. */
  take(piece: Uint8Array): void {
    this.#hash.update(piece);
    const end = this.#at + piece.length;
    this.#open = this.#open.filter(each => this.#fill(each, piece, end));
    const { places } = this.#pack;
    for (
      let place = places[this.#next];
      place !== undefined && place.offset < end;
      place = places[this.#next]
    ) {
      this.#begin({ number: this.#next++, place }, piece, end);
    }
    const from = Math.max(this.#tailAt, this.#at);
    if (from < end) this.#tail.set(piece.subarray(from - this.#at), from - this.#tailAt);
    this.#at = end;
  }

  /** When all bytes were given. */
  finish(): PackVerdict {
    const { places, id, size } = this.#pack;
    for (const { number } of this.#open) this.#lost.push(number);
    for (let number = this.#next; number < places.length; number++) this.#lost.push(number);
    const lost = this.#lost.toSorted((a, b) => a - b);
    if (size !== packSize(places)) return { lost, fault: 'packSize' };
    if (this.#hash.digest('hex') !== id) return { lost, fault: 'otherBytes' };
    return { lost, fault: this.#firstFault ?? nameOfFault(() => this.#checkHeader()) };
  }

  #begin({ number, place }: Pick<OpenPlace, 'number' | 'place'>, piece: Uint8Array, end: number): void {
    const from = place.offset - this.#at;
    if (place.offset + place.length <= end && from >= 0) {
      this.#look(number, place, piece.subarray(from, from + place.length));
      return;
    }
    if (place.offset + place.length > this.#pack.size) {
      this.#lost.push(number);
      return;
    }
    const open = { number, place, memory: this.#memory.borrow(place.length) };
    if (this.#fill(open, piece, end)) this.#open.push(open);
  }

  /** Whether more of it is to come. */
  #fill({ number, place, memory }: OpenPlace, piece: Uint8Array, end: number): boolean {
    const from = Math.max(place.offset, this.#at);
    const to = Math.min(place.offset + place.length, end);
    memory.set(piece.subarray(from - this.#at, to - this.#at), from - place.offset);
    if (to < place.offset + place.length) return true;
    this.#look(number, place, memory.subarray(0, place.length));
    this.#memory.giveBack(memory);
    return false;
  }

  #look(number: number, place: PackedBlob, sealed: Uint8Array): void {
    const fault = nameOfFault(() => this.#memory.opener.open(place, sealed));
    if (fault === undefined) return;
    this.#lost.push(number);
    this.#firstFault ??= fault;
  }

  #checkHeader(): void {
    const { places, size } = this.#pack;
    const length = headerLength(this.#tail.subarray(-trailerSize), size);
    if (length + trailerSize !== this.#tail.length) throw new Fault(reasons.indexDiffers);
    const blobs = readHeader(this.#key, this.#tail.subarray(0, length), size);
    const same =
      blobs.length === places.length &&
      blobs.every((blob, at) => {
        const place = places[at];
        return place?.id === blob.id && place.type === blob.type && place.offset === blob.offset;
      });
    if (!same) throw new Fault(reasons.indexDiffers);
  }
}

const names = new Map(Object.entries(reasons).map(([name, reason]) => [reason, name as ReasonName]));

function nameOfFault(action: () => unknown): ReasonName | undefined {
  try {
    action();
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    const name = names.get(thrown.reason);
    if (name === undefined) throw thrown;
    return name;
  }
}
