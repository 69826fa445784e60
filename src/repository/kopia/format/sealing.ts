import type { ContentId } from './content-id.ts';
import type { RepositoryFormat } from './repository-format.ts';

/** Seals and opens with the repository's key; the IV is never stored. Synchronous, for one thread. */
export interface ContentSealer {
  readonly seal: (plain: Uint8Array, iv: Uint8Array) => Buffer;
  /** {@link seal} into memory that is there, exactly `sealedLength(plain.length)` bytes and no part of `plain`. */
  readonly sealInto: (plain: Uint8Array, iv: Uint8Array, target: Uint8Array) => void;
  /** @throws Fault where it is damaged, changed, or sealed with another key or IV */
  readonly open: (sealed: Uint8Array, iv: Uint8Array) => Buffer;
  /**
   * {@link open} into memory that is there and no part of `sealed`, at least `sealed.length - overhead` bytes; how many are written.
   * @throws Fault
   */
  readonly openInto: (sealed: Uint8Array, iv: Uint8Array, target: Uint8Array) => number;
  /** How many bytes more a sealed text has than its plain text, error correction apart. */
  readonly overhead: number;
  readonly sealedLength: (plainLength: number) => number;
}

/** Names of ciphers. */
export const encryptions = ['AES256-GCM-HMAC-SHA256', 'CHACHA20-POLY1305-HMAC-SHA256'] as const;

/** `undefined` where the cipher, or the error correction, is not known. */
export function contentSealer(
  _format: Pick<RepositoryFormat, 'encryption' | 'masterKey' | 'ecc' | 'eccOverheadPercent'>,
): ContentSealer | undefined {
  throw new Error('unfinished');
}

/** The IV of a whole blob, by its name: session markers, indexes. @throws Fault where it has none */
export function blobIv(_blobId: string): Buffer {
  throw new Error('unfinished');
}

/** The IV of a content: the last 16 bytes of its hash. */
export function contentIv(_id: ContentId): Buffer {
  throw new Error('unfinished');
}
