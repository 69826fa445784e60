import { type CipherGCMTypes, createCipheriv, createDecipheriv } from 'node:crypto';
import { type NextRoom, roomIn } from '../../format/next-room.ts';
import { type Aead, type AeadName, type AeadText, pieceSize, tagSize } from './aead.ts';

/** By Node's own ciphers: what the kept one is compared with, and takes its place where there is none. */
export function nodesAead(name: AeadName): Aead {
  const options = { authTagLength: tagSize };
  // The types know the same calls under each name of a cipher apart.
  const cipherName = name as CipherGCMTypes;
  return {
    seal: ({ key, nonce, context }, from, next) => {
      const cipher = createCipheriv(cipherName, key, nonce, options);
      cipher.setAAD(context, { plaintextLength: from.length });
      update(cipher, from, next);
      cipher.final();
      next(tagSize).set(cipher.getAuthTag());
    },
    open: ({ key, nonce, context }, from, to, tag) => {
      const decipher = createDecipheriv(cipherName, key, nonce, options);
      decipher.setAAD(context, { plaintextLength: from.length }).setAuthTag(tag);
      update(decipher, from, roomIn(to));
      return isFinal(decipher);
    },
  };
}

/** Opens a text piece by piece. */
export interface PartedDecipher {
  /** The plain bytes of the piece that comes next. */
  readonly update: (piece: Uint8Array) => Buffer;
  /** Whether all the pieces together are authentic. */
  readonly isAuthentic: (tag: Uint8Array) => boolean;
}

export function decipherOf(name: AeadName, { key, nonce, context }: AeadText): PartedDecipher {
  const decipher = createDecipheriv(name as CipherGCMTypes, key, nonce, { authTagLength: tagSize });
  decipher.setAAD(context);
  return {
    update: piece => decipher.update(piece),
    isAuthentic: tag => {
      decipher.setAuthTag(tag);
      return isFinal(decipher);
    },
  };
}

/** OpenSSL says no more than that what was deciphered is not authentic. */
function isFinal(decipher: { readonly final: () => Buffer }): boolean {
  try {
    decipher.final();
    return true;
  } catch {
    return false;
  }
}

function update(
  cipher: { readonly update: (piece: Uint8Array) => Buffer },
  from: Uint8Array,
  next: NextRoom,
): void {
  for (let at = 0; at < from.length; at += pieceSize) {
    const piece = from.subarray(at, at + pieceSize);
    next(piece.length).set(cipher.update(piece));
  }
}
