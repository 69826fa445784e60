import { Fault } from '../../format/fault.ts';
import { type ContentId, contentKey } from './content-id.ts';
import { buildIndexV1, IndexV1 } from './index-v1.ts';
import { buildIndexV2, IndexV2 } from './index-v2.ts';
import { reasons } from './reasons.ts';

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

/** Entries by their numbers, column by column: what lies in typed arrays, or in the bytes of an index. */
export interface IndexColumns {
  readonly count: number;
  /** Bytes of each key: one more than the hash has. */
  readonly keySize: number;
  packName(pack: number): string;
  /** The number of the entry's pack among these entries. */
  packOf(entry: number): number;
  offsetOf(entry: number): number;
  lengthOf(entry: number): number;
  originalOf(entry: number): number;
  compressionOf(entry: number): number;
  formatVersionOf(entry: number): number;
  isDeleted(entry: number): boolean;
  timestampOf(entry: number): number;
}

/** Entries in the order of their keys, each key once. */
export interface SortedEntries extends IndexColumns {
  writeKey(entry: number, target: Buffer, at: number): void;
}

/**
 * A parsed index, lying over its bytes: nothing is held for each entry. Entries are numbered in the order of their keys. Columns are
 * asked for one by one where tables are made of many indexes.
 */
export interface IndexFile extends SortedEntries {
  readonly version: 1 | 2;
  /** 0 where there are no entries. */
  readonly keySize: number;
  readonly packCount: number;
  readonly bytes: Buffer;
  /** Where in `bytes` the key of an entry begins. */
  keyAt(entry: number): number;
  /** The number of the entry with this key, or -1. */
  find(key: Uint8Array): number;
  entry(entry: number): ContentEntry;
}

/**
 * @param sealOverhead - bytes by which sealing lengthens: an index of version 1 does not say how long plain texts are.
 * @throws Fault for what is no index
 */
export function parseIndex(plain: Uint8Array, sealOverhead: number): IndexFile {
  const bytes = Buffer.from(plain.buffer, plain.byteOffset, plain.length);
  if (bytes[0] === 1) return new IndexV1(bytes, sealOverhead);
  if (bytes[0] === 2) return new IndexV2(bytes);
  throw new Fault(reasons.index);
}

/** The plain bytes of an index of these entries, in any order, each id once; the same as kopia's. Without entries there is none. */
export function buildIndex(entries: Iterable<ContentEntry>, version: 1 | 2): Buffer {
  return buildSortedIndex(sortedEntries(Array.from(entries)), version);
}

/** {@link buildIndex} of columns: where there are many entries, an object for each would be too much. */
export function buildSortedIndex(entries: SortedEntries, version: 1 | 2): Buffer {
  return version === 1 ? buildIndexV1(entries) : buildIndexV2(entries);
}

/** Sorts the array that is given. */
function sortedEntries(entries: ContentEntry[]): SortedEntries {
  // Hexadecimal digits come before the letters from g on, so the order of ids is that of their keys.
  entries.sort((a, b) => (a.id < b.id ? -1 : 1));
  const packs = new Map<string, number>();
  for (const { pack } of entries) if (!packs.has(pack)) packs.set(pack, packs.size);
  const names = [...packs.keys()];
  const at = (index: number): ContentEntry => {
    const entry = entries[index];
    if (entry === undefined) throw new RangeError(`no entry ${index}`);
    return entry;
  };
  return {
    count: entries.length,
    keySize: entries[0] === undefined ? 0 : contentKey(entries[0].id).length,
    packName: pack => names[pack] ?? '',
    packOf: entry => packs.get(at(entry).pack) ?? 0,
    offsetOf: entry => at(entry).offset,
    lengthOf: entry => at(entry).length,
    originalOf: entry => at(entry).original,
    compressionOf: entry => at(entry).compression,
    formatVersionOf: entry => at(entry).formatVersion,
    isDeleted: entry => at(entry).deleted,
    timestampOf: entry => at(entry).timestamp,
    writeKey: (entry, target, position) => {
      target.set(contentKey(at(entry).id), position);
    },
  };
}

/** How many entries one index holds at most. */
export const shardSize = 16_000_000;

/** The number of the part that an entry belongs to where a set of entries is parted into so many. */
export function shardOf(id: ContentId, shards: number): number {
  // FNV-1a of 32 bits.
  let hash = 0x811c9dc5;
  for (let at = 0; at < id.length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % shards;
}

/** The entries parted as kopia parts them where there are more than `size`; no part is empty. */
export function shardsOf(
  entries: readonly ContentEntry[],
  size: number = shardSize,
): readonly (readonly ContentEntry[])[] {
  const count = Math.ceil(entries.length / size);
  if (count <= 1) return entries.length === 0 ? [] : [entries];
  const shards = Array.from({ length: count }, (): ContentEntry[] => []);
  for (const entry of entries) shards[shardOf(entry.id, count)]?.push(entry);
  return shards.filter(shard => shard.length > 0);
}

/** Whether of two entries for one id the first is the valid one: the later; else one that is not deleted; else by pack. */
export function supersedes(
  entry: Pick<ContentEntry, 'timestamp' | 'deleted' | 'pack'>,
  other: Pick<ContentEntry, 'timestamp' | 'deleted' | 'pack'>,
): boolean {
  if (entry.timestamp !== other.timestamp) return entry.timestamp > other.timestamp;
  if (entry.deleted !== other.deleted) return other.deleted;
  return entry.pack > other.pack;
}
