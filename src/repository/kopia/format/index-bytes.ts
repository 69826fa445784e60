import { type ContentId, contentIdOf } from './content-id.ts';
import type { ContentEntry, IndexColumns } from './index.ts';

/** Both versions of indexes: entries of one size after a header, sorted by keys that begin them. */
export interface EntryLayout {
  readonly bytes: Buffer;
  /** Where the first entry begins. */
  readonly start: number;
  readonly stride: number;
  readonly keySize: number;
  readonly count: number;
}

/** What a header says for the size of keys where there are no entries. */
export const unknownKeySize = 255;

/** The number of the entry with this key, or -1. */
export function findKey({ bytes, start, stride, keySize, count }: EntryLayout, key: Uint8Array): number {
  if (key.length !== keySize) return -1;
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compareAt(bytes, start + middle * stride, key);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return -1;
}

/** The order of the key that lies in `bytes` and of another. A call of the runtime for it would take longer than it does. */
export function compareAt(bytes: Uint8Array, at: number, key: Uint8Array): number {
  for (let index = 0; index < key.length; index++) {
    const difference = (bytes[at + index] ?? 0) - (key[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The whole of an entry. @throws Fault where its key is none */
export function entryOf(columns: IndexColumns, { bytes, keySize }: EntryLayout, at: EntryAt): ContentEntry {
  const { entry, keyAt } = at;
  const id: ContentId = contentIdOf(bytes.subarray(keyAt, keyAt + keySize));
  return {
    id,
    pack: columns.packName(columns.packOf(entry)),
    offset: columns.offsetOf(entry),
    length: columns.lengthOf(entry),
    original: columns.originalOf(entry),
    compression: columns.compressionOf(entry),
    formatVersion: columns.formatVersionOf(entry),
    deleted: columns.isDeleted(entry),
    timestamp: columns.timestampOf(entry),
  };
}

interface EntryAt {
  readonly entry: number;
  readonly keyAt: number;
}
