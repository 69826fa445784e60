import type { IndexedPack } from '../format/index-file.ts';
import { type BlobTable, numbersPerBlob } from '../format/index-scan.ts';
import type { BlobType, PackedBlob } from '../format/pack.ts';
import { sealOverhead } from '../sealing/seal.ts';

/** One of the places where a blob lies. */
export interface BlobPlace extends PackedBlob {
  /** The pack's id. */
  readonly pack: string;
  /** The number of this place in its index, from 0. */
  readonly entry: number;
}

/** What other threads look blobs up in; see `pipeline/known-blobs.ts`. */
export interface SharedIndex {
  /** 32 bytes for each place. */
  readonly ids: SharedArrayBuffer;
  /** A byte for each place: 1 for a tree. */
  readonly trees: SharedArrayBuffer;
  /** 32 bits each, open addressing by the first four bytes of the id: the number of a place and 1, or 0. */
  readonly slots: SharedArrayBuffer;
}

const idSize = 32;
const firstCapacity = 1024;

/**
 * Where every blob of a repository lies: some 60 bytes for each place, outside the JavaScript heap. A blob may lie
 * in several packs; packs described twice count once.
 */
export class BlobIndex {
  readonly #packs: string[] = [];
  readonly #packNumbers = new Map<string, number>();
  #count = 0;
  #ids = sharedBytes(firstCapacity * idSize);
  #numbers = new Uint32Array(firstCapacity * 4);
  #trees = sharedBytes(firstCapacity);
  /** Open addressing by the first four bytes of the id: the number of an entry and 1, or 0. Never more than half full. */
  #slots = sharedWords(firstCapacity * 2);
  /** The id that is looked for. */
  readonly #wanted = Buffer.alloc(idSize);

  /** How many places there are. */
  get size(): number {
    return this.#count;
  }

  /** The ids of all packs. */
  get packs(): readonly string[] {
    return this.#packs;
  }

  /**
   * For threads that ask whether a blob is known: they see what is known now, and what is added later or not; an
   * id is written before the slot that leads to it.
   */
  shared(): SharedIndex {
    return { ids: this.#ids.buffer, trees: this.#trees.buffer, slots: this.#slots.buffer };
  }

  add({ id, blobs }: IndexedPack): void {
    const known = this.#packNumbers.get(id);
    const pack = known ?? this.#packs.push(id) - 1;
    this.#packNumbers.set(id, pack);
    for (const blob of blobs) {
      const bytes = Buffer.from(blob.id, 'hex');
      if (known === undefined || !this.#has(bytes, pack, blob.offset)) this.#insert(bytes, pack, blob);
    }
  }

  /** Adds the packs of an index file. */
  addTable({ packs, ids, numbers, trees }: BlobTable): void {
    this.#reserve(trees.length);
    for (const { id, first, end } of packs) {
      const known = this.#packNumbers.get(id);
      const pack = known ?? this.#packs.push(id) - 1;
      this.#packNumbers.set(id, pack);
      for (let blob = first; blob < end; blob++) {
        const at = numbersPerBlob * blob;
        const bytes = Buffer.from(ids.buffer, ids.byteOffset + blob * idSize, idSize);
        if (known !== undefined && this.#has(bytes, pack, numbers[at] ?? 0)) continue;
        const entry = this.#count++;
        this.#ids.set(bytes, entry * idSize);
        this.#numbers[4 * entry] = pack;
        for (let i = 0; i < numbersPerBlob; i++) this.#numbers[4 * entry + 1 + i] = numbers[at + i] ?? 0;
        this.#trees[entry] = trees[blob] ?? 0;
        this.#occupy(entry);
      }
    }
  }

  /** Every place of a blob; none where it is not known. */
  places(type: BlobType, id: string): BlobPlace[] {
    const tree = type === 'tree' ? 1 : 0;
    return [...this.#entriesOf(Buffer.from(id, 'hex'))]
      .filter(entry => this.#trees[entry] === tree)
      .map(entry => this.place(entry));
  }

  /** The number of the first of a blob's places, which stands for the blob; -1 where it is not known. */
  first(type: BlobType, id: string): number {
    if (this.#wanted.write(id, 'hex') !== idSize) return -1;
    return this.#first(this.#wanted, type === 'tree' ? 1 : 0);
  }

  /** The number of the first place of the blob that lies at this place. */
  firstOf(entry: number): number {
    return this.#first(this.#idBytes(entry), this.#trees[entry] ?? 0);
  }

  /** Which of {@link packs} holds this place. */
  packNumber(entry: number): number {
    return this.#numbers[4 * entry] ?? 0;
  }

  /** Where a place begins in its pack. */
  offset(entry: number): number {
    return this.#numbers[4 * entry + 1] ?? 0;
  }

  /** How many bytes a place has in its pack, sealed. */
  sealedLength(entry: number): number {
    return this.#numbers[4 * entry + 2] ?? 0;
  }

  /** How many bytes the content of a place has. */
  contentLength(entry: number): number {
    const uncompressed = this.#numbers[4 * entry + 3] ?? 0;
    return uncompressed === 0 ? this.sealedLength(entry) - sealOverhead : uncompressed;
  }

  isCompressed(entry: number): boolean {
    return this.#numbers[4 * entry + 3] !== 0;
  }

  isTree(entry: number): boolean {
    return this.#trees[entry] === 1;
  }

  /** The place of that number. */
  place(entry: number): BlobPlace {
    const [pack = 0, offset = 0, length = 0, uncompressed = 0] = this.#numbers.subarray(
      4 * entry,
      4 * entry + 4,
    );
    const id = Buffer.from(this.#ids.buffer, entry * idSize, idSize).toString('hex');
    const type = this.#trees[entry] === 1 ? 'tree' : 'data';
    return { id, type, offset, length, uncompressed, pack: this.#packs[pack] ?? '', entry };
  }

  /** The places in each pack, by the pack's number in {@link packs}, in no order. */
  entriesByPack(): Uint32Array[] {
    const counts = new Uint32Array(this.#packs.length);
    for (let entry = 0; entry < this.#count; entry++) {
      const pack = this.#numbers[4 * entry] ?? 0;
      counts[pack] = (counts[pack] ?? 0) + 1;
    }
    const lists = Array.from(counts, count => new Uint32Array(count));
    for (let entry = 0; entry < this.#count; entry++) {
      const pack = this.#numbers[4 * entry] ?? 0;
      const left = (counts[pack] ?? 0) - 1;
      counts[pack] = left;
      const list = lists[pack];
      if (list !== undefined) list[left] = entry;
    }
    return lists;
  }

  #has(id: Buffer, pack: number, offset: number): boolean {
    for (const entry of this.#entriesOf(id)) {
      if (this.#numbers[4 * entry] === pack && this.#numbers[4 * entry + 1] === offset) return true;
    }
    return false;
  }

  #first(id: Buffer, tree: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = id.readUInt32LE() & mask; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const entry = (this.#slots[slot] ?? 0) - 1;
      if (this.#trees[entry] === tree && this.#isAt(id, entry * idSize)) return entry;
    }
    return -1;
  }

  #isAt(id: Uint8Array, at: number): boolean {
    for (let i = 0; i < idSize; i++) if (this.#ids[at + i] !== id[i]) return false;
    return true;
  }

  #idBytes(entry: number): Buffer {
    return Buffer.from(this.#ids.buffer, entry * idSize, idSize);
  }

  *#entriesOf(id: Buffer): Generator<number> {
    const mask = this.#slots.length - 1;
    for (let slot = id.readUInt32LE() & mask; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const entry = (this.#slots[slot] ?? 0) - 1;
      if (id.compare(this.#ids, entry * idSize, (entry + 1) * idSize) === 0) yield entry;
    }
  }

  #insert(id: Buffer, pack: number, blob: PackedBlob): void {
    if (this.#count === this.#trees.length) this.#grow();
    const entry = this.#count++;
    this.#ids.set(id, entry * idSize);
    this.#numbers.set([pack, blob.offset, blob.length, blob.uncompressed], 4 * entry);
    this.#trees[entry] = blob.type === 'tree' ? 1 : 0;
    this.#occupy(entry);
  }

  #occupy(entry: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#beginning(entry) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = entry + 1;
  }

  /** The first four bytes of an id. */
  #beginning(entry: number): number {
    const [ids, at] = [this.#ids, entry * idSize];
    return (
      (ids[at] ?? 0) | ((ids[at + 1] ?? 0) << 8) | ((ids[at + 2] ?? 0) << 16) | ((ids[at + 3] ?? 0) << 24)
    );
  }

  /** Makes room for so many more. */
  #reserve(more: number): void {
    while (this.#count + more > this.#trees.length) this.#grow();
  }

  #grow(): void {
    const [ids, numbers, trees] = [this.#ids, this.#numbers, this.#trees];
    this.#ids = sharedBytes(ids.length * 2);
    this.#ids.set(ids);
    this.#numbers = new Uint32Array(numbers.length * 2);
    this.#numbers.set(numbers);
    this.#trees = sharedBytes(trees.length * 2);
    this.#trees.set(trees);
    this.#slots = sharedWords(this.#slots.length * 2);
    for (let entry = 0; entry < this.#count; entry++) this.#occupy(entry);
  }
}

function sharedBytes(length: number): Uint8Array<SharedArrayBuffer> {
  return new Uint8Array(new SharedArrayBuffer(length));
}

function sharedWords(length: number): Uint32Array<SharedArrayBuffer> {
  return new Uint32Array(new SharedArrayBuffer(4 * length));
}
