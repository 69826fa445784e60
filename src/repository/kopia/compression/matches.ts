/** What a simple search for repeated bytes comes to: literals, then a copy of what was `distance` back. */
export interface Match {
  /** Where the literals before it begin. */
  readonly literalsAt: number;
  readonly start: number;
  readonly distance: number;
  readonly length: number;
}

const tableBits = 14;
const leastLength = 4;

/**
 * Repetitions in a piece, found by a table of where four bytes were seen last; what does not repeat is passed over ever faster.
 * @param limits - how far back a copy may reach, and how many bytes at the end stay literals.
 */
export function* matchesIn(
  bytes: Buffer,
  limits: { readonly distance: number; readonly tail: number },
): Generator<Match> {
  const table = new Int32Array(1 << tableBits).fill(-1);
  const last = bytes.length - Math.max(limits.tail, leastLength);
  let literalsAt = 0;
  for (let at = 0, missed = 0; at <= last; ) {
    const hash = Math.imul(bytes.readInt32LE(at), 0x9e3779b1) >>> (32 - tableBits);
    const before = table[hash] ?? -1;
    table[hash] = at;
    const near = before >= 0 && at - before <= limits.distance;
    if (!near || bytes.readInt32LE(before) !== bytes.readInt32LE(at)) {
      at += 1 + (missed++ >> 5);
      continue;
    }
    const length = commonLength(bytes, before, at, bytes.length - limits.tail);
    yield { literalsAt, start: at, distance: at - before, length };
    at += length;
    literalsAt = at;
    missed = 0;
  }
}

function commonLength(bytes: Buffer, before: number, at: number, end: number): number {
  let length = leastLength;
  while (at + length < end && bytes[before + length] === bytes[at + length]) length++;
  return length;
}
