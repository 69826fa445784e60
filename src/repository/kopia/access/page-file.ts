import { createHash, hkdfSync, randomBytes } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { roomIn } from '../../format/next-room.ts';
import { type Aead, nonceSize, tagSize } from '../sealing/aead.ts';
import { keptAead } from '../sealing/kept-aead.ts';
import { nodesAead } from '../sealing/nodes-aead.ts';

/**
 * A file of this machine that holds bytes sealed page by page, so that few of them can be read, each authentic: a header of
 * {@link magic} and 32 random bytes; pages of {@link pageSize} bytes (the last one has fewer), each with a tag. The key is derived
 * from the repository's, for these random bytes and what the file is of alone: a page's nonce is its number.
 */
export const pageSize = 4096;
const magic = Buffer.from('hozonpg1');
const saltSize = 32;
const headerSize = magic.length + saltSize;
const sealedPage = pageSize + tagSize;
/** So many pages are written at once. */
const pagesAtOnce = 64;

/** What a file of pages is of, and what its key is made of. */
export interface PagedText {
  readonly masterKey: Uint8Array;
  /** The blob; how many plain bytes it has. */
  readonly id: string;
  readonly length: number;
}

/** A page that is not what was written. */
export class PageDamage extends Error {}

const cipher = 'aes-256-gcm';
let usual: Aead | undefined;

function aead(): Aead {
  usual ??= keptAead(cipher) ?? nodesAead(cipher);
  return usual;
}

/** What is sealed with one key: a page after the other. */
class PageSeal {
  readonly #key: Uint8Array;
  readonly #context: Uint8Array;
  readonly #nonce = Buffer.alloc(nonceSize);

  constructor({ masterKey, id, length }: PagedText, header: Buffer) {
    const info = `hozon pages of ${length} bytes of ${id}`;
    this.#key = Buffer.from(hkdfSync('sha256', masterKey, header.subarray(magic.length), info, 32));
    this.#context = createHash('sha256').update(header).digest();
  }

  seal(page: number, plain: Uint8Array, target: Uint8Array): void {
    aead().seal(this.#text(page), plain, roomIn(target));
  }

  open(page: number, sealed: Uint8Array, target: Uint8Array): boolean {
    const end = sealed.length - tagSize;
    return aead().open(this.#text(page), sealed.subarray(0, end), target, sealed.subarray(end));
  }

  #text(page: number): Parameters<Aead['seal']>[0] {
    this.#nonce.writeUInt32BE(page);
    return { key: this.#key, nonce: this.#nonce, context: this.#context };
  }
}

/** The bytes of a file of pages of these plain ones. @throws what `plain` throws */
export async function* pagesOf(
  text: PagedText,
  plain: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const header = Buffer.concat([magic, randomBytes(saltSize)]);
  yield header;
  const seal = new PageSeal(text, header);
  const held = Buffer.alloc(pageSize * pagesAtOnce);
  let [length, page] = [0, 0];
  const sealed = (): Buffer => {
    const count = Math.ceil(length / pageSize);
    const target = Buffer.allocUnsafe(length + count * tagSize);
    for (let each = 0; each < count; each++) {
      const from = held.subarray(each * pageSize, Math.min(length, (each + 1) * pageSize));
      seal.seal(page++, from, target.subarray(each * sealedPage));
    }
    length = 0;
    return target;
  };
  for await (const part of plain) {
    for (let at = 0; at < part.length; ) {
      const piece = part.subarray(at, at + held.length - length);
      held.set(piece, length);
      length += piece.length;
      at += piece.length;
      if (length === held.length) yield sealed();
    }
  }
  if (length > 0) yield sealed();
}

/** Pages that were read, of any files: a fixed number of them. */
export class PagePool {
  readonly #bytes: Buffer;
  readonly #held: (PageFile | undefined)[];
  readonly #pages: Int32Array;

  /** @param size how many pages */
  constructor(size = 2048) {
    this.#bytes = Buffer.alloc(size * pageSize);
    this.#held = Array.from({ length: size });
    this.#pages = new Int32Array(size);
  }

  /** A page's bytes, which `read` fills in where they are not held. They may change with the next call. */
  page(file: PageFile, page: number, read: (target: Buffer) => void): Buffer {
    const slot = (page + file.number * 577) % this.#held.length;
    const bytes = this.#bytes.subarray(slot * pageSize, (slot + 1) * pageSize);
    if (this.#held[slot] === file && this.#pages[slot] === page) return bytes;
    this.#held[slot] = undefined;
    read(bytes);
    this.#held[slot] = file;
    this.#pages[slot] = page;
    return bytes;
  }
}

let files = 0;
const closing = new FinalizationRegistry<number>(closeSync);

/** A file that {@link pagesOf} made. It is open until nobody refers to it. */
export class PageFile {
  /** Which of the files that this process has opened it is. */
  readonly number = files++;
  readonly length: number;
  readonly #descriptor: number;
  readonly #seal: PageSeal;
  readonly #pool: PagePool;
  readonly #onDamage: () => Error;
  readonly #sealed = Buffer.alloc(sealedPage);

  /**
   * @param options.onDamage what to throw where a page is not what was written
   * @throws PageDamage where it is no file of this text, and what the file system throws
   */
  constructor(
    path: string,
    text: PagedText,
    { pool, onDamage }: { readonly pool: PagePool; readonly onDamage: () => Error },
  ) {
    this.length = text.length;
    this.#pool = pool;
    this.#onDamage = onDamage;
    this.#descriptor = openSync(path, 'r');
    closing.register(this, this.#descriptor);
    const header = Buffer.alloc(headerSize);
    const size = headerSize + text.length + Math.ceil(text.length / pageSize) * tagSize;
    const isWhole = fstatSync(this.#descriptor).size === size && this.#fill(header, 0);
    if (!isWhole || !header.subarray(0, magic.length).equals(magic)) throw new PageDamage();
    this.#seal = new PageSeal(text, header);
  }

  /** Fills `target` with the bytes from there on. @throws what `onDamage` says, RangeError beyond the end */
  read(target: Uint8Array, at: number): void {
    if (at < 0 || at + target.length > this.length) throw new RangeError('beyond the end of the pages');
    for (let done = 0; done < target.length; ) {
      const place = at + done;
      const page = Math.floor(place / pageSize);
      const first = place - page * pageSize;
      const bytes = this.#pool.page(this, page, into => this.#open(page, into));
      const count = Math.min(pageSize - first, target.length - done);
      copy(bytes.subarray(first, first + count), target, done);
      done += count;
    }
  }

  #open(page: number, target: Buffer): void {
    const plain = Math.min(pageSize, this.length - page * pageSize);
    const sealed = this.#sealed.subarray(0, plain + tagSize);
    const isRead = this.#fill(sealed, headerSize + page * sealedPage);
    if (!isRead || !this.#seal.open(page, sealed, target.subarray(0, plain))) throw this.#onDamage();
  }

  /** Whether there are so many bytes. */
  #fill(target: Uint8Array, at: number): boolean {
    for (let done = 0; done < target.length; ) {
      const read = readSync(this.#descriptor, target, done, target.length - done, at + done);
      if (read === 0) return false;
      done += read;
    }
    return true;
  }
}

/** A call of the runtime for a few bytes would take longer than they do. */
function copy(from: Uint8Array, target: Uint8Array, at: number): void {
  if (from.length > 64) target.set(from, at);
  else for (let each = 0; each < from.length; each++) target[at + each] = from[each] ?? 0;
}
