import {
  type Code,
  type FunctionDefinition,
  get,
  i32,
  i64,
  instantiate,
  localsOf,
  type Memory,
  sequence,
  set,
  whileTrue,
} from '../../wasm/module.ts';
import { mixRounds, type Words, words32, words64 } from './blake-rounds.ts';

/**
 * BLAKE2b and BLAKE2s with a key (RFC 7693), in WebAssembly: what takes the place of OpenSSL's where its functions are not to be
 * found. The two are one algorithm on words of 64 and 32 bits.
 */
export type Blake2 = 'BLAKE2B' | 'BLAKE2S';

/** The first 64 bits of the fractions of the square roots of the first eight primes; BLAKE2s has the upper halves. */
export const initial64 = [
  0x6a09e667f3bcc908n,
  0xbb67ae8584caa73bn,
  0x3c6ef372fe94f82bn,
  0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n,
  0x9b05688c2b3e6c1fn,
  0x1f83d9abfb41bd6bn,
  0x5be0cd19137e2179n,
] as const;

interface Variant {
  readonly words: Words;
  readonly rounds: number;
  readonly initial: readonly bigint[];
}

const variants: Readonly<Record<Blake2, Variant>> = {
  BLAKE2B: { words: words64, rounds: 12, initial: initial64 },
  BLAKE2S: { words: words32, rounds: 10, initial: initial64.map(each => each >> 32n) },
};

/** In which order each round takes the words of a block; rounds beyond the tenth begin again. */
const schedule = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
  [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
  [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
  [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
  [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
  [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
  [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
  [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
  [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
] as const;

/** In the kernel's memory: the state, then blocks. */
const blocksAt = 1024;
const pages = 2;
const room = 65536;

/** `compress(from, end, count, final)`: goes on with whole blocks; with the first, `count` bytes are seen. */
function kernel({ words, rounds, initial }: Variant): FunctionDefinition {
  const local = localsOf();
  const [from, end, count, final] = [local('i32'), local('i32'), local('i64'), local('i64')];
  const state = Array.from({ length: 16 }, () => local(words.type));
  const chain = (index: number): Code => words.load(i32.const(0), index * words.bytes);
  const low = (value: Code): Code => (words.type === 'i64' ? value : i32.wrap(value));
  const high = words.type === 'i64' ? i64.const(0n) : i32.wrap(i64.shiftRight(get(count), i64.const(32n)));
  const beside: Readonly<Record<number, Code>> = { 12: low(get(count)), 13: high, 14: low(get(final)) };
  const begin = state.map((each, index) => {
    const constant = words.constant(initial[index % 8] ?? 0n);
    const other = beside[index];
    if (index < 8) return set(each, chain(index));
    return set(each, other === undefined ? constant : words.xor(constant, other));
  });
  const finish = state.slice(0, 8).map((each, index) => {
    const mixed = words.xor(get(each), get(state[index + 8] ?? each));
    return words.store(i32.const(0), index * words.bytes, words.xor(chain(index), mixed));
  });
  const blockSize = 16 * words.bytes;
  const orders = Array.from({ length: rounds }, (_, round) => schedule[round % schedule.length] ?? []);
  const oneBlock = sequence(
    sequence(...begin),
    mixRounds(words, state, from, orders),
    sequence(...finish),
    set(from, i32.add(get(from), i32.const(blockSize))),
    set(count, i64.add(get(count), i64.const(BigInt(blockSize)))),
  );
  return {
    name: 'compress',
    parameters: [from, end, count, final],
    result: 'i32',
    locals: state,
    body: sequence(whileTrue(i32.lessUnsigned(get(from), get(end)), oneBlock), get(from)),
  };
}

type Compress = (from: number, end: number, count: bigint, final: bigint) => number;

/** Hashes under a key of at most 32 bytes; the result, of `size` bytes, is new memory. */
export function keyedBlake2(name: Blake2, key: Uint8Array, size: number): (message: Uint8Array) => Buffer {
  const blockSize = 16 * variants[name].words.bytes;
  const compiled = instantiate([kernel(variants[name])], pages);
  const compress = compiled['compress'] as Compress;
  const memory = Buffer.from((compiled['memory'] as Memory).buffer);
  const chain = chainFor(variants[name], key.length, size);
  const keyBlock = Buffer.alloc(key.length === 0 ? 0 : blockSize);
  keyBlock.set(key);
  return message => {
    memory.set(chain);
    memory.set(keyBlock, blocksAt);
    let [filled, count, taken] = [keyBlock.length, 0n, 0];
    for (;;) {
      const part = message.subarray(taken, taken + room - filled);
      memory.set(part, blocksAt + filled);
      taken += part.length;
      filled += part.length;
      if (taken === message.length) break;
      // All that is there is whole blocks, and none of them the last.
      compress(blocksAt, blocksAt + filled, count + BigInt(blockSize), 0n);
      count += BigInt(filled);
      filled = 0;
    }
    const lastAt = Math.max(Math.ceil(filled / blockSize) - 1, 0) * blockSize;
    compress(blocksAt, blocksAt + lastAt, count + BigInt(blockSize), 0n);
    memory.fill(0, blocksAt + filled, blocksAt + lastAt + blockSize);
    compress(blocksAt + lastAt, blocksAt + lastAt + blockSize, count + BigInt(filled), -1n);
    return Buffer.from(memory.subarray(0, size));
  };
}

/** The state before the first block: what tells keys and sizes apart is in its first word. */
function chainFor({ words, initial }: Variant, keySize: number, size: number): Buffer {
  const chain = Buffer.alloc(8 * words.bytes);
  for (const [index, word] of initial.entries()) {
    const value = index === 0 ? word ^ BigInt(0x0101_0000 + keySize * 256 + size) : word;
    if (words.bytes === 8) chain.writeBigUInt64LE(value, index * 8);
    else chain.writeUInt32LE(Number(value), index * 4);
  }
  return chain;
}
