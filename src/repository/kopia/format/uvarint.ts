/** Numbers as seven bits a byte, the lowest first, all but the last with the highest bit set. */
export function uvarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** Bytes that are read from the front. */
export interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

/** Seven bytes hold every number that a double does, but for those above 2^49, which no length or place comes to. */
const mostBytes = 7;

/** The number at the cursor, which goes behind it; `undefined` where there is none, or one absurdly large. */
export function readUvarint(cursor: Cursor): number | undefined {
  let [value, scale] = [0, 1];
  for (let count = 0; count < mostBytes; count++) {
    const byte = cursor.bytes[cursor.at++];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
    scale *= 0x80;
  }
  return undefined;
}
