import { cipherContext } from './openssl-cipher.ts';

/** A block of 16 bytes, encrypted: in memory that the next block takes. */
export type BlockCipher = (block: Uint8Array) => Uint8Array;

const blockSize = 16;

/** AES-128 on single blocks, with one context that is kept for the key. `undefined` where OpenSSL's functions are not to be found. */
export function keptBlockCipher(key: Uint8Array): BlockCipher | undefined {
  const made = cipherContext('EVP_aes_128_ecb', key);
  if (made === undefined) return undefined;
  const { context, update } = made;
  const written = Buffer.alloc(4);
  const encrypted = new Uint8Array(blockSize);
  return block => {
    if (block.length !== blockSize) throw new Error(`a block of ${block.length} bytes`);
    if (update(context, encrypted, written, block, blockSize) !== 1 || written.readInt32LE() !== blockSize) {
      throw new Error('OpenSSL failed to encrypt');
    }
    return encrypted;
  };
}
