import { type LibcFunction, libc } from '../../posix/libc.ts';

/** Encrypts, or decrypts, `from` into `to`, which is as long and may be the same memory. */
export type CounterMode = (iv: Uint8Array, from: Uint8Array, to: Uint8Array) => void;

interface Calls {
  readonly newContext: LibcFunction;
  readonly cipher: LibcFunction;
  readonly begin: LibcFunction;
  readonly update: LibcFunction;
}

let found: Calls | false | undefined;

/** OpenSSL takes no longer piece at once than an `int` says; short ones keep what is read and written near. */
const pieceSize = 65536;

/**
 * AES-256-CTR by OpenSSL's own interface, which Node's binary carries and exports: one context is kept for the key, and the
 * result is written where it belongs, where Node's ciphers are made anew for each text and answer with new memory.
 * `undefined` where the functions are not to be found.
 */
export function keptCounterMode(key: Uint8Array): CounterMode | undefined {
  found ??= find() ?? false;
  if (found === false) return undefined;
  const { newContext, cipher, begin, update } = found;
  const context = newContext();
  if (begin(context, cipher(), null, key, null) !== 1) return undefined;
  const written = Buffer.alloc(4);
  return (iv, from, to) => {
    let ok = begin(context, null, null, null, iv);
    for (let at = 0; at < from.length; at += pieceSize) {
      const piece = from.subarray(at, at + pieceSize);
      ok &= update(context, to.subarray(at, at + pieceSize), written, piece, piece.length);
    }
    if (ok !== 1) throw new Error('OpenSSL failed to encrypt');
  };
}

function find(): Calls | undefined {
  const start = ['void *', 'void *', 'void *', 'const void *', 'const void *'];
  try {
    return {
      newContext: libc('EVP_CIPHER_CTX_new', 'void *', []),
      cipher: libc('EVP_aes_256_ctr', 'void *', []),
      begin: libc('EVP_EncryptInit_ex', 'int', start),
      update: libc('EVP_EncryptUpdate', 'int', ['void *', 'void *', 'void *', 'const void *', 'int']),
    };
  } catch {
    return undefined; // this Node does not export them, or nothing can call them
  }
}
