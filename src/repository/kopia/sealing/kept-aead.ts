import { type NextRoom, roomIn } from '../../format/next-room.ts';
import { type LibcFunction, libc } from '../../posix/libc.ts';
import { type Aead, type AeadName, type AeadText, pieceSize, tagSize } from './aead.ts';

interface Direction {
  readonly begin: LibcFunction;
  readonly update: LibcFunction;
  readonly end: LibcFunction;
}

interface Calls {
  readonly context: number;
  readonly control: LibcFunction;
  readonly encrypt: Direction;
  readonly decrypt: Direction;
}

const cipherCalls = {
  'aes-256-gcm': 'EVP_aes_256_gcm',
  'chacha20-poly1305': 'EVP_chacha20_poly1305',
} as const;
/** Numbers of OpenSSL's for `EVP_CIPHER_CTX_ctrl`. */
const [getTag, setTag] = [0x10, 0x11];

/**
 * By OpenSSL's own interface, which Node's binary carries and exports: one context is kept, where Node's ciphers are made
 * anew for each text and answer with new memory, which takes twenty times as long for a small one. `undefined` where the functions are
 * not to be found.
 */
export function keptAead(name: AeadName): Aead | undefined {
  const calls = find(name);
  if (calls === undefined) return undefined;
  const { context, control, encrypt, decrypt } = calls;
  const written = Buffer.alloc(4);
  const transform = (direction: Direction, text: AeadText, from: Uint8Array, next: NextRoom): boolean => {
    const { begin, update } = direction;
    let ok = begin(context, null, null, text.key, text.nonce);
    ok &= update(context, null, written, text.context, text.context.length);
    for (let at = 0; at < from.length; at += pieceSize) {
      const piece = from.subarray(at, at + pieceSize);
      ok &= update(context, next(piece.length), written, piece, piece.length);
    }
    return ok === 1;
  };
  return {
    seal: (text, from, next) => {
      const ok =
        transform(encrypt, text, from, next) &&
        encrypt.end(context, written, written) === 1 &&
        control(context, getTag, tagSize, next(tagSize)) === 1;
      if (!ok) throw new Error('OpenSSL failed to encrypt');
    },
    open: (text, from, to, tag) =>
      transform(decrypt, text, from, roomIn(to)) &&
      control(context, setTag, tagSize, tag) === 1 &&
      decrypt.end(context, written, written) === 1,
  };
}

function find(name: AeadName): Calls | undefined {
  try {
    const calls = {
      context: libc('EVP_CIPHER_CTX_new', 'void *', [])(),
      control: libc('EVP_CIPHER_CTX_ctrl', 'int', ['void *', 'int', 'int', 'void *']),
      encrypt: direction('Encrypt'),
      decrypt: direction('Decrypt'),
    };
    const cipher = libc(cipherCalls[name], 'void *', [])();
    return calls.encrypt.begin(calls.context, cipher, null, null, null) === 1 ? calls : undefined;
  } catch {
    return undefined; // this Node does not export them, or nothing can call them
  }
}

function direction(name: 'Encrypt' | 'Decrypt'): Direction {
  const start = ['void *', 'void *', 'void *', 'const void *', 'const void *'];
  return {
    begin: libc(`EVP_${name}Init_ex`, 'int', start),
    update: libc(`EVP_${name}Update`, 'int', ['void *', 'void *', 'void *', 'const void *', 'int']),
    end: libc(`EVP_${name}Final_ex`, 'int', ['void *', 'void *', 'void *']),
  };
}
