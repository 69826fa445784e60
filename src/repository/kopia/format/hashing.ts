import { createHmac, createSecretKey } from 'node:crypto';
import { keptMac, type MacAlgorithm } from '../sealing/kept-mac.ts';
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

interface Known {
  readonly mac: MacAlgorithm;
  /** Bytes that the algorithm gives, of which the first are taken. */
  readonly size: number;
  /** Node's name for the digest inside an HMAC. */
  readonly digest?: string;
}

const blake2b = { mac: { name: 'BLAKE2BMAC', parameters: { size: 32 } }, size: 32 };
const hmac = (name: string, digest: string, size: number): Known => ({
  mac: { name: 'HMAC', parameters: { digest: name } },
  size,
  digest,
});

const known: Readonly<Record<string, Known>> = {
  'BLAKE2B-256-128': blake2b,
  'BLAKE2B-256': blake2b,
  'BLAKE2S-128': { mac: { name: 'BLAKE2SMAC', parameters: { size: 16 } }, size: 16 },
  'BLAKE2S-256': { mac: { name: 'BLAKE2SMAC', parameters: { size: 32 } }, size: 32 },
  'HMAC-SHA224': hmac('SHA224', 'sha224', 28),
  'HMAC-SHA256': hmac('SHA256', 'sha256', 32),
  'HMAC-SHA256-128': hmac('SHA256', 'sha256', 32),
  'HMAC-SHA3-224': hmac('SHA3-224', 'sha3-224', 28),
  'HMAC-SHA3-256': hmac('SHA3-256', 'sha3-256', 32),
};

/** The repository's hash; `undefined` where its name is not known. */
export function contentHasher({
  hash,
  secret,
}: Pick<RepositoryFormat, 'hash' | 'secret'>): ContentHasher | undefined {
  const [algorithm, size] = [known[hash], hashSizes[hash]];
  if (algorithm === undefined || size === undefined) return undefined;
  const mac = keptMac(algorithm.mac, secret);
  if (mac === undefined) return nodesHasher(algorithm, secret, size);
  return plain => {
    const whole = Buffer.allocUnsafe(algorithm.size);
    mac(plain, whole);
    return whole.subarray(0, size);
  };
}

function nodesHasher({ digest }: Known, secret: Uint8Array, size: number): ContentHasher | undefined {
  if (digest === undefined) return undefined;
  const key = createSecretKey(secret);
  return plain => createHmac(digest, key).update(plain).digest().subarray(0, size);
}
