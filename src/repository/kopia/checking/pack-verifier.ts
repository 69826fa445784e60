import { Fault } from '../../format/fault.ts';
import { openContent } from '../access/contents.ts';
import { contentHash } from '../format/content-id.ts';
import type { ContentHasher } from '../format/hashing.ts';
import type { ContentEntry } from '../format/index.ts';
import { reasons } from '../format/reasons.ts';
import type { ContentSealer } from '../format/sealing.ts';

/** A content that a pack is to hold. Plain data: it crosses threads. */
export type PlacedContent = Pick<ContentEntry, 'id' | 'offset' | 'length' | 'original' | 'compression'>;

/** What of a pack is to be looked at. */
export interface PackToVerify {
  /** Bytes that the blob has. */
  readonly size: number;
  /** By their offsets. */
  readonly contents: readonly PlacedContent[];
}

/** What could not be read. */
export interface PackVerdict {
  /** By their number among {@link PackToVerify.contents}. */
  readonly lost: readonly number[];
}

/** What opens contents and tells whether they are what they are called. */
export interface ContentTools {
  readonly sealer: ContentSealer;
  readonly hash: ContentHasher;
}

/** A content that began in bytes that were given and has not ended. */
interface OpenContent {
  readonly number: number;
  readonly content: PlacedContent;
  readonly memory: Buffer;
}

/** Looks at the contents of a pack while it streams by. Holds those that lie across two pieces. */
export class PackVerifier {
  readonly #tools: ContentTools;
  readonly #pack: PackToVerify;
  readonly #lost: number[] = [];
  #at = 0;
  #next = 0;
  #open: OpenContent[] = [];

  constructor(tools: ContentTools, pack: PackToVerify) {
    this.#tools = tools;
    this.#pack = pack;
  }

  /** The next bytes of the blob. They are not kept. */
  take(piece: Uint8Array): void {
    const end = this.#at + piece.length;
    this.#open = this.#open.filter(each => !this.#fill(each, piece, end));
    const { contents } = this.#pack;
    for (let number = this.#next; ; number = ++this.#next) {
      const content = contents[number];
      if (content === undefined || content.offset >= end) break;
      this.#begin(number, content, { piece, end });
    }
    this.#at = end;
  }

  /** When all bytes were given. */
  finish(): PackVerdict {
    const { contents } = this.#pack;
    const unread = contents.slice(this.#next).map((_, at) => this.#next + at);
    const lost = [...this.#lost, ...this.#open.map(({ number }) => number), ...unread];
    return { lost: lost.sort((a, b) => a - b) };
  }

  #begin(
    number: number,
    content: PlacedContent,
    { piece, end }: { readonly piece: Uint8Array; readonly end: number },
  ): void {
    const { offset, length } = content;
    if (offset + length > this.#pack.size) {
      this.#lost.push(number);
      return;
    }
    const from = offset - this.#at;
    if (offset + length <= end) {
      this.#look(number, content, piece.subarray(from, from + length));
      return;
    }
    const open = { number, content, memory: Buffer.allocUnsafeSlow(length) };
    this.#fill(open, piece, end);
    this.#open.push(open);
  }

  /** Whether it is complete. */
  #fill({ number, content, memory }: OpenContent, piece: Uint8Array, end: number): boolean {
    const { offset, length } = content;
    const from = Math.max(offset, this.#at);
    const to = Math.min(offset + length, end);
    memory.set(piece.subarray(from - this.#at, to - this.#at), from - offset);
    if (to < offset + length) return false;
    this.#look(number, content, memory);
    return true;
  }

  #look(number: number, content: PlacedContent, sealed: Uint8Array): void {
    if (!isWhole(this.#tools, content, sealed)) this.#lost.push(number);
  }
}

/** Whether a content's sealed bytes hold what it is called by: they are opened, decompressed and hashed. */
export function isWhole({ sealer, hash }: ContentTools, content: PlacedContent, sealed: Uint8Array): boolean {
  try {
    const plain = openContent(sealer, content, sealed);
    if (!hash(plain).equals(contentHash(content.id))) throw new Fault(reasons.notAuthentic);
    return true;
  } catch (thrown) {
    if (thrown instanceof Fault) return false;
    throw thrown;
  }
}
