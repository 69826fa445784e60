import { positionOf, type SortedKeys } from './sorted-keys.ts';

/**
 * What threads share of a {@link ContentIndex}: open addressing by the content's key. A key is written before the slot that leads
 * to it, so a thread sees a content that is added meanwhile whole or not at all.
 */
export interface ContentTable {
  /** Bytes of a key: the prefix's byte or 0, and the hash. */
  readonly keySize: number;
  /** The keys, one after the other. */
  readonly keys: Uint8Array<SharedArrayBuffer>;
  /** {@link wordsPerContent} for each key. */
  readonly words: Uint32Array<SharedArrayBuffer>;
  /** The number of a content and 1, or 0. Never full. */
  readonly slots: Uint32Array<SharedArrayBuffer>;
  /** Other contents, whose rows lie on disk. */
  readonly sorted: SortedKeys;
}

/**
 * What is known of a content, each in 32 bits: its timestamp; its offset, and {@link deletedBit}; its length, sealed and plain; the
 * numbers of its pack and, in the lowest byte, of its form.
 */
export const wordsPerContent = 5;
export const [timestampWord, offsetWord, lengthWord, originalWord, packWord] = [0, 1, 2, 3, 4] as const;
export const deletedBit = 0x80000000;
export const offsetMask = 0x7fffffff;

/** Room for so many contents. */
export function emptyTable(keySize: number, capacity: number, sorted: SortedKeys): ContentTable {
  let slots = 1024;
  while (slots * 0.7 < capacity) slots *= 2;
  return {
    keySize,
    sorted,
    keys: new Uint8Array(new SharedArrayBuffer(capacity * keySize)),
    words: new Uint32Array(new SharedArrayBuffer(4 * capacity * wordsPerContent)),
    slots: new Uint32Array(new SharedArrayBuffer(4 * slots)),
  };
}

/** The number of the content with the key that is in `bytes` at an offset; where it is not known, the slot for it, inverted (`~slot`). */
export function lookUp(table: ContentTable, bytes: Uint8Array, at: number): number {
  const { slots, keys, keySize } = table;
  const mask = slots.length - 1;
  for (let slot = firstSlot(slots, bytes, at); ; slot = (slot + 1) & mask) {
    const content = (slots[slot] ?? 0) - 1;
    if (content < 0) return ~slot;
    let same = 0;
    while (same < keySize && keys[content * keySize + same] === bytes[at + same]) same++;
    if (same === keySize) return content;
  }
}

/** Puts the content of that number into the slot that {@link lookUp} found for it. */
export function occupy(table: ContentTable, content: number, slot: number): void {
  table.slots[slot] = content + 1;
}

/** Whether a content can be used: known and not deleted. For threads that write. */
export function isLive(table: ContentTable, key: Uint8Array): boolean {
  if (key.length !== table.keySize) return false;
  const content = lookUp(table, key, 0);
  if (content >= 0) return !isDeleted(table, content);
  const position = positionOf(table.sorted, key, 0);
  return position >= 0 && table.sorted.deleted[position] === 0;
}

export function isDeleted({ words }: ContentTable, content: number): boolean {
  return ((words[content * wordsPerContent + offsetWord] ?? 0) & deletedBit) !== 0;
}

/**
 * The first bytes of the hash decide, which are as good as random; the prefix tells apart contents of equal bytes. What is added in
 * the order of the keys, as indexes have them, goes through the slots in their order: ten times as fast as at random.
 */
function firstSlot(slots: Uint32Array, bytes: Uint8Array, at: number): number {
  const high = ((bytes[at + 1] ?? 0) << 24) | ((bytes[at + 2] ?? 0) << 16);
  const beginning = high | ((bytes[at + 3] ?? 0) << 8) | (bytes[at + 4] ?? 0);
  const turned = beginning + Math.imul(bytes[at] ?? 0, 0x9e3779b1);
  return turned >>> (Math.clz32(slots.length) + 1);
}
