import { type LibcFunction, libc } from '../../posix/libc.ts';

/** A context of OpenSSL's that encrypts with one key: what its functions are called with. */
export interface CipherContext {
  readonly context: number;
  /** Of the context, three times nothing, and an IV. 1 where it went well. */
  readonly begin: LibcFunction;
  /** Of the context, where to, where the number of bytes goes that were written (4 bytes), where from, how many. 1 where it went well. */
  readonly update: LibcFunction;
}

type Calls = Pick<CipherContext, 'begin' | 'update'> & {
  readonly newContext: LibcFunction;
  readonly ciphers: Readonly<Record<CipherName, LibcFunction>>;
};

type CipherName = 'EVP_aes_256_ctr' | 'EVP_aes_128_ecb';

let found: Calls | false | undefined;

/**
 * A new context, by OpenSSL's own interface, which Node's binary carries and exports: it is kept for the key, and the result is
 * written where it belongs, where Node's ciphers answer with new memory. `undefined` where the functions are not to be found.
 */
export function cipherContext(cipher: CipherName, key: Uint8Array): CipherContext | undefined {
  found ??= find() ?? false;
  if (found === false) return undefined;
  const { newContext, ciphers, begin, update } = found;
  const context = newContext();
  return begin(context, ciphers[cipher](), null, key, null) === 1 ? { context, begin, update } : undefined;
}

function find(): Calls | undefined {
  const start = ['void *', 'void *', 'void *', 'const void *', 'const void *'];
  try {
    return {
      newContext: libc('EVP_CIPHER_CTX_new', 'void *', []),
      ciphers: {
        EVP_aes_256_ctr: libc('EVP_aes_256_ctr', 'void *', []),
        EVP_aes_128_ecb: libc('EVP_aes_128_ecb', 'void *', []),
      },
      begin: libc('EVP_EncryptInit_ex', 'int', start),
      update: libc('EVP_EncryptUpdate', 'int', ['void *', 'void *', 'void *', 'const void *', 'int']),
    };
  } catch {
    return undefined; // this Node does not export them, or nothing can call them
  }
}
