import { createHash, type Hash } from 'node:crypto';
import type { Message } from '#foundation/language.ts';
import { type BoltMeta, metaSize, pageSizes, readMeta } from '../bolt/meta.ts';
import { raise } from '../errors.ts';
import { hasTrailer, trailerSize } from '../snapshot/trailer.ts';
import { refusals } from './refusals.ts';

/** What was proven of a stream that came to its end. */
export interface StreamProof {
  /** Bytes, the checksum at the end among them. */
  readonly size: number;
  /** The checksum that etcd sent: SHA-256 of all before it, in hexadecimal digits. */
  readonly sha256: string;
  /** Bytes of a page, and pages, of the database. */
  readonly pageSize: number;
  readonly pages: number;
}

export interface CheckingOptions {
  /** What the snapshot is of, for the error. */
  readonly source: string;
  /** Told once, when everything is proven and before the stream ends. */
  readonly onProven?: ((proof: StreamProof) => void) | undefined;
}

/**
 * The bytes of a snapshot as they come, which end only if they are whole: both meta pages sound, as many pages as they say, and behind
 * them the SHA-256 of all before. Whoever commits at the end of a stream thus never commits a snapshot that is cut, changed, mixed
 * or empty. Holds 64 KiB.
 *
 * @throws `etcd.save-refused`, as early as it is known; what `bytes` throws
 */
export async function* checkedSnapshot(
  bytes: AsyncIterable<Uint8Array>,
  { source, onProven }: CheckingOptions,
): AsyncGenerator<Uint8Array> {
  const check = new StreamCheck(reason => raise['save-refused']({ source, reason }));
  for await (const piece of bytes) {
    check.take(piece);
    yield piece;
  }
  const proof = check.end();
  onProven?.(proof);
}

/** Both meta pages lie in so many bytes, whatever the size of a page is. */
const headSize = Math.max(...pageSizes) + metaSize;

class StreamCheck {
  readonly #refusal: (reason: Message) => Error;
  readonly #hash: Hash = createHash('sha256');
  /** The last bytes that came, which are the checksum if nothing follows. */
  #tail = Buffer.alloc(0);
  #size = 0;
  #head: Buffer[] = [];
  #meta: BoltMeta | undefined;

  constructor(refusal: (reason: Message) => Error) {
    this.#refusal = refusal;
  }

  take(piece: Uint8Array): void {
    this.#hashAllButTail(piece);
    this.#size += piece.length;
    if (this.#meta !== undefined) return;
    this.#head.push(Buffer.from(piece.subarray(0, headSize)));
    if (this.#size >= headSize) this.#meta = this.#readMetas();
  }

  end(): StreamProof {
    if (this.#size === 0) throw this.#refusal(refusals.empty);
    const { pageSize, pages } = (this.#meta ??= this.#readMetas());
    const wanted = pageSize * pages + trailerSize;
    if (this.#size < wanted) throw this.#refusal(refusals.short(this.#size, wanted));
    if (!hasTrailer(this.#size)) throw this.#refusal(refusals.noChecksum);
    if (!this.#hash.digest().equals(this.#tail)) throw this.#refusal(refusals.checksum);
    return { size: this.#size, sha256: this.#tail.toString('hex'), pageSize, pages };
  }

  #hashAllButTail(piece: Uint8Array): void {
    if (piece.length >= trailerSize) {
      const end = piece.length - trailerSize;
      this.#hash.update(this.#tail).update(piece.subarray(0, end));
      this.#tail = Buffer.from(piece.subarray(end));
      return;
    }
    const joined = Buffer.concat([this.#tail, piece]);
    const end = Math.max(0, joined.length - trailerSize);
    this.#hash.update(joined.subarray(0, end));
    this.#tail = joined.subarray(end);
  }

  #readMetas(): BoltMeta {
    const head = Buffer.concat(this.#head);
    this.#head = [];
    const first = readMeta(head);
    const second = first && readMeta(head.subarray(first.pageSize));
    if (first === undefined || second?.pageSize !== first.pageSize) throw this.#refusal(refusals.foreign);
    return first.transaction > second.transaction ? first : second;
  }
}
