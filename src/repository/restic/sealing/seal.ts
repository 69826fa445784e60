import {
  type Cipheriv,
  createCipheriv,
  createSecretKey,
  type KeyObject,
  randomFillSync,
  timingSafeEqual,
} from 'node:crypto';
import { type NextRoom, roomIn, roomSize } from '../../format/next-room.ts';
import { type BlockCipher, keptBlockCipher } from './kept-block-cipher.ts';
import { type CounterMode, keptCounterMode } from './kept-counter-mode.ts';
import { poly1305, runningPoly1305 } from './poly1305.ts';
import { tagSize } from './poly1305-kernel.ts';

/** The keys that a repository's data, or a key file's content, is sealed with: bytes as restic stores them. */
export interface SealKey {
  /** AES-256, 32 bytes. */
  readonly encrypt: Buffer;
  /** AES-128, 16 bytes: makes the second half of each one-time Poly1305 key. */
  readonly macK: Buffer;
  /** 16 bytes: the first half of every one-time Poly1305 key. */
  readonly macR: Buffer;
}

/** Sealed bytes are an IV, the ciphertext and a tag. */
export const ivSize = 16;

/** How many bytes more a sealed text has than its plain text. */
export const sealOverhead = ivSize + tagSize;

/** OpenSSL's CTR mode is at its fastest on pieces of this size (measured). */
const sliceSize = roomSize;
/** Of AES: the counter grows by one for each. */
const blockSize = 16;

/**
 * Encrypts and authenticates as restic does: AES-256-CTR from a random IV, then Poly1305-AES (Bernstein) over the
 * ciphertext alone, its nonce the IV.
 */
export function seal(key: SealKey, plain: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafe(plain.length + sealOverhead);
  sealTo(key, plain, roomIn(sealed));
  return sealed;
}

/** {@link seal} piece by piece, {@link sealOverhead} bytes more than the plain text in all, into memory that is no part of it. */
export function sealTo(key: SealKey, plain: Uint8Array, next: NextRoom): void {
  const iv = nextIv();
  next(ivSize).set(iv);
  if (plain.length > sliceSize) {
    sealLong(key, plain, { iv: Buffer.from(iv), next });
    return;
  }
  const cipherText = next(plain.length);
  counterMode(key, iv, { from: plain, to: cipherText });
  const tag = poly1305(cipherText, key.macR, maskOf(key, iv));
  next(tagSize).set(tag);
}

/** Each slice is encrypted and authenticated before the next one, and is still in the processor's cache. */
function sealLong(
  key: SealKey,
  plain: Uint8Array,
  { iv, next }: { readonly iv: Buffer; readonly next: NextRoom },
): void {
  const mac = runningPoly1305(plain.length, key.macR, maskOf(key, iv));
  for (let at = 0; at < plain.length; at += sliceSize) {
    const from = plain.subarray(at, at + sliceSize);
    const to = next(from.length);
    counterMode(key, iv, { from, to });
    mac.update(to);
    advance(iv, sliceSize / blockSize);
  }
  next(tagSize).set(mac.end());
}

/** Adds to the counter that an IV is: a number of 16 bytes, the highest first. */
export function advance(iv: Buffer, blocks: number): void {
  for (let [at, carry] = [ivSize - 4, blocks]; at >= 0 && carry > 0; at -= 4) {
    const sum = iv.readUInt32BE(at) + carry;
    iv.writeUInt32BE(sum >>> 0, at);
    carry = sum > 0xffff_ffff ? 1 : 0;
  }
}

/**
 * The plain text of what {@link seal} made; `undefined` where it is not authentic: damaged, changed, or sealed
 * with another key.
 */
export function unseal(key: SealKey, sealed: Uint8Array): Buffer | undefined {
  if (sealed.length < sealOverhead) return undefined;
  const plain = Buffer.allocUnsafe(sealed.length - sealOverhead);
  return unsealInto(key, sealed, plain) ? plain : undefined;
}

/**
 * {@link unseal} into memory that is there: exactly {@link sealOverhead} bytes shorter than the sealed bytes, and no part of
 * them but the ciphertext itself. Whether they are authentic; where they are not, nothing is written.
 */
export function unsealInto(key: SealKey, sealed: Uint8Array, target: Uint8Array): boolean {
  const iv = sealed.subarray(0, ivSize);
  const cipherText = sealed.subarray(ivSize, sealed.length - tagSize);
  const tag = sealed.subarray(sealed.length - tagSize);
  if (!timingSafeEqual(poly1305(cipherText, key.macR, maskOf(key, iv)), tag)) return false;
  counterMode(key, iv, { from: cipherText, to: target });
  return true;
}

/** Random bytes for the IVs that come next: to ask for so few at a time takes longer than to seal a small blob. */
const ivs = Buffer.alloc(4096);
let ivsUsed = ivs.length;

/** Good until the next one. */
function nextIv(): Uint8Array {
  if (ivsUsed === ivs.length) {
    randomFillSync(ivs);
    ivsUsed = 0;
  }
  ivsUsed += ivSize;
  return ivs.subarray(ivsUsed - ivSize, ivsUsed);
}

/** Texts, or pieces of them, after which another cipher is worth its beginning, which takes some 40 ms. */
const manyPieces = 32;
let pieces = 0;
const counterModes = new WeakMap<SealKey, CounterMode | false>();

function counterMode(key: SealKey, iv: Uint8Array, { from, to }: { from: Uint8Array; to: Uint8Array }): void {
  pieces += 1 + from.length / sliceSize;
  const kept = pieces < manyPieces ? false : keptFor(key);
  if (kept === false) nodesCounterMode(key, iv, { from, to });
  else kept(iv, from, to);
}

function keptFor(key: SealKey): CounterMode | false {
  const known = counterModes.get(key);
  if (known !== undefined) return known;
  const made = keptCounterMode(key.encrypt) ?? false;
  counterModes.set(key, made);
  return made;
}

/** Node's own cipher: what the kept one is compared with, and takes its place where there is none. */
export function nodesCounterMode(
  key: SealKey,
  iv: Uint8Array,
  { from, to }: { from: Uint8Array; to: Uint8Array },
): void {
  const cipher = createCipheriv('aes-256-ctr', keyObjectOf(key), iv);
  for (let at = 0; at < from.length; at += sliceSize) {
    to.set(cipher.update(from.subarray(at, at + sliceSize)), at);
  }
}

/** A cipher is made four times as fast of these as of bytes (measured). */
const keyObjects = new WeakMap<SealKey, KeyObject>();

function keyObjectOf(key: SealKey): KeyObject {
  const known = keyObjects.get(key);
  if (known !== undefined) return known;
  const made = createSecretKey(key.encrypt);
  keyObjects.set(key, made);
  return made;
}

/** The IV through AES-128: the second half of the one-time key, good until the next is made. */
function maskOf(key: SealKey, iv: Uint8Array): Uint8Array {
  const kept = pieces < manyPieces ? false : keptMaskCipherOf(key);
  return kept === false ? nodesMask(key, iv) : kept(iv);
}

const keptMaskCiphers = new WeakMap<SealKey, BlockCipher | false>();

function keptMaskCipherOf(key: SealKey): BlockCipher | false {
  const known = keptMaskCiphers.get(key);
  if (known !== undefined) return known;
  const made = keptBlockCipher(key.macK) ?? false;
  keptMaskCiphers.set(key, made);
  return made;
}

/** One cipher for each key: to make one takes longer than to seal a small blob. */
const maskCiphers = new WeakMap<SealKey, Cipheriv>();

/** By Node's own cipher: what the kept one is compared with, and takes its place where there is none. */
export function nodesMask(key: SealKey, iv: Uint8Array): Buffer {
  let cipher = maskCiphers.get(key);
  if (cipher === undefined) {
    cipher = createCipheriv('aes-128-ecb', key.macK, null).setAutoPadding(false);
    maskCiphers.set(key, cipher);
  }
  return cipher.update(iv);
}
