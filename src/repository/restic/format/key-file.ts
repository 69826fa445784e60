import { Fault } from '../../format/fault.ts';
import { isObject, type Json, parseJson, wholeNumber, writeJson } from '../../format/go-json.ts';
import { scrypt } from '../../scrypt/scrypt.ts';
import { type SealKey, seal, unseal } from '../sealing/seal.ts';
import { reasons } from './reasons.ts';

/** What scrypt is told: its cost, block size and parallelism, and 64 random bytes. */
export interface KeyDerivation {
  readonly n: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
}

/** A file below `keys/`: the master key, sealed with one derived from a password. */
export interface KeyFile extends KeyDerivation {
  readonly created: string;
  readonly username: string;
  readonly hostname: string;
  /** The sealed master key. */
  readonly data: Buffer;
}

/** Bytes; a key file has some 450. */
export const keyFileLimit = 65536;

const saltSize = 64;
/** Bytes of scrypt's table that a key file may ask for; restic itself stays below 60 MiB. */
const tableLimit = 256 * 1024 ** 2;
/** Bytes of the blocks that are mixed, and how often a part of 128 bytes is: restic's keys have some 16 KiB, and 2 ** 18 to 2 ** 21. */
const [blocksLimit, workLimit] = [16 * 1024 ** 2, 2 ** 25];

/** Reads the bytes of a file below `keys/`. @throws Fault */
export function parseKeyFile(bytes: Uint8Array): KeyFile {
  const document = jsonOf(bytes);
  if (!isObject(document)) throw new Fault(reasons.keyObject);
  const { created, username, hostname, kdf } = document;
  if (kdf !== 'scrypt') throw new Fault(reasons.keyDerivation);
  const [n, r, p] = [document['N'], document['r'], document['p']].map(each =>
    Number(wholeNumber(each) ?? 0n),
  );
  const file = {
    created: text(created),
    username: text(username),
    hostname: text(hostname),
    n: n ?? 0,
    r: r ?? 0,
    p: p ?? 0,
    salt: Buffer.from(text(document['salt']), 'base64'),
    data: Buffer.from(text(document['data']), 'base64'),
  };
  checkDerivation(file);
  return file;
}

function checkDerivation({ n, r, p, salt }: KeyDerivation): void {
  if (salt.length !== saltSize) throw new Fault(reasons.salt);
  // N below 2 ** (128 * r / 8): RFC 7914, 6.
  if (n < 2 || !Number.isInteger(Math.log2(n)) || r < 1 || p < 1 || n >= 2 ** (16 * r)) {
    throw new Fault(reasons.scrypt);
  }
  if (128 * n * r > tableLimit || 128 * r * p > blocksLimit || n * r * p > workLimit) {
    throw new Fault(reasons.scryptAbsurd);
  }
}

/** The file's bytes, its members in restic's order. */
export function writeKeyFile(file: KeyFile): Buffer {
  const { created, username, hostname, n, r, p, salt, data } = file;
  const document = {
    created,
    username,
    hostname,
    kdf: 'scrypt',
    N: n,
    r,
    p,
    salt: salt.toString('base64'),
    data: data.toString('base64'),
  };
  return Buffer.from(writeJson(document));
}

/** The master key; `undefined` where the password is not this key's. @throws Fault */
export async function openKeyFile(file: KeyFile, password: Uint8Array): Promise<SealKey | undefined> {
  const plain = unseal(await deriveKey(file, password), file.data);
  if (plain === undefined) return undefined;
  const document = jsonOf(plain);
  const mac = isObject(document) ? document['mac'] : undefined;
  if (!isObject(document) || !isObject(mac)) throw new Fault(reasons.masterKey);
  const key = {
    encrypt: Buffer.from(text(document['encrypt']), 'base64'),
    macK: Buffer.from(text(mac['k']), 'base64'),
    macR: Buffer.from(text(mac['r']), 'base64'),
  };
  if (key.encrypt.length !== 32 || key.macK.length !== 16 || key.macR.length !== 16) {
    throw new Fault(reasons.masterKey);
  }
  return key;
}

/** Seals a master key so that this password opens it: the `data` of a key file. */
export async function sealMasterKey(
  master: SealKey,
  password: Uint8Array,
  derivation: KeyDerivation,
): Promise<Buffer> {
  const { encrypt, macK, macR } = master;
  const document = {
    mac: { k: macK.toString('base64'), r: macR.toString('base64') },
    encrypt: encrypt.toString('base64'),
  };
  return seal(await deriveKey(derivation, password), Buffer.from(writeJson(document)));
}

async function deriveKey({ n, r, p, salt }: KeyDerivation, password: Uint8Array): Promise<SealKey> {
  const bytes = await scrypt(password, salt, { n, r, p, size: 64 });
  return { encrypt: bytes.subarray(0, 32), macK: bytes.subarray(32, 48), macR: bytes.subarray(48, 64) };
}

function jsonOf(bytes: Uint8Array): Json | undefined {
  try {
    return parseJson(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
