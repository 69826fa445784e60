import type { ContentId } from './content-id.ts';

/** Where a content lies, as an index has it. */
export interface ContentEntry {
  readonly id: ContentId;
  /** The name of the blob that holds it. */
  readonly pack: string;
  readonly offset: number;
  /** Bytes of it in the pack, sealed. */
  readonly length: number;
  /** Bytes of its plain text before compression. */
  readonly original: number;
  /** The number of its compression; 0 for none. */
  readonly compression: number;
  /** The version of the repository's format that it was written in. */
  readonly formatVersion: number;
  readonly deleted: boolean;
  /** When it was written or deleted, in seconds since 1970. */
  readonly timestamp: number;
}

/**
 * A parsed index, lying over its bytes: nothing is held for each entry. Entries are numbered in the order of their keys. Columns are
 * asked for one by one where tables are made of many indexes.
 */
export interface IndexFile {
  readonly version: 1 | 2;
  readonly count: number;
  /** Bytes of each key: one more than the hash has; 0 where there are no entries. */
  readonly keySize: number;
  readonly packCount: number;
  readonly packName: (pack: number) => string;
  readonly bytes: Buffer;
  /** Where in `bytes` the key of an entry begins. */
  readonly keyAt: (entry: number) => number;
  /** The number of the entry with this key, or -1. */
  readonly find: (key: Uint8Array) => number;
  /** The number of the entry's pack in this index. */
  readonly packOf: (entry: number) => number;
  readonly offsetOf: (entry: number) => number;
  readonly lengthOf: (entry: number) => number;
  readonly originalOf: (entry: number) => number;
  readonly compressionOf: (entry: number) => number;
  readonly formatVersionOf: (entry: number) => number;
  readonly isDeleted: (entry: number) => boolean;
  readonly timestampOf: (entry: number) => number;
  readonly entry: (entry: number) => ContentEntry;
}

/**
 * @param sealOverhead - bytes by which sealing lengthens: an index of version 1 does not say how long plain texts are.
 * @throws Fault for what is no index
 */
export function parseIndex(_bytes: Uint8Array, _sealOverhead: number): IndexFile {
  throw new Error('unfinished');
}

/** The plain bytes of an index of these entries, in any order, each id once; the same as kopia's. */
export function buildIndex(_entries: Iterable<ContentEntry>, _version: 1 | 2): Buffer {
  throw new Error('unfinished');
}

/** How many entries one index holds at most. */
export const shardSize = 16_000_000;

/** The entries parted as kopia parts them where there are more than {@link shardSize}; no part is empty. */
export function shardsOf(
  _entries: readonly ContentEntry[],
  _size: number = shardSize,
): readonly (readonly ContentEntry[])[] {
  throw new Error('unfinished');
}

/** Whether of two entries for one id the first is the valid one: the later; else one that is not deleted; else by pack. */
export function supersedes(_entry: ContentEntry, _other: ContentEntry): boolean {
  throw new Error('unfinished');
}
