import { createHmac, createSecretKey } from 'node:crypto';
import { type Blake2, keyedBlake2 } from '../hashing/blake2.ts';
import { keyedBlake3 } from '../hashing/blake3.ts';
import { leastForNative, nativeBlake2b, nativeBlake3 } from '../hashing/native-blake.ts';
import { keptMac } from '../sealing/kept-mac.ts';
import type { RepositoryFormat } from './repository-format.ts';

/** The hash of plain bytes by which a content is called; the result is new memory. Synchronous, for one thread. */
export type ContentHasher = (plain: Uint8Array) => Buffer;

/** Names of hashes with their lengths in bytes. */
export const hashSizes: Readonly<Record<string, number>> = {
  'BLAKE2B-256-128': 16,
  'BLAKE2B-256': 32,
  'BLAKE2S-128': 16,
  'BLAKE2S-256': 32,
  'BLAKE3-256': 32,
  'BLAKE3-256-128': 16,
  'HMAC-SHA224': 28,
  'HMAC-SHA256': 32,
  'HMAC-SHA256-128': 16,
  'HMAC-SHA3-224': 28,
  'HMAC-SHA3-256': 32,
};

/** What makes a hash by OpenSSL's kept context, and what by other means where that is not to be had. */
interface Known {
  readonly kept: (secret: Uint8Array) => ContentHasher | undefined;
  readonly other: (secret: Uint8Array) => ContentHasher;
  /** The fastest for long contents, if there is one that agrees with its twin; it is made when the first of them comes. */
  readonly native?: (secret: Uint8Array, twin: ContentHasher) => ContentHasher | undefined;
}

function blake2(name: Blake2, size: number): Known {
  return {
    kept: kept(`${name}MAC`, { size }, size),
    other: secret => keyedBlake2(name, secret, size),
  };
}

const blake2b: Known = {
  ...blake2('BLAKE2B', 32),
  native: (secret, twin) => nativeBlake2b(secret, 32, twin),
};

/** OpenSSL has none. */
const blake3: Known = { kept: () => undefined, other: keyedBlake3, native: nativeBlake3 };

function hmac(name: string, size: number): Known {
  return {
    kept: kept('HMAC', { digest: name }, size),
    other: secret => {
      const key = createSecretKey(secret);
      return plain => createHmac(name.toLowerCase(), key).update(plain).digest();
    },
  };
}

const known: Readonly<Record<string, Known>> = {
  'BLAKE2B-256-128': blake2b,
  'BLAKE2B-256': blake2b,
  'BLAKE2S-128': blake2('BLAKE2S', 16),
  'BLAKE2S-256': blake2('BLAKE2S', 32),
  'BLAKE3-256': blake3,
  'BLAKE3-256-128': blake3,
  'HMAC-SHA224': hmac('SHA224', 28),
  'HMAC-SHA256': hmac('SHA256', 32),
  'HMAC-SHA256-128': hmac('SHA256', 32),
  'HMAC-SHA3-224': hmac('SHA3-224', 28),
  'HMAC-SHA3-256': hmac('SHA3-256', 32),
};

/** The repository's hash; `undefined` where its name is not known. */
export function contentHasher(format: Pick<RepositoryFormat, 'hash' | 'secret'>): ContentHasher | undefined {
  const [algorithm, size] = [known[format.hash], hashSizes[format.hash]];
  if (algorithm === undefined || size === undefined || !isUsableSecret(format)) return undefined;
  const hash = algorithm.kept(format.secret) ?? algorithm.other(format.secret);
  const long = ofLong(algorithm, format.secret, hash);
  return plain => (plain.length < leastForNative ? hash : long())(plain).subarray(0, size);
}

/** What hashes long contents, made when the first of them comes. */
function ofLong({ native }: Known, secret: Uint8Array, hash: ContentHasher): () => ContentHasher {
  let made: ContentHasher | undefined;
  return () => (made ??= native?.(secret, hash) ?? hash);
}

/** {@link contentHasher} without OpenSSL's kept contexts, and without the library for long contents: what they are compared with. */
export function otherHasher(format: Pick<RepositoryFormat, 'hash' | 'secret'>): ContentHasher | undefined {
  const hash = known[format.hash]?.other(format.secret);
  return hash && (plain => hash(plain).subarray(0, hashSizes[format.hash]));
}

/** Kopia makes secrets of 32 bytes; BLAKE3's key cannot be shorter, those of BLAKE2 not longer. */
function isUsableSecret({ hash, secret }: Pick<RepositoryFormat, 'hash' | 'secret'>): boolean {
  if (hash.startsWith('BLAKE3')) return secret.length === 32;
  return secret.length > 0 && (hash.startsWith('HMAC') || secret.length <= 32);
}

function kept(
  name: string,
  parameters: Readonly<Record<string, string | number>>,
  size: number,
): Known['kept'] {
  return secret => {
    const mac = keptMac({ name, parameters }, secret);
    return (
      mac &&
      (plain => {
        const target = Buffer.allocUnsafe(size);
        mac(plain, target);
        return target;
      })
    );
  };
}
