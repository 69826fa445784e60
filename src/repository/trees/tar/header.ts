import { reasons, TarFault } from './fault.ts';

/**
 * A tar header block, as POSIX (pax, ustar), GNU and seventh-edition tar write it.
 * Source: POSIX.1-2024, utility `pax`, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format".
 */
export const blockSize = 512;

/** A header as it stands in the tar; extended headers before it may say otherwise. */
export interface TarHeader {
  readonly name: Buffer;
  /** The type flag; seventh-edition files (NUL) read as `0`. */
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of the body. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  readonly link: Buffer;
  readonly user: Buffer;
  readonly group: Buffer;
  readonly major: number;
  readonly minor: number;
}

/** First byte and length. */
export type Field = readonly [number, number];

const typeAt = 156;
const magic: Field = [257, 8];
const prefix: Field = [345, 155];
/** GNU's own magic differs, and its headers have no prefix. */
const ustar = 'ustar\x0000';

/** Reads a header block; `undefined` for one of zeros. @throws TarFault */
export function readHeader(block: Buffer): TarHeader | undefined {
  if (block.equals(zeros)) return undefined;
  if (!hasChecksum(block, numberIn(block, [148, 8]))) throw new TarFault(reasons.checksum);
  const type = String.fromCharCode(block[typeAt] ?? 0);
  return {
    name: nameIn(block),
    type: type === '\0' ? '0' : type,
    mode: numberIn(block, [100, 8]) & 0o7777,
    uid: numberIn(block, [108, 8]),
    gid: numberIn(block, [116, 8]),
    size: atLeastZero(numberIn(block, [124, 12])),
    mtime: numberIn(block, [136, 12]),
    link: textIn(block, [157, 100]),
    user: textIn(block, [265, 32]),
    group: textIn(block, [297, 32]),
    ...deviceIn(block, type),
  };
}

const zeros = Buffer.alloc(blockSize);

/** Bytes that fill a body's last block. */
export function paddingOf(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}

/** Where there is no device, seventh-edition headers have anything. */
function deviceIn(block: Buffer, type: string): Pick<TarHeader, 'major' | 'minor'> {
  if (type !== '3' && type !== '4') return { major: 0, minor: 0 };
  return { major: numberIn(block, [329, 8]), minor: numberIn(block, [337, 8]) };
}

/** The sum of the bytes with the checksum itself as spaces; old tars summed signed bytes. */
function hasChecksum(block: Buffer, expected: number): boolean {
  let sum = 8 * 0x20;
  let negative = 0;
  for (let at = 0; at < block.length; at++) {
    const byte = at >= 148 && at < 156 ? 0 : (block[at] ?? 0);
    sum += byte;
    if (byte > 127) negative += 256;
  }
  return sum === expected || sum - negative === expected;
}

function nameIn(block: Buffer): Buffer {
  const name = textIn(block, [0, 100]);
  if (bytesIn(block, magic).toString('latin1') !== ustar) return name;
  const before = textIn(block, prefix);
  return before.length === 0 ? name : Buffer.concat([before, Buffer.from('/'), name]);
}

function bytesIn(block: Buffer, [start, length]: Field): Buffer {
  return block.subarray(start, start + length);
}

function textIn(block: Buffer, field: Field): Buffer {
  return untilNul(bytesIn(block, field));
}

/** The bytes before the first NUL, or all. */
export function untilNul(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

/** Octal digits between spaces and NULs, or GNU's big-endian binary where the first bit is set. @throws TarFault */
export function numberIn(block: Buffer, field: Field): number {
  const bytes = bytesIn(block, field);
  const first = bytes[0] ?? 0;
  if (first === 0x80 || first === 0xff) return binary(bytes, first === 0xff);
  const digits = bytes.toString('latin1').match(/^ *([0-7]*)[ \0]*$/)?.[1];
  if (digits === undefined) throw new TarFault(reasons.number);
  return digits === '' ? 0 : safe(Number.parseInt(digits, 8));
}

function binary(bytes: Buffer, negative: boolean): number {
  const value = BigInt(`0x${bytes.subarray(1).toString('hex')}`);
  return safe(Number(negative ? value - (1n << BigInt(8 * (bytes.length - 1))) : value));
}

function safe(value: number): number {
  if (!Number.isSafeInteger(value)) throw new TarFault(reasons.number);
  return value;
}

function atLeastZero(value: number): number {
  if (value < 0) throw new TarFault(reasons.number);
  return value;
}
