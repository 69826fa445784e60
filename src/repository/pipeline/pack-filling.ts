import { type NextRoom, roomIn } from '../format/next-room.ts';
import { pieceSize } from './pack-file.ts';
import type { CompletePack, ContentEntry, PackKind, PackSlots, Place } from './pack-slots.ts';

/** A sealed content before it has a place. */
export interface SealedContent extends ContentEntry {
  readonly kind: PackKind;
  /** Writes the sealed bytes, piece by piece. */
  readonly sealTo: (next: NextRoom) => void;
}

/** What a format makes of places and slots. */
export interface PackMaker {
  readonly slots: PackSlots;
  /** Makes a whole pack of a slot that nobody writes to any more. */
  readonly finish: (slot: number, kind: PackKind) => CompletePack;
  /** Makes a pack of one content that no slot can take. */
  readonly alone: (content: SealedContent) => CompletePack;
  /** Told of each whole pack. */
  readonly complete: (pack: CompletePack) => void;
}

/** Small contents that wait at most. */
const mostWaiting = 1024;

/**
 * Puts contents into the open packs, and completes packs that are full by it. Small ones wait until there is a piece of them, because a
 * call for each would take longer than what else is done with it. Belongs to one thread.
 */
export class PackFiller {
  readonly #maker: PackMaker;
  readonly #room = Buffer.from(new ArrayBuffer(pieceSize));
  #kind: PackKind = 0;
  /** What lies in the room, one behind the other. */
  #waiting: ContentEntry[] = [];
  #length = 0;

  constructor(maker: PackMaker) {
    this.#maker = maker;
  }

  /** Takes a content, in the order in which they come. @throws CalledOff, PackUnwritten */
  add(content: SealedContent): void {
    const { kind, key, length, first, second, sealTo } = content;
    const isLarge = length > pieceSize || length > this.#maker.slots.layout.target;
    const isFull = this.#length + length > pieceSize || this.#waiting.length === mostWaiting;
    if (isLarge || isFull || kind !== this.#kind) this.flush();
    if (isLarge) {
      this.#addLarge(content);
      return;
    }
    sealTo(roomIn(this.#room.subarray(this.#length, this.#length + length)));
    this.#kind = kind;
    this.#length += length;
    this.#waiting.push({ key, length, first, second });
  }

  /** Puts what waits into packs. @throws CalledOff, PackUnwritten */
  flush(): void {
    const [waiting, kind] = [this.#waiting, this.#kind];
    [this.#waiting, this.#length] = [[], 0];
    for (let [from, at] = [0, 0]; from < waiting.length; ) {
      const contents = from === 0 ? waiting : waiting.slice(from);
      const place = this.#reserve(kind, contents);
      this.#maker.slots.write(place.slot, place.offset, this.#room.subarray(at, at + place.length));
      this.#written(place, kind, contents);
      from += place.count;
      at += place.length;
    }
  }

  #addLarge(content: SealedContent): void {
    const { slots, alone, complete } = this.#maker;
    const { kind, length, sealTo } = content;
    if (length > slots.layout.target) {
      complete(alone(content));
      return;
    }
    const place = this.#reserve(kind, [content]);
    const memory = slots.memory(place.slot);
    if (memory === undefined) this.#sealToFile(place, content);
    else sealTo(roomIn(memory.subarray(place.offset, place.offset + length)));
    this.#written(place, kind, [content]);
  }

  #sealToFile({ slot, offset }: Place, { sealTo }: SealedContent): void {
    let [at, length] = [offset, 0];
    const write = (): void => {
      this.#maker.slots.write(slot, at, this.#room.subarray(0, length));
      at += length;
      length = 0;
    };
    sealTo(wanted => {
      if (length + wanted > pieceSize) write();
      length += wanted;
      return this.#room.subarray(length - wanted, length);
    });
    write();
  }

  #reserve(kind: PackKind, contents: readonly ContentEntry[]): Place {
    const { slots, finish, complete } = this.#maker;
    const lengths = contents.map(({ length }) => length);
    return slots.reserve(kind, lengths, slot => complete(finish(slot, kind)));
  }

  #written(place: Place, kind: PackKind, contents: readonly ContentEntry[]): void {
    const { slots, finish, complete } = this.#maker;
    const isComplete = slots.written(place, contents.slice(0, place.count));
    if (isComplete) complete(finish(place.slot, kind));
  }
}
