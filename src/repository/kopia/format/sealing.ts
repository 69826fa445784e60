import { createHmac, createSecretKey, hkdfSync, randomFillSync } from 'node:crypto';
import { Fault } from '../../format/fault.ts';
import { copyTo, type NextRoom, roomIn } from '../../format/next-room.ts';
import { crcShards, type ErrorCorrection } from '../correction/crc-shards.ts';
import { type Aead, type AeadName, type AeadText, nonceSize, tagSize } from '../sealing/aead.ts';
import { keptAead } from '../sealing/kept-aead.ts';
import { keptMac } from '../sealing/kept-mac.ts';
import { decipherOf, nodesAead, type PartedDecipher } from '../sealing/nodes-aead.ts';
import { type ContentId, contentHash } from './content-id.ts';
import { reasons } from './reasons.ts';
import type { RepositoryFormat } from './repository-format.ts';

type Parts = AsyncIterable<Uint8Array>;

/** Seals and opens with the repository's key; the IV is never stored. Synchronous, for one thread. */
export interface ContentSealer {
  readonly seal: (plain: Uint8Array, iv: Uint8Array) => Buffer;
  /** {@link seal} piece by piece, `sealedLength(plain.length)` bytes in all, into memory that is no part of `plain`. */
  readonly sealTo: (plain: Uint8Array, iv: Uint8Array, next: NextRoom) => void;
  /** @throws Fault where it is damaged, changed, or sealed with another key or IV */
  readonly open: (sealed: Uint8Array, iv: Uint8Array) => Buffer;
  /**
   * {@link open} into memory that is there and no part of `sealed`, at least `sealed.length - overhead` bytes; how many are written.
   * Where it throws, what was written is worth nothing. @throws Fault
   */
  readonly openInto: (sealed: Uint8Array, iv: Uint8Array, target: Uint8Array) => number;
  /**
   * {@link open} of what comes in parts, in memory for a few of them: what it yields is not to be relied on before it has ended.
   * `undefined` where error correction needs all of it at once. @throws Fault at the end
   */
  readonly openParts: ((sealed: Parts, iv: Uint8Array) => AsyncGenerator<Buffer>) | undefined;
  /** How many bytes more a sealed text has than its plain text, error correction apart. */
  readonly overhead: number;
  readonly sealedLength: (plainLength: number) => number;
}

const ciphers: Readonly<Record<string, AeadName>> = {
  'AES256-GCM-HMAC-SHA256': 'aes-256-gcm',
  'CHACHA20-POLY1305-HMAC-SHA256': 'chacha20-poly1305',
};

/** Names of the ciphers that are known. */
export const encryptions: readonly string[] = Object.keys(ciphers);

const sealOverhead = nonceSize + tagSize;

/** `undefined` where the cipher, or the error correction, is not known. */
export function contentSealer(
  format: Pick<RepositoryFormat, 'encryption' | 'masterKey' | 'ecc' | 'eccOverheadPercent'>,
): ContentSealer | undefined {
  const name = ciphers[format.encryption];
  if (name === undefined) return undefined;
  const sealer = sealerOf(keptAead(name) ?? nodesAead(name), keysOf(format.masterKey), name);
  const { ecc, eccOverheadPercent } = format;
  if (ecc === '' || eccOverheadPercent <= 0) return sealer;
  return ecc === errorCorrection ? correcting(sealer, crcShards(eccOverheadPercent)) : undefined;
}

/** The only error correction that kopia has. */
export const errorCorrection = 'REED-SOLOMON-CRC32';

/** Around what is sealed comes what repairs it. */
function correcting(
  sealer: ContentSealer,
  { protect, recover, storedLength }: ErrorCorrection,
): ContentSealer {
  const repaired = (stored: Uint8Array): Buffer => {
    const sealed = recover(stored);
    if (sealed === undefined) throw new Fault(reasons.errorCorrection);
    return sealed;
  };
  return {
    overhead: sealer.overhead,
    openParts: undefined,
    sealedLength: plainLength => storedLength(sealer.sealedLength(plainLength)),
    seal: (plain, iv) => protect(sealer.seal(plain, iv)),
    sealTo: (plain, iv, next) => copyTo(protect(sealer.seal(plain, iv)), next),
    open: (stored, iv) => sealer.open(repaired(stored), iv),
    openInto: (stored, iv, target) => sealer.openInto(repaired(stored), iv, target),
  };
}

/** The key of a text, by its IV; valid until the next is asked for. */
type KeyOf = (iv: Uint8Array) => Uint8Array;

/**
 * Sealed bytes are a random nonce, the ciphertext and a tag. The key is another for each IV, which is also authenticated.
 * Exported to be compared with itself on Node's own calls.
 */
export function sealerOf(aead: Aead, keyOf: KeyOf, name: AeadName): ContentSealer {
  const nonces = noncesOf();
  const sealTo: ContentSealer['sealTo'] = (plain, iv, next) => {
    const nonce = next(nonceSize);
    nonces(nonce);
    aead.seal({ key: keyOf(iv), nonce, context: iv }, plain, next);
  };
  const openInto: ContentSealer['openInto'] = (sealed, iv, target) => {
    const end = sealed.length - tagSize;
    if (end < nonceSize) throw new Fault(reasons.notAuthentic);
    const text = { key: keyOf(iv), nonce: sealed.subarray(0, nonceSize), context: iv };
    const plain = target.subarray(0, end - nonceSize);
    const authentic = aead.open(text, sealed.subarray(nonceSize, end), plain, sealed.subarray(end));
    if (!authentic) throw new Fault(reasons.notAuthentic);
    return plain.length;
  };
  return {
    overhead: sealOverhead,
    openParts: (sealed, iv) => openedParts(name, sealed, { key: Buffer.from(keyOf(iv)), context: iv }),
    sealedLength: plainLength => plainLength + sealOverhead,
    sealTo,
    seal: (plain, iv) => {
      const sealed = Buffer.allocUnsafe(plain.length + sealOverhead);
      sealTo(plain, iv, roomIn(sealed));
      return sealed;
    },
    openInto,
    open: (sealed, iv) => {
      const plain = Buffer.allocUnsafe(Math.max(sealed.length - sealOverhead, 0));
      openInto(sealed, iv, plain);
      return plain;
    },
  };
}

async function* openedParts(
  name: AeadName,
  sealed: Parts,
  text: Omit<AeadText, 'nonce'>,
): AsyncGenerator<Buffer> {
  let decipher: PartedDecipher | undefined;
  let held = Buffer.alloc(0);
  for await (const part of sealed) {
    held = Buffer.concat([held, part]);
    if (decipher === undefined) {
      if (held.length < nonceSize) continue;
      decipher = decipherOf(name, { ...text, nonce: held.subarray(0, nonceSize) });
      held = held.subarray(nonceSize);
    }
    // What comes last is the tag.
    const end = Math.max(0, held.length - tagSize);
    if (end > 0) yield decipher.update(held.subarray(0, end));
    held = held.subarray(end);
  }
  if (decipher === undefined || held.length !== tagSize || !decipher.isAuthentic(held)) {
    throw new Fault(reasons.notAuthentic);
  }
}

/** Random bytes for the nonces that come next: to ask for so few at a time takes longer than to seal a small content. */
function noncesOf(): (target: Uint8Array) => void {
  const bytes = Buffer.alloc(1024 * nonceSize);
  let used = bytes.length;
  return target => {
    if (used === bytes.length) {
      randomFillSync(bytes);
      used = 0;
    }
    target.set(bytes.subarray(used, used + nonceSize));
    used += nonceSize;
  };
}

function keysOf(masterKey: Uint8Array): KeyOf {
  const secret = Buffer.from(hkdfSync('sha256', masterKey, 'encryption', '', 32));
  const mac = keptMac({ name: 'HMAC', parameters: { digest: 'SHA256' } }, secret);
  if (mac === undefined) return nodesKeys(secret);
  const key = new Uint8Array(32);
  return iv => {
    mac(iv, key);
    return key;
  };
}

function nodesKeys(secret: Uint8Array): KeyOf {
  const key = createSecretKey(secret);
  return iv => createHmac('sha256', key).update(iv).digest();
}

/** By Node's own calls alone: what takes the place of the kept contexts where there are none. */
export function nodesSealer(format: Pick<RepositoryFormat, 'encryption' | 'masterKey'>): ContentSealer {
  const secret = Buffer.from(hkdfSync('sha256', format.masterKey, 'encryption', '', 32));
  const name = ciphers[format.encryption] ?? 'aes-256-gcm';
  return sealerOf(nodesAead(name), nodesKeys(secret), name);
}

const ivSize = 16;

/** The IV of a whole blob, by its name: session markers, indexes. @throws Fault where it has none */
export function blobIv(blobId: string): Buffer {
  const [name = ''] = blobId.split('-', 1);
  const digits = name.slice(-2 * ivSize);
  if (!/^[0-9a-f]{32}$/i.test(digits)) throw new Fault(reasons.blobName);
  return Buffer.from(digits, 'hex');
}

/** The IV of a content: the last 16 bytes of its hash. */
export function contentIv(id: ContentId): Buffer {
  return contentHash(id).subarray(-ivSize);
}
