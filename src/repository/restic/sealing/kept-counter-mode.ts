import { cipherContext } from './openssl-cipher.ts';

/** Encrypts, or decrypts, `from` into `to`, which is as long and may be the same memory. */
export type CounterMode = (iv: Uint8Array, from: Uint8Array, to: Uint8Array) => void;

/** OpenSSL takes no longer piece at once than an `int` says; short ones keep what is read and written near. */
const pieceSize = 65536;

/** AES-256-CTR with one context that is kept for the key. `undefined` where OpenSSL's functions are not to be found. */
export function keptCounterMode(key: Uint8Array): CounterMode | undefined {
  const made = cipherContext('EVP_aes_256_ctr', key);
  if (made === undefined) return undefined;
  const { context, begin, update } = made;
  const written = Buffer.alloc(4);
  return (iv, from, to) => {
    let ok = begin(context, null, null, null, iv);
    for (let at = 0; at < from.length; at += pieceSize) {
      const piece = from.length <= pieceSize ? from : from.subarray(at, at + pieceSize);
      const target = piece === from ? to : to.subarray(at, at + pieceSize);
      ok &= update(context, target, written, piece, piece.length);
    }
    if (ok !== 1) throw new Error('OpenSSL failed to encrypt');
  };
}
