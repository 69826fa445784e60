/** Wire types of protobuf that are in use. */
export const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** A field of a protobuf message: where its value is, or what it is. */
export interface WireField {
  readonly number: number;
  readonly type: number;
  /** Of `bytes` and of fixed sizes: a view. */
  readonly bytes: Buffer;
  /** Of `varint`; 64 bits. */
  readonly varint: bigint;
}

const nothing = Buffer.alloc(0);

/**
 * The fields of a message, in their order. Ends early for what is none: `undefined` is yielded once, and nothing more.
 */
export function* wireFields(message: Buffer): Generator<WireField | undefined> {
  const reader = new WireReader(message);
  while (reader.at < message.length) {
    const field = reader.field();
    yield field;
    if (field === undefined) return;
  }
}

/** Reads fields one after the other; each method answers `undefined` where the bytes do not allow it. */
class WireReader {
  at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  field(): WireField | undefined {
    const tag = this.#number();
    if (tag === undefined) return undefined;
    const number = Math.floor(tag / 8);
    const type = tag % 8;
    if (number === 0 || number > largestNumber) return undefined;
    if (type === wireTypes.varint) {
      const varint = this.#varint();
      return varint === undefined ? undefined : { number, type, bytes: nothing, varint };
    }
    const length = this.#lengthOf(type);
    if (length === undefined || length > this.#bytes.length - this.at) return undefined;
    const bytes = this.#bytes.subarray(this.at, (this.at += length));
    return { number, type, bytes, varint: 0n };
  }

  #lengthOf(type: number): number | undefined {
    if (type === wireTypes.bytes) return this.#number();
    if (type === wireTypes.fixed64) return 8;
    return type === wireTypes.fixed32 ? 4 : undefined;
  }

  /** A tag or a length: beyond 2^53 not exact, and neither of them then. No BigInt, of which there would be millions. */
  #number(): number | undefined {
    let value = 0;
    for (let factor = 1, turn = 0; turn < 10; factor *= 128, turn++) {
      const byte = this.#bytes[this.at++];
      if (byte === undefined) return undefined;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
    return undefined;
  }

  /** Mostly of a byte or two; BigInt only where there are more than four. */
  #varint(): bigint | undefined {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#bytes[this.at++];
      if (byte === undefined) return undefined;
      value |= (byte & 127) << shift;
      if (byte < 128) return BigInt(value);
    }
    let long = BigInt(value);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.at++];
      if (byte === undefined) return undefined;
      long |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, long);
    }
    return undefined;
  }
}

const largestNumber = 2 ** 29 - 1;
