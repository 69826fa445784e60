import { type LibcFunction, libc } from '../../posix/libc.ts';
import { tagSize } from './poly1305-kernel.ts';

/** The tag of a message under the two halves of a one-time key, of 16 bytes each. */
export type Mac = (message: Uint8Array, r: Uint8Array, s: Uint8Array) => Buffer;

/** The tag of a message that comes in pieces, all but the last of whole blocks of 16 bytes. */
export interface RunningMac {
  readonly update: (piece: Uint8Array) => void;
  readonly end: () => Buffer;
}

/** What is computed with the kept context: one message after the other. */
export interface KeptPoly1305 {
  readonly whole: Mac;
  readonly begin: (r: Uint8Array, s: Uint8Array) => RunningMac;
}

interface Calls {
  readonly context: number;
  readonly begin: LibcFunction;
  readonly update: LibcFunction;
  readonly end: LibcFunction;
}

let found: KeptPoly1305 | false | undefined;

/**
 * Poly1305 by OpenSSL's own interface, which Node's binary carries and exports: it reads the message where it lies, which a
 * kernel with a memory of its own cannot, and need not be told again what it is. `undefined` where the functions are
 * not to be found, or do not have that algorithm.
 */
export function keptPoly1305(): KeptPoly1305 | undefined {
  if (found === undefined) {
    const calls = find();
    found = calls !== undefined && macOf(calls);
  }
  return found === false ? undefined : found;
}

function macOf({ context, begin, update, end }: Calls): KeptPoly1305 {
  const key = new Uint8Array(2 * tagSize);
  const written = new Uint8Array(8);
  const check = (ok: boolean): void => {
    if (!ok) throw new Error('OpenSSL failed to authenticate');
  };
  const running: RunningMac = {
    update: piece => check(update(context, piece, piece.length) === 1),
    end: () => {
      const tag = Buffer.allocUnsafe(tagSize); // OpenSSL fills it, or it is not used
      check(end(context, tag, written, tag.length) === 1);
      return tag;
    },
  };
  const started: KeptPoly1305['begin'] = (r, s) => {
    key.set(r);
    key.set(s, tagSize);
    check(begin(context, key, key.length, null) === 1);
    return running;
  };
  return {
    begin: started,
    whole: (message, r, s) => {
      const mac = started(r, s);
      mac.update(message);
      return mac.end();
    },
  };
}

function find(): Calls | undefined {
  try {
    const fetch = libc('EVP_MAC_fetch', 'void *', ['void *', 'const void *', 'void *']);
    const algorithm = fetch(null, Buffer.from('POLY1305\0'), null);
    if (!algorithm) return undefined;
    return {
      context: libc('EVP_MAC_CTX_new', 'void *', ['void *'])(algorithm),
      begin: libc('EVP_MAC_init', 'int', ['void *', 'const void *', 'size_t', 'void *']),
      update: libc('EVP_MAC_update', 'int', ['void *', 'const void *', 'size_t']),
      end: libc('EVP_MAC_final', 'int', ['void *', 'void *', 'void *', 'size_t']),
    };
  } catch {
    return undefined; // this Node does not export them, or nothing can call them
  }
}
