import { wireTypes } from '../snapshot/protobuf.ts';

/** A value of a field: numbers and booleans as varints, bytes and texts with their length. */
export type FieldValue = bigint | number | boolean | Buffer | string | undefined;

/**
 * A protobuf message of the fields whose values are not their defaults, by number. Whole numbers of any sign are
 * written as `int64` is: in two's complement.
 */
export function writeMessage(fields: Readonly<Record<number, FieldValue>>): Buffer {
  return Buffer.concat(Object.entries(fields).map(([number, value]) => writeField(Number(number), value)));
}

function writeField(number: number, value: FieldValue): Buffer {
  if (value === undefined) return nothing;
  if (typeof value === 'string' || Buffer.isBuffer(value)) return writeBytes(number, Buffer.from(value));
  const varint = BigInt(value);
  if (varint === 0n) return nothing;
  return Buffer.from([...varintOf(tagOf(number, wireTypes.varint)), ...varintOf(varint)]);
}

function writeBytes(number: number, bytes: Buffer): Buffer {
  if (bytes.length === 0) return nothing;
  const head = [...varintOf(tagOf(number, wireTypes.bytes)), ...varintOf(BigInt(bytes.length))];
  return Buffer.concat([Buffer.from(head), bytes]);
}

function tagOf(number: number, type: number): bigint {
  return (BigInt(number) << 3n) | BigInt(type);
}

function varintOf(value: bigint): number[] {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, value);
  while (left > 127n) {
    bytes.push(Number(left & 127n) | 128);
    left >>= 7n;
  }
  return [...bytes, Number(left)];
}

const nothing = Buffer.alloc(0);
