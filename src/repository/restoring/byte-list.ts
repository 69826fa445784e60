const firstCapacity = 32 * 1024;

/** Writes numbers, texts and bytes one after the other, for {@link ByteReader}. Numbers are little-endian. */
export class ByteWriter {
  #bytes: Buffer<ArrayBuffer> = Buffer.allocUnsafeSlow(firstCapacity);
  #at = 0;

  /** From 0 to 2³² - 1. */
  number(value: number): void {
    this.#reserve(4);
    this.#at = this.#bytes.writeUInt32LE(value, this.#at);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  big(value: bigint): void {
    this.#reserve(8);
    this.#at = this.#bytes.writeBigUInt64LE(value, this.#at);
  }

  text(text: string, encoding: 'latin1' | 'utf8'): void {
    this.#reserve(4 + (encoding === 'latin1' ? text.length : 3 * text.length));
    const length = this.#bytes.write(text, this.#at + 4, encoding);
    this.number(length);
    this.#at += length;
  }

  bytes(bytes: Uint8Array): void {
    this.number(bytes.length);
    this.space(bytes.length).set(bytes);
  }

  /** So many bytes, to be filled by the caller at once. */
  space(length: number): Buffer {
    this.#reserve(length);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** All that was written, in memory that belongs to nothing else. */
  written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#at);
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.#at + more));
    this.#bytes.copy(grown, 0, 0, this.#at);
    this.#bytes = grown;
  }
}

/** Reads what {@link ByteWriter} wrote, in the same order. What it yields of bytes are views. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(written: Uint8Array) {
    this.#bytes = Buffer.from(written.buffer, written.byteOffset, written.length);
  }

  get ended(): boolean {
    return this.#at === this.#bytes.length;
  }

  number(): number {
    const value = this.#bytes.readUInt32LE(this.#at);
    this.#at += 4;
    return value;
  }

  double(): number {
    const value = this.#bytes.readDoubleLE(this.#at);
    this.#at += 8;
    return value;
  }

  big(): bigint {
    const value = this.#bytes.readBigUInt64LE(this.#at);
    this.#at += 8;
    return value;
  }

  text(encoding: 'latin1' | 'utf8'): string {
    const length = this.number();
    this.#at += length;
    return this.#bytes.toString(encoding, this.#at - length, this.#at);
  }

  bytes(): Buffer {
    return this.space(this.number());
  }

  space(length: number): Buffer {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}
