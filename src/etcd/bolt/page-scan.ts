import type { BoltFile, BoltPage, ByteSource, PageSource } from './bolt-file.ts';
import { pageFlags } from './page.ts';
import { reasons } from './reasons.ts';

/** Bytes of the file that are read at once where pages follow each other, and how many such pieces are kept. */
const windowSize = 64 * 1024;
const windowsKept = 32;

/** A piece of the file: of its `windowSize` bytes from a multiple of that on, those that were read. */
interface Window {
  readonly bytes: Buffer;
  from: number;
  to: number;
}

/**
 * Pages for those who look at each only once: in memory that is used again. The bytes of a leaf hold until the next page is
 * asked for; those of a branch are its own.
 *
 * Pages of a tree lie in the file one behind the other where it was filled, and anywhere after years of changes. So
 * only what is asked for is read, unless a piece beside it was read, or something of this piece already: then all of it.
 */
export class PageScan implements PageSource, ByteSource {
  readonly #file: BoltFile;
  readonly #kept = new Map<number, Window>();
  #long = Buffer.alloc(0);

  constructor(file: BoltFile) {
    this.#file = file;
  }

  page(id: number): BoltPage {
    const page = this.#file.page(id, this);
    return page.flags === pageFlags.leaf ? page : { ...page, bytes: Buffer.from(page.bytes) };
  }

  read(at: number, length: number): Buffer {
    const block = Math.floor(at / windowSize);
    const from = at - block * windowSize;
    const to = from + length;
    if (to > windowSize) return this.#readLong(at, length);
    let window = this.#kept.get(block);
    if (window === undefined) {
      window = this.#take(block);
      if (this.#kept.has(block - 1) || this.#kept.has(block + 1))
        this.#fill(window, block, { from: 0, to: windowSize });
      else this.#fill(window, block, { from, to });
    } else if (from < window.from || to > window.to) {
      this.#fill(window, block, { from: 0, to: windowSize });
    }
    if (to > window.to) this.#file.refuse(reasons.truncated);
    return window.bytes.subarray(from, to);
  }

  #readLong(at: number, length: number): Buffer {
    if (this.#long.length < length) this.#long = Buffer.allocUnsafeSlow(length);
    const bytes = this.#long.subarray(0, length);
    return this.#file.readInto(bytes, at) === length ? bytes : this.#file.refuse(reasons.truncated);
  }

  /** A window for a block that has none: a new one, or the oldest. */
  #take(block: number): Window {
    const oldest = this.#kept.size < windowsKept ? undefined : this.#kept.entries().next().value;
    const window = oldest?.[1] ?? { bytes: Buffer.allocUnsafeSlow(windowSize), from: 0, to: 0 };
    if (oldest !== undefined) this.#kept.delete(oldest[0]);
    this.#kept.set(block, window);
    return window;
  }

  #fill(window: Window, block: number, { from, to }: { readonly from: number; readonly to: number }): void {
    window.from = from;
    window.to = from + this.#file.readInto(window.bytes.subarray(from, to), block * windowSize + from);
  }
}
