const polynomial = 0x82f63b78;
/** Bytes that a step takes. */
const step = 8;

type Table = Int32Array;
type Tables = readonly [Table, Table, Table, Table, Table, Table, Table, Table];

/** Made when they are first needed: few commands need them. */
let tables: Tables | undefined;

/** Table n says what a byte does to the checksum once n more bytes have followed it. */
function makeTables(): Tables {
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ ((value & 1) === 0 ? 0 : polynomial);
    return value;
  });
  const all = [first];
  for (let number = 1; number < step; number++) {
    const before = all[number - 1] ?? first;
    all.push(before.map(value => (value >>> 8) ^ (first[value & 255] ?? 0)));
  }
  return all as unknown as Tables;
}

/**
 * CRC-32C (Castagnoli), of which the bytes come piece by piece: `crc32c(b, crc32c(a))` is that of both. Eight bytes a
 * step, by tables (Intel's slicing-by-8).
 *
 * @returns 32 bits, unsigned
 */
export function crc32c(bytes: Uint8Array, before = 0): number {
  tables ??= makeTables();
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables;
  let crc = ~before;
  let at = 0;
  for (const end = bytes.length - step; at <= end; at += step) {
    const low = crc ^ word(bytes, at);
    crc =
      entry(t7, low) ^
      entry(t6, low >>> 8) ^
      entry(t5, low >>> 16) ^
      entry(t4, low >>> 24) ^
      entry(t3, byte(bytes, at + 4)) ^
      entry(t2, byte(bytes, at + 5)) ^
      entry(t1, byte(bytes, at + 6)) ^
      entry(t0, byte(bytes, at + 7));
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ entry(t0, crc ^ byte(bytes, at));
  return ~crc >>> 0;
}

function entry(table: Table, value: number): number {
  return table[value & 255] as number;
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}

function word(bytes: Uint8Array, at: number): number {
  return (
    byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24)
  );
}
