/**
 * Reads where in an object that is stored in protobuf its name, its namespace and the time of its creation are, without an object for
 * each. Only of what is laid out as API servers write it, and has all that they always write: whatever is otherwise is answered with
 * `false`, and is for `decodeHead`; what is not shown, such as labels, is not looked at, so that damage there is not found. The numbers are those of `runtime.Unknown`, and of `ObjectMeta` and `Time` in
 * `k8s.io/apimachinery/pkg/apis/meta/v1/generated.proto`; the object's own message must have its metadata as field 1.
 */
export class HeadScan {
  name = 0;
  nameEnd = 0;
  /** Equal to {@link namespaceEnd} where there is none. */
  namespace = 0;
  namespaceEnd = 0;
  /** Of the creation, from 1970 on. */
  seconds = 0;
  #bytes: Uint8Array = new Uint8Array();
  #at = 0;

  /** @param at behind the message that says of which kind it is */
  read(bytes: Uint8Array, at: number, end: number): boolean {
    this.#bytes = bytes;
    this.#at = at;
    this.name = this.nameEnd = this.namespace = this.namespaceEnd = this.seconds = 0;
    const object = this.#endOf(objectTag, end);
    if (object < 0 || !isTail(bytes, object, end)) return false;
    const metadata = this.#endOf(metadataTag, object);
    if (metadata < 0) return false;
    while (this.#at < metadata) if (!this.#field(metadata)) return false;
    return this.nameEnd > this.name && this.seconds > 0;
  }

  /** Where the bytes end of the field that is next, which must have this tag. */
  #endOf(tag: number, end: number): number {
    if (this.#at >= end || this.#bytes[this.#at++] !== tag) return -1;
    const length = this.#varint(end);
    return length < 0 || length > end - this.#at ? -1 : this.#at + length;
  }

  /** Reads a field of the metadata. */
  #field(end: number): boolean {
    const tag = this.#varint(end);
    if (tag < 8 || tag > largestTag) return false;
    if ((tag & 7) === 0) return !shown.has(tag >> 3) && this.#varint(end) >= 0;
    if ((tag & 7) !== 2) return false;
    const length = this.#varint(end);
    const from = this.#at;
    const to = from + length;
    if (length < 0 || to > end) return false;
    this.#at = to;
    if (tag === nameTag) [this.name, this.nameEnd] = [from, to];
    else if (tag === namespaceTag) [this.namespace, this.namespaceEnd] = [from, to];
    else if (tag === createdTag) return this.#time(from, to);
    return true;
  }

  /** Seconds, and perhaps nanoseconds. */
  #time(from: number, end: number): boolean {
    this.#at = from;
    if (from === end || this.#bytes[this.#at++] !== secondsTag) return false;
    this.seconds = this.#varint(end);
    if (this.seconds <= 0 || this.seconds > lastSecond) return false;
    if (this.#at < end && (this.#bytes[this.#at++] !== nanosecondsTag || this.#varint(end) < 0)) return false;
    return this.#at === end;
  }

  /** -1 where there is none, or one of more than seven bytes, which nothing here has. */
  #varint(end: number): number {
    let value = 0;
    for (let factor = 1; factor <= 128 ** 6; factor *= 128) {
      if (this.#at >= end) return -1;
      const byte = this.#bytes[this.#at++] as number;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
    return -1;
  }
}

/** What follows the object: an encoding and a type of its content, both empty. */
function isTail(bytes: Uint8Array, at: number, end: number): boolean {
  if (at === end) return true;
  const isEmpty = bytes[at] === 0x1a && bytes[at + 1] === 0 && bytes[at + 2] === 0x22 && bytes[at + 3] === 0;
  return end - at === 4 && isEmpty;
}

const objectTag = 0x12;
const metadataTag = 0x0a;
const nameTag = 0x0a;
const namespaceTag = 0x1a;
const createdTag = 0x42;
const secondsTag = 0x08;
const nanosecondsTag = 0x10;
const largestTag = 0x7fff_ffff;
/** Fields that are shown, and must be what they are. */
const shown: ReadonlySet<number> = new Set([1, 3, 8, 11]);
/** Of the year 9999: later ones are written otherwise. */
const lastSecond = 253_402_300_799;
