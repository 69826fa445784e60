import { isUtf8 } from 'node:buffer';
import { tarFaults } from '../contents/faults.ts';

/**
 * A tar header block, as POSIX (pax/ustar), GNU and seventh-edition tar write it.
 * Source: POSIX.1-2024, utility `pax`, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format".
 */
export const blockSize = 512;

/** Where the fields are: first byte and length. */
export const fields = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  magic: [257, 8],
  prefix: [345, 155],
} as const satisfies Readonly<Record<string, readonly [number, number]>>;

/** `ustar` of POSIX: magic, NUL and version `00`. GNU's own magic differs, and its headers have no prefix. */
export const ustarMagic = 'ustar\x0000';

/** A header as it stands in the tar; a pax header before it may say otherwise. */
export interface Header {
  readonly name: string;
  /** Bytes of the body. */
  readonly size: number;
  /** The type flag; seventh-edition files (NUL) read as `0`. */
  readonly type: string;
}

/** Bytes that fill a body's last block. */
export function paddingOf(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}

export function isZero(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += zeros.length) {
    const part = bytes.subarray(at, at + zeros.length);
    if (part.compare(zeros, 0, part.length) !== 0) return false;
  }
  return true;
}

const zeros = Buffer.alloc(64 * 1024);

/** Sum of a header's bytes with its checksum field as spaces. */
export function checksumOf(block: Buffer): number {
  let sum = 8 * 0x20;
  for (let at = 0; at < 148; at++) sum += block[at] as number;
  for (let at = 156; at < blockSize; at++) sum += block[at] as number;
  return sum;
}

/** Reads a header block; throws a {@link TarFault}. */
export function parseHeader(block: Buffer): Header {
  if (!hasChecksum(block, parseNumber(fieldOf(block, fields.checksum)))) throw new TarFault('checksum');
  const flag = String.fromCharCode(block[fields.type[0]] as number);
  return {
    name: headerName(block),
    size: parseNumber(fieldOf(block, fields.size)),
    type: flag === '\0' ? '0' : flag,
  };
}

/** Old tars summed signed bytes; both sums are accepted, as everywhere. */
function hasChecksum(block: Buffer, expected: number): boolean {
  const sum = checksumOf(block);
  if (sum === expected) return true;
  let negative = 0;
  for (const byte of block) if (byte > 127) negative += 256;
  return sum - negative === expected;
}

function headerName(block: Buffer): string {
  const name = textOf(untilNul(fieldOf(block, fields.name)));
  if (fieldOf(block, fields.magic).toString('latin1') !== ustarMagic) return name;
  const prefix = textOf(untilNul(fieldOf(block, fields.prefix)));
  return prefix === '' ? name : `${prefix}/${name}`;
}

function fieldOf(block: Buffer, [start, length]: readonly [number, number]): Buffer {
  return block.subarray(start, start + length);
}

/** The bytes before the first NUL, or all. */
export function untilNul(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

/** UTF-8 text; throws a {@link TarFault} for anything else. */
export function textOf(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new TarFault('name');
  return bytes.toString();
}

/** Octal digits between spaces and NULs, or GNU's big-endian binary where the first bit is set. */
function parseNumber(bytes: Buffer): number {
  if ((bytes[0] as number) >= 0x80) return parseBinary(bytes);
  const digits = bytes.toString('latin1').match(/^ *([0-7]*)[ \0]*$/)?.[1];
  if (digits === undefined) throw new TarFault('number');
  return digits === '' ? 0 : safe(Number.parseInt(digits, 8));
}

function parseBinary(bytes: Buffer): number {
  if (bytes[0] !== 0x80) throw new TarFault('number');
  return safe(bytes.subarray(1).reduce((value, byte) => value * 256 + byte, 0));
}

function safe(value: number): number {
  if (!Number.isSafeInteger(value)) throw new TarFault('number');
  return value;
}

/** Why a tar cannot be read; the reader of an archive says which archive. */
export class TarFault extends Error {
  readonly fault: keyof typeof tarFaults;

  constructor(fault: keyof typeof tarFaults) {
    super(tarFaults[fault].en());
    this.fault = fault;
  }
}
