/** Wire types of protobuf that `mvccpb.KeyValue` uses, and what its fields have in common. */
const varintType = 0;
const bytesType = 2;
const two32 = 2 ** 32;

/**
 * Reads records (`mvccpb.KeyValue`) without an object for each. What it answers is of the last record that was read: its key is
 * `bytes` from `key` to `keyEnd`, its value from `value` to `valueEnd`. Numbers beyond 2^53 lose their exactness.
 */
export class RecordScan {
  key = 0;
  keyEnd = 0;
  value = 0;
  valueEnd = 0;
  createRevision = 0;
  modRevision = 0;
  version = 0;
  /** The two halves of 64 bits. */
  leaseLow = 0;
  leaseHigh = 0;
  #bytes: Uint8Array = new Uint8Array();
  #at = 0;
  #end = 0;
  /** The two halves of a varint, unsigned. */
  #low = 0;
  #high = 0;

  /**
   * Reads the record that is in `bytes` from `at` to `end`; `false` for what is none. What has no bytes is the mark that a
   * restore with `--bump-revision` leaves: an empty key.
   */
  read(bytes: Uint8Array, at: number, end: number): boolean {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
    this.#forget(at);
    while (this.#at < end) if (!this.#field()) return false;
    return true;
  }

  #forget(at: number): void {
    this.key = at;
    this.keyEnd = at;
    this.value = at;
    this.valueEnd = at;
    this.createRevision = 0;
    this.modRevision = 0;
    this.version = 0;
    this.leaseLow = 0;
    this.leaseHigh = 0;
  }

  /** What the places are in. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  #field(): boolean {
    if (!this.#varint()) return false;
    const tag = this.#low;
    if (this.#high !== 0 || tag > lastTag || !this.#varint()) return false;
    const type = tag & 7;
    if (type === varintType) return this.#number(tag >> 3);
    return type === bytesType && this.#range(tag >> 3);
  }

  #number(field: number): boolean {
    const value = this.#high * two32 + this.#low;
    if (field === 2) this.createRevision = value;
    else if (field === 3) this.modRevision = value;
    else if (field === 4) this.version = value;
    else if (field === 6) {
      this.leaseLow = this.#low;
      this.leaseHigh = this.#high;
    } else return false;
    return true;
  }

  #range(field: number): boolean {
    const from = this.#at;
    const to = from + this.#high * two32 + this.#low;
    if (to > this.#end) return false;
    this.#at = to;
    if (field === 1) {
      this.key = from;
      this.keyEnd = to;
    } else if (field === 5) {
      this.value = from;
      this.valueEnd = to;
    } else return false;
    return true;
  }

  /** Mostly of one to three bytes. `false` where there is none, or one of more than ten bytes. */
  #varint(): boolean {
    this.#high = 0;
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte();
      if (byte < 0) return false;
      low |= (byte & 127) << shift;
      if (byte < 128) {
        this.#low = low;
        return true;
      }
    }
    return this.#longVarint(low);
  }

  /** The bytes behind the fourth: bits 28 and more. */
  #longVarint(first: number): boolean {
    let [low, high] = [first, 0];
    for (let shift = 28; shift < 70; shift += 7) {
      const byte = this.#byte();
      if (byte < 0) return false;
      const bits = byte & 127;
      if (shift === 28) low |= bits << 28;
      high |= shift === 28 ? bits >>> 4 : shift < 64 ? bits << (shift - 32) : 0;
      if (byte >= 128) continue;
      [this.#low, this.#high] = [low >>> 0, high >>> 0];
      return true;
    }
    return false;
  }

  /** -1 behind the end. */
  #byte(): number {
    return this.#at < this.#end ? (this.#bytes[this.#at++] as number) : -1;
  }
}

/** Of field 6, the last that there is. */
const lastTag = (6 << 3) | 7;
