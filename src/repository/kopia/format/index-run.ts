import type { IndexFile } from './index.ts';

/** Entries that lie one after the other in an index, by their numbers among these. */
export interface IndexPart {
  readonly count: number;
  readonly bytes: Uint8Array;
  /** Where in `bytes` the key of an entry begins. */
  keyAt(entry: number): number;
  /** The number of the entry's pack in its index. */
  packOf(entry: number): number;
  offsetOf(entry: number): number;
  lengthOf(entry: number): number;
  originalOf(entry: number): number;
  compressionOf(entry: number): number;
  formatVersionOf(entry: number): number;
  isDeleted(entry: number): boolean;
  timestampOf(entry: number): number;
}

/** An index that is gone through from its first entry to its last; not all of it need be in memory. */
export interface IndexRun {
  readonly count: number;
  /** 0 where there are no entries. */
  readonly keySize: number;
  /** The names of the packs, by their numbers. */
  packNames(): Iterable<string>;
  /** All entries, in the order of their keys. What a part says holds until the next one is asked for. */
  parts(): Iterable<IndexPart>;
}

/** An index in memory, to be gone through. */
export function runOf(file: IndexFile): IndexRun {
  return {
    count: file.count,
    keySize: file.keySize,
    packNames: () => Array.from({ length: file.packCount }, (_, pack) => file.packName(pack)),
    parts: () => (file.count === 0 ? [] : [file]),
  };
}
