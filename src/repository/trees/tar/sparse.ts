import type { ByteReader } from './byte-reader.ts';
import { reasons, TarFault } from './fault.ts';
import { blockSize, numberIn } from './header.ts';

/** Where the stored bytes of a sparse member belong; all between them are zeros. */
export interface SparseMap {
  /** Bytes of the file. */
  readonly size: number;
  /** In order, without overlap. */
  readonly parts: readonly SparsePart[];
}

export interface SparsePart {
  readonly offset: number;
  readonly length: number;
}

/** A map, and how many bytes of the member's body it took. */
export interface StoredMap {
  readonly map: SparseMap;
  readonly taken: number;
}

/** More parts than any honest file has: a map is held in memory. */
const mostParts = 1_000_000;
/** Records of the pax forms begin so. */
export const sparsePrefix = 'GNU.sparse.';

/**
 * The map in an old GNU header (type `S`) and in the blocks behind it: four parts, then 21 a block.
 * Source: GNU tar manual, "Storing Sparse Files" and "Basic Tar Format" (`struct oldgnu_header`, `struct sparse_header`).
 *
 * @throws TarFault
 */
export async function oldGnuMap(header: Buffer, bytes: ByteReader): Promise<SparseMap> {
  const parts = partsIn(header, 386, 4);
  let goesOn = header[482] !== 0;
  while (goesOn) {
    const block = await bytes.take(blockSize);
    if (block === undefined) throw new TarFault(reasons.truncated);
    parts.push(...partsIn(block, 0, 21));
    if (parts.length > mostParts) throw new TarFault(reasons.sparse);
    goesOn = block[504] !== 0;
  }
  return checked({ size: numberIn(header, [483, 12]), parts });
}

function partsIn(block: Buffer, first: number, count: number): SparsePart[] {
  const parts: SparsePart[] = [];
  for (let at = first; at < first + 24 * count && block[at] !== 0; at += 24) {
    parts.push({ offset: numberIn(block, [at, 12]), length: numberIn(block, [at + 12, 12]) });
  }
  return parts;
}

/**
 * The map that pax records give (0.0, 0.1), or that the body begins with (1.0); `undefined` where the records say of none.
 * Source: GNU tar manual, "Storing Sparse Files", "PAX Format, Versions 0.0 and 0.1" and "Version 1.0".
 *
 * @throws TarFault
 */
export async function paxMap(
  records: ReadonlyMap<string, Buffer>,
  bytes: ByteReader,
  stored: number,
): Promise<StoredMap | undefined> {
  const text = (name: string): string | undefined => records.get(sparsePrefix + name)?.toString('latin1');
  if (text('major') !== undefined) {
    if (text('major') !== '1' || text('minor') !== '0') throw new TarFault(reasons.sparse);
    const { parts, taken } = await mapOfBody(bytes, stored);
    return { map: checked({ size: numberOf(text('realsize')), parts }), taken };
  }
  if (![...records.keys()].some(key => key.startsWith(sparsePrefix))) return undefined;
  const numbers = (text('map') ?? '').split(',').filter(each => each !== '');
  const map = { size: numberOf(text('size')), parts: pairs(numbers.map(numberOf)) };
  if (numberOf(text('numblocks')) !== map.parts.length) throw new TarFault(reasons.sparse);
  return { map: checked(map), taken: 0 };
}

/** Decimal numbers, one a line: how many parts, then offset and length of each; filled up to whole blocks. */
async function mapOfBody(
  bytes: ByteReader,
  stored: number,
): Promise<{ readonly parts: readonly SparsePart[]; readonly taken: number }> {
  const numbers: number[] = [];
  let [rest, taken] = ['', 0];
  do {
    if (taken >= stored) throw new TarFault(reasons.sparse);
    const block = await bytes.take(blockSize);
    if (block === undefined) throw new TarFault(reasons.truncated);
    taken += blockSize;
    const lines = (rest + block.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    numbers.push(...lines.slice(0, wanted(numbers, lines) - numbers.length).map(numberOf));
  } while (numbers.length < wanted(numbers));
  return { parts: pairs(numbers.slice(1)), taken };
}

/** How many numbers the map has, by its first one. */
function wanted([known]: readonly number[], [line]: readonly string[] = []): number {
  const count = known ?? (line === undefined ? 0 : numberOf(line));
  if (count > mostParts) throw new TarFault(reasons.sparse);
  return 1 + 2 * count;
}

function pairs(numbers: readonly number[]): readonly SparsePart[] {
  if (numbers.length % 2 !== 0 || numbers.length > 2 * mostParts) throw new TarFault(reasons.sparse);
  return Array.from({ length: numbers.length / 2 }, (_, at) => ({
    offset: numbers[2 * at] ?? 0,
    length: numbers[2 * at + 1] ?? 0,
  }));
}

function numberOf(text = ''): number {
  const number = Number(text);
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(number)) throw new TarFault(reasons.sparse);
  return number;
}

/** GNU tar ends a map with an empty part at the end of the file. */
function checked(map: SparseMap): SparseMap {
  let end = 0;
  for (const { offset, length } of map.parts) {
    if (offset < end || length < 0 || offset + length > map.size) throw new TarFault(reasons.sparse);
    end = offset + length;
  }
  return map;
}

/** Bytes that are stored of such a file. */
export function storedBytes({ parts }: SparseMap): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

const zeros = Buffer.alloc(256 * 1024);

/** The whole file out of its stored bytes, which come in any pieces. */
export async function* expanded(
  { size, parts }: SparseMap,
  stored: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  let at = 0;
  let part = 0;
  for await (let piece of stored) {
    while (piece.length > 0) {
      const { offset, length } = parts[part] ?? { offset: size, length: piece.length };
      if (at < offset) yield* nothing(offset - at);
      at = Math.max(at, offset);
      const taken = piece.subarray(0, offset + length - at);
      if (taken.length > 0) yield taken;
      at += taken.length;
      piece = piece.subarray(taken.length);
      if (at === offset + length) part++;
    }
  }
  yield* nothing(size - at);
}

function* nothing(length: number): Generator<Buffer> {
  for (let left = length; left > 0; left -= zeros.length) yield zeros.subarray(0, left);
}
