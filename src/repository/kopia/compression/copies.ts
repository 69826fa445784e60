/** Decompressed bytes that come to be, of a size that is known: literals, and copies of what is there already. */
export class Growing {
  readonly bytes: Buffer;
  length = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafe(size);
  }

  /** @throws RangeError where there is not so much, or no room for it */
  literals(from: Uint8Array, start: number, count: number): void {
    if (start + count > from.length || this.length + count > this.bytes.length)
      throw new RangeError('damaged');
    this.bytes.set(from.subarray(start, start + count), this.length);
    this.length += count;
  }

  /** Repeats `count` bytes from `distance` back, which may reach into what they themselves make. @throws RangeError */
  copy(distance: number, count: number): void {
    const from = this.length - distance;
    if (distance <= 0 || from < 0 || this.length + count > this.bytes.length) throw new RangeError('damaged');
    if (distance >= count) {
      this.bytes.copyWithin(this.length, from, from + count);
    } else {
      const { bytes } = this;
      let [source, target] = [from, this.length];
      for (const end = target + count; target < end; ) bytes[target++] = bytes[source++] ?? 0;
    }
    this.length += count;
  }
}
