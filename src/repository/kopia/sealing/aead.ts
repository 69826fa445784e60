import { type NextRoom, roomSize } from '../../format/next-room.ts';

/** Ciphers that also authenticate, with nonces of 12 bytes and tags of 16. */
export type AeadName = 'aes-256-gcm' | 'chacha20-poly1305';

/** One text to be sealed or opened. */
export interface AeadText {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  /** What is authenticated beside the text. */
  readonly context: Uint8Array;
}

/** Seals into memory, and opens from it; `tag` has 16 bytes, `to` as many as `from`, and is no part of it. */
export interface Aead {
  /** Where the sealed bytes go is asked for piece by piece, and then for the tag. */
  readonly seal: (text: AeadText, from: Uint8Array, next: NextRoom) => void;
  /** Whether it is authentic; where it is not, what was written is worth nothing. */
  readonly open: (text: AeadText, from: Uint8Array, to: Uint8Array, tag: Uint8Array) => boolean;
}

export const nonceSize = 12;
export const tagSize = 16;

/** OpenSSL takes no longer piece at once than an `int` says; short ones keep what is read and written near. */
export const pieceSize = roomSize;
