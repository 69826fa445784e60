import { createCipheriv, createDecipheriv, hkdfSync, pbkdf2, randomFillSync } from 'node:crypto';
import { Fault } from '../../format/fault.ts';
import { scrypt } from '../../scrypt/scrypt.ts';
import { reasons } from './reasons.ts';

/** Ways in which a password becomes a key, by the name that stands in `kopia.repository`. */
export const keyAlgorithms = ['scrypt-65536-8-1', 'pbkdf2-sha256-600000'] as const;

const keySize = 32;
const scryptCost = { n: 65536, r: 8, p: 1 };
const pbkdf2Rounds = 600_000;
/** Kopia's own limit. */
const leastSalt = 16;

/** The key of 32 bytes that a password and a salt give. @throws Fault for an algorithm that is not known */
export async function deriveKey(algorithm: string, password: string, salt: Uint8Array): Promise<Buffer> {
  if (salt.length < leastSalt) throw new Fault(reasons.formatBlob);
  if (algorithm === keyAlgorithms[0]) {
    return scrypt(Buffer.from(password), salt, { ...scryptCost, size: keySize });
  }
  if (algorithm !== keyAlgorithms[1]) throw new Fault(reasons.keyAlgorithm);
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, key: Buffer): void => (error === null ? resolve(key) : reject(error));
    pbkdf2(password, salt, pbkdf2Rounds, keySize, 'sha256', done);
  });
}

/** A key for one purpose, out of another key. */
export function purposeKey(key: Uint8Array, salt: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, purpose, keySize));
}

/** A key and what is authenticated beside the text. */
export interface NonceKey {
  readonly key: Uint8Array;
  readonly context: Uint8Array;
}

const nonceSize = 12;
const tagSize = 16;

/** AES-256-GCM with a random nonce before it: how what is not a content is sealed. */
export function sealWithNonce(plain: Uint8Array, { key, context }: NonceKey): Buffer {
  const nonce = randomFillSync(Buffer.alloc(nonceSize));
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(context);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** What {@link sealWithNonce} sealed; `undefined` where it is not authentic, or the key is another. */
export function openWithNonce(sealed: Uint8Array, { key, context }: NonceKey): Buffer | undefined {
  if (sealed.length < nonceSize + tagSize) return undefined;
  const end = sealed.length - tagSize;
  const options = { authTagLength: tagSize };
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceSize), options);
  decipher.setAAD(context).setAuthTag(sealed.subarray(end));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(nonceSize, end)), decipher.final()]);
  } catch {
    return undefined; // OpenSSL says no more than that it is not authentic
  }
}
