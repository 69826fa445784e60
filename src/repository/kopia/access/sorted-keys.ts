import { compareAt } from '../format/index-bytes.ts';

/** Keys in their order, each once; threads share them. */
export interface SortedKeys {
  readonly keySize: number;
  /** How many there are; there may be room for more. */
  readonly count: number;
  readonly keys: Uint8Array<SharedArrayBuffer>;
  /** By the place of a key: 1 where the content is deleted. */
  readonly deleted: Uint8Array<SharedArrayBuffer>;
  /** By the first byte of keys, and for one more: how many keys have a lesser one. */
  readonly starts: Uint32Array<SharedArrayBuffer>;
}

/** Room for so many keys. */
export function emptyKeys(keySize: number, capacity: number): SortedKeys {
  return {
    keySize,
    count: 0,
    keys: new Uint8Array(new SharedArrayBuffer(capacity * keySize)),
    deleted: new Uint8Array(new SharedArrayBuffer(capacity)),
    starts: new Uint32Array(new SharedArrayBuffer(4 * 257)),
  };
}

/** So many bytes of a hash are guessed by. */
const guessedBytes = 6;
const everything = 2 ** (8 * guessedBytes);
/** Hashes are as good as random, so a few guesses by their value come near; what is guessed amiss, halving finds. */
const guesses = 6;

/** The place of the key that lies in `bytes` at an offset; -1 where it is not among them. */
export function positionOf({ keySize, keys, starts }: SortedKeys, bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  let [low, high] = [starts[first] ?? 0, starts[first + 1] ?? 0];
  if (low === high) return -1;
  const key = bytes.subarray(at, at + keySize);
  const wanted = hashValue(bytes, at);
  let [least, most] = [0, everything];
  for (let step = 0; low < high; step++) {
    const share = step < guesses && most > least ? (wanted - least) / (most - least) : 0.5;
    const middle = Math.min(high - 1, Math.max(low, low + Math.floor(share * (high - low))));
    const order = compareAt(keys, middle * keySize, key);
    if (order === 0) return middle;
    if (order < 0) [low, least] = [middle + 1, hashValue(keys, middle * keySize)];
    else [high, most] = [middle, hashValue(keys, middle * keySize)];
  }
  return -1;
}

/** The beginning of a key's hash as a number. */
function hashValue(keys: Uint8Array, at: number): number {
  let value = 0;
  for (let byte = 1; byte <= guessedBytes; byte++) value = value * 256 + (keys[at + byte] ?? 0);
  return value;
}
