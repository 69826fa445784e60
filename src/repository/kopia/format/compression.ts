/** Names of compressions by the numbers that stand in indexes and before compressed bytes. 0 is none. */
export const compressionNames: ReadonlyMap<number, string> = new Map([
  [0x1000, 'gzip'],
  [0x1001, 'gzip-best-speed'],
  [0x1002, 'gzip-best-compression'],
  [0x1100, 'zstd'],
  [0x1101, 'zstd-fastest'],
  [0x1102, 'zstd-better-compression'],
  [0x1103, 'zstd-best-compression'],
  [0x1200, 's2-default'],
  [0x1201, 's2-better'],
  [0x1202, 's2-parallel-4'],
  [0x1203, 's2-parallel-8'],
  [0x1300, 'pgzip'],
  [0x1301, 'pgzip-best-speed'],
  [0x1302, 'pgzip-best-compression'],
  [0x1400, 'lz4'],
  [0x1500, 'deflate-default'],
  [0x1501, 'deflate-best-speed'],
  [0x1502, 'deflate-best-compression'],
]);

/** The number of a compression; `undefined` for a name that is not known. */
export function compressionId(name: string): number | undefined {
  for (const [id, each] of compressionNames) if (each === name) return id;
  return undefined;
}

/**
 * The content of compressed bytes, which begin with the number of their compression, four bytes.
 * @param headerId - that number as the index has it, or `undefined` where the bytes alone say it (objects named `Z…`).
 * @throws Fault where they are damaged, are compressed otherwise, or hold more than `limit` bytes
 */
export function decompress(
  _headerId: number | undefined,
  _bytes: Uint8Array,
  _options: { readonly limit: number },
): Buffer {
  throw new Error('unfinished');
}

/** The compressed bytes with that number before them; they may be longer than the plain ones. */
export function compress(_name: string, _plain: Uint8Array): Buffer {
  throw new Error('unfinished');
}
