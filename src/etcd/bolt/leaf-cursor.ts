import type { BoltFile } from './bolt-file.ts';
import { bucketFlag, elementSize, headerSize } from './page.ts';
import { reasons } from './reasons.ts';
import type { Leaf } from './tree.ts';

const nothing = Buffer.alloc(0);

/**
 * Goes through the elements of leaves without an object for each: key and value of the element that it is at are
 * `bytes` from `key` to `value`, and from there to `end`.
 */
export class LeafCursor {
  bytes: Buffer = nothing;
  key = 0;
  value = 0;
  end = 0;
  readonly #file: BoltFile;
  #page = 0;
  #count = 0;
  #next = 0;
  /** Bytes that elements of this leaf may still have. */
  #room = 0;

  constructor(file: BoltFile) {
    this.#file = file;
  }

  /** The page of the leaf; 0 for one that is inline. */
  get page(): number {
    return this.#page;
  }

  /** The number of the element. */
  get element(): number {
    return this.#next - 1;
  }

  /** Whether the value of the element is a bucket. */
  get isBucket(): boolean {
    return (this.bytes.readUInt32LE(headerSize + elementSize * this.element) & bucketFlag) !== 0;
  }

  /** Goes before the first element of a leaf. */
  enter(leaf: Leaf): void {
    this.bytes = leaf.bytes;
    this.#page = leaf.page;
    this.#count = leaf.count;
    this.#next = 0;
    this.#room = leaf.bytes.length;
  }

  /** Goes behind the last element of a leaf, from where {@link previous} leads to its first. */
  enterBehind(leaf: Leaf): void {
    this.enter(leaf);
    this.#next = leaf.count + 1;
  }

  /** Goes to the next element; `false` behind the last. @throws `etcd.snapshot-damaged` */
  next(): boolean {
    if (this.#next === this.#count) return false;
    this.#read(this.#next++);
    return true;
  }

  /** Goes to the element before; `false` before the first. @throws `etcd.snapshot-damaged` */
  previous(): boolean {
    if (this.#next <= 1) return false;
    this.#next--;
    this.#read(this.#next - 1);
    return true;
  }

  #read(element: number): void {
    const { bytes } = this;
    const at = headerSize + elementSize * element;
    if (at + elementSize > bytes.length) this.#file.refuse(reasons.elements, this.#page);
    this.key = at + bytes.readUInt32LE(at + 4);
    this.value = this.key + bytes.readUInt32LE(at + 8);
    this.end = this.value + bytes.readUInt32LE(at + 12);
    // Elements share no bytes: a page that says otherwise could make the reading of it endless.
    this.#room -= this.end - this.key;
    if (this.end > bytes.length || this.#room < 0) this.#file.refuse(reasons.elements, this.#page);
  }
}
