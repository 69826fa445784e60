import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Message } from '#foundation/language.ts';
import { raise } from '../errors.ts';
import { type BoltMeta, metaSize, pageSizes, readMeta } from './meta.ts';
import { type PageHeader, type Refuse, readHeader } from './page.ts';
import { reasons } from './reasons.ts';

/** A page, and the pages that belong to it behind it. */
export interface BoltPage extends PageHeader {
  /** Of the page and its overflow. */
  readonly bytes: Buffer;
}

/** What gives pages out, by their numbers. */
export interface PageSource {
  /** @throws `etcd.snapshot-damaged` */
  page(id: number): BoltPage;
}

/** What gives bytes of the file out. */
export interface ByteSource {
  /** @throws `etcd.snapshot-damaged` where the file ends before */
  read(at: number, length: number): Buffer;
}

/** Bytes of the file that are read at once, and how many such pieces are kept. */
const blockSize = 64 * 1024;
const blocksKept = 256;
/** Pages that belong together are refused beyond: a value is limited by what etcd takes in a request, 1.5 MiB by default. */
const longestPage = 512 * 1024 * 1024;

/**
 * A bbolt file, open for reading without a lock: not to be used on the database of a member that runs. Every number in it
 * is taken for untrusted. Reading is synchronous, out of pieces that are kept; memory is bounded by them.
 */
export class BoltFile implements Disposable, PageSource, ByteSource {
  readonly path: string;
  /** Bytes of the file. */
  readonly size: number;
  readonly meta: BoltMeta;
  /** How many of the two meta pages are sound. */
  readonly soundMetas: number;
  readonly #fd: number;
  readonly #blocks = new Map<number, Buffer>();

  private constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
    this.size = fstatSync(fd).size;
    const metas = findMetas(this.size, (at, length) => this.read(at, length));
    this.soundMetas = metas.length;
    const [meta] = metas.sort((a, b) => (a.transaction < b.transaction ? 1 : -1));
    if (meta === undefined) {
      const reason = this.size === 0 ? reasons.empty : reasons.noMeta;
      throw raise['snapshot-foreign']({ file: path, reason });
    }
    this.meta = meta;
    if (meta.pages * meta.pageSize > this.size) this.refuse(reasons.truncated);
  }

  /** @throws `etcd.snapshot-missing`, `etcd.snapshot-foreign`, `etcd.snapshot-damaged` */
  static open(path: string): BoltFile {
    const fd = openFile(path);
    try {
      return new BoltFile(path, fd);
    } catch (thrown) {
      closeSync(fd);
      throw thrown;
    }
  }

  /** @param from where its bytes are read */
  page(id: number, from: ByteSource = this): BoltPage {
    const { pageSize, pages } = this.meta;
    if (!Number.isSafeInteger(id) || id < 2 || id >= pages) return this.refuse(reasons.pageNumber, id);
    const first = from.read(id * pageSize, pageSize);
    const { id: said, flags, count, overflow } = readHeader(first);
    if (said !== id) this.refuse(reasons.pageId, id);
    if (overflow === 0) return { id, flags, count, overflow, bytes: first };
    const length = (1 + overflow) * pageSize;
    if (id + overflow >= pages || length > longestPage) this.refuse(reasons.overflow, id);
    return { id, flags, count, overflow, bytes: from.read(id * pageSize, length) };
  }

  read(at: number, length: number): Buffer {
    const block = Math.floor(at / blockSize);
    const within = at - block * blockSize;
    if (within + length <= blockSize) {
      const bytes = this.#block(block).subarray(within, within + length);
      if (bytes.length === length) return bytes;
    } else {
      const bytes = Buffer.allocUnsafe(length);
      if (this.readInto(bytes, at) === length) return bytes;
    }
    return this.refuse(reasons.truncated);
  }

  /** Fills the buffer, or as much of it as the file has. Answers how many bytes these are. */
  readInto(into: Buffer, at: number): number {
    return readFully(this.#fd, into, at);
  }

  /** What reads elements of this page says. */
  refuser(page: number): Refuse {
    return reason => this.refuse(reasons[reason], page);
  }

  refuse(reason: Message, page?: number): never {
    throw raise['snapshot-damaged']({ file: this.path, reason, page });
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  #block(number: number): Buffer {
    const kept = this.#blocks.get(number);
    if (kept !== undefined) return kept;
    const oldest = this.#blocks.size < blocksKept ? undefined : this.#blocks.keys().next().value;
    if (oldest !== undefined) this.#blocks.delete(oldest);
    const bytes = Buffer.allocUnsafeSlow(blockSize);
    const block = bytes.subarray(0, this.readInto(bytes, number * blockSize));
    this.#blocks.set(number, block);
    return block;
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw raise['snapshot-missing']({ file: path }, { cause });
  }
}

function readFully(fd: number, into: Buffer, at: number): number {
  let done = 0;
  while (done < into.length) {
    const count = readSync(fd, into, done, into.length - done, at + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** The second meta is where the first one's page ends; where the first is damaged, at any size of a page. */
function findMetas(size: number, read: (at: number, length: number) => Buffer): BoltMeta[] {
  const metaAt = (at: number): BoltMeta | undefined =>
    at + metaSize > size ? undefined : readMeta(read(at, metaSize));
  const first = metaAt(0);
  const candidates = first === undefined ? pageSizes : [first.pageSize];
  for (const pageSize of candidates) {
    const second = metaAt(pageSize);
    if (second?.pageSize === pageSize) return first === undefined ? [second] : [first, second];
  }
  return first === undefined ? [] : [first];
}
