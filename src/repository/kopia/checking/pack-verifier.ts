import { PlacedBytes } from '../../checking/placed-bytes.ts';
import { SpareMemory } from '../../checking/spare-memory.ts';
import type { PackVerifier } from '../../checking/verify-messages.ts';
import { Fault } from '../../format/fault.ts';
import type { Opener } from '../../restoring/contents.ts';
import { openContent } from '../access/contents.ts';
import { contentHash } from '../format/content-id.ts';
import type { ContentHasher } from '../format/hashing.ts';
import type { ContentEntry } from '../format/index.ts';
import { reasons } from '../format/reasons.ts';
import type { ContentSealer } from '../format/sealing.ts';
import { contentOpener, type OpenerFormat } from '../restore/content-opener.ts';
import { mannerOf } from '../restore/manner.ts';

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

/** Verifiers of packs of a repository with that format, of one thread. */
export function packVerifiers(format: OpenerFormat): (pack: PackToVerify) => PackVerifier<PackVerdict> {
  const opener = contentOpener(format);
  const memory = new SpareMemory();
  return pack => new KopiaPackVerifier({ opener, memory }, pack);
}

interface VerifierTools {
  readonly opener: Opener;
  readonly memory: SpareMemory;
}

/** Looks at the contents of a pack while it streams by: each is opened, decompressed and hashed. */
class KopiaPackVerifier implements PackVerifier<PackVerdict> {
  readonly size: number;
  readonly #opener: Opener;
  readonly #contents: readonly PlacedContent[];
  readonly #bytes: PlacedBytes;
  readonly #lost: number[] = [];

  constructor({ opener, memory }: VerifierTools, { size, contents }: PackToVerify) {
    this.size = size;
    this.#opener = opener;
    this.#contents = contents;
    const look = (number: number, sealed: Uint8Array): void => this.#look(number, sealed);
    this.#bytes = new PlacedBytes({ size, places: contents }, memory, look);
  }

  bestLength(usual: number): number {
    return this.#bytes.bestLength(usual);
  }

  take(piece: Uint8Array): void {
    this.#bytes.take(piece);
  }

  finish(): PackVerdict {
    const lost = [...this.#lost, ...this.#bytes.missing()];
    return { lost: lost.sort((a, b) => a - b) };
  }

  #look(number: number, sealed: Uint8Array): void {
    const content = this.#contents[number];
    if (content === undefined || this.#isWhole(content, sealed)) return;
    this.#lost.push(number);
  }

  #isWhole({ id, length, original: size, compression }: PlacedContent, sealed: Uint8Array): boolean {
    try {
      const piece = { id, length, size, manner: mannerOf(compression, false) };
      return this.#opener.isContent(id, this.#opener.open(piece, sealed));
    } catch (thrown) {
      if (thrown instanceof Fault) return false;
      throw thrown;
    }
  }
}
