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
import { mixRounds, words32 } from './blake-rounds.ts';
import { initial64 } from './blake2.ts';

/**
 * BLAKE3 with a key of 32 bytes, in WebAssembly: chunks of 1024 bytes are hashed each by itself, and a binary tree over their
 * results, its left parts full, comes to the hash (https://github.com/BLAKE3-team/BLAKE3-specs).
 */
const blockSize = 64;
const chunkSize = 1024;
const rounds = 7;
const flags = { chunkStart: 1, chunkEnd: 2, parent: 4, root: 8, keyed: 16 } as const;
/** How each round takes the words of a block, as places in the order of the round before. */
const permutation = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8] as const;

/** In the kernel's memory: the state, then the key's words, then blocks. */
const [keyAt, blocksAt] = [64, 1024];
const pages = 1;

/** `compress(from, end, counter, kind)`: goes on with whole blocks, all of one length and with the same flags. */
function kernel(): FunctionDefinition {
  const local = localsOf();
  const [from, end, counter, kind] = [local('i32'), local('i32'), local('i64'), local('i32')];
  const state = Array.from({ length: 16 }, () => local('i32'));
  const last: readonly Code[] = [
    i32.wrap(get(counter)),
    i32.wrap(i64.shiftRight(get(counter), i64.const(32n))),
    i32.shiftRight(get(kind), i32.const(8)),
    i32.and(get(kind), i32.const(0xff)),
  ];
  const begin = state.map((each, index) => {
    if (index < 8) return set(each, words32.load(i32.const(0), index * 4));
    return set(each, last[index - 12] ?? words32.constant((initial64[index - 8] ?? 0n) >> 32n));
  });
  const finish = state.slice(0, 8).map((each, index) => {
    const mixed = words32.xor(get(each), get(state[index + 8] ?? each));
    return words32.store(i32.const(0), index * 4, mixed);
  });
  const oneBlock = sequence(
    sequence(...begin),
    mixRounds(words32, state, from, orders()),
    sequence(...finish),
    set(from, i32.add(get(from), i32.const(blockSize))),
  );
  return {
    name: 'compress',
    parameters: [from, end, counter, kind],
    result: 'i32',
    locals: state,
    body: sequence(whileTrue(i32.lessUnsigned(get(from), get(end)), oneBlock), get(from)),
  };
}

function orders(): number[][] {
  const all = [Array.from({ length: 16 }, (_, index) => index)];
  while (all.length < rounds) all.push(permutation.map(place => all.at(-1)?.[place] ?? 0));
  return all;
}

type Compress = (from: number, end: number, counter: bigint, kind: number) => number;

/** What a block is: its length, and its flags. */
function kindOf(length: number, flag: number): number {
  return length * 256 + (flags.keyed | flag);
}

interface Machine {
  readonly compress: Compress;
  readonly memory: Buffer;
}

/** Hashes under a key of 32 bytes; the result, of 32 bytes, is new memory. */
export function keyedBlake3(key: Uint8Array): (message: Uint8Array) => Buffer {
  const compiled = instantiate([kernel()], pages);
  const memory = Buffer.from((compiled['memory'] as Memory).buffer);
  const machine = { compress: compiled['compress'] as Compress, memory };
  memory.set(key, keyAt);
  return message => {
    const chunks = Math.max(Math.ceil(message.length / chunkSize), 1);
    /** Results of full parts of the tree, the largest first. */
    const parts: Buffer[] = [];
    for (let chunk = 0; chunk < chunks - 1; chunk++) {
      let part = hashChunk(machine, message, { chunk, flag: 0 });
      // As many parts are complete as the number of chunks so far has zeros at its end.
      for (let count = chunk + 1; count % 2 === 0; count /= 2) {
        part = hashParent(machine, parts.pop() ?? part, { right: part, flag: 0 });
      }
      parts.push(part);
    }
    const flag = parts.length === 0 ? flags.root : 0;
    let part = hashChunk(machine, message, { chunk: chunks - 1, flag });
    for (let left = parts.pop(); left !== undefined; left = parts.pop()) {
      part = hashParent(machine, left, { right: part, flag: parts.length === 0 ? flags.root : 0 });
    }
    return part;
  };
}

function hashChunk(
  { compress, memory }: Machine,
  message: Uint8Array,
  { chunk, flag }: { readonly chunk: number; readonly flag: number },
): Buffer {
  const bytes = message.subarray(chunk * chunkSize, (chunk + 1) * chunkSize);
  const lastAt = Math.max(Math.ceil(bytes.length / blockSize) - 1, 0) * blockSize;
  const end = lastAt + blockSize;
  memory.copyWithin(0, keyAt, keyAt + 32);
  memory.set(bytes, blocksAt);
  memory.fill(0, blocksAt + bytes.length, blocksAt + end);
  const counter = BigInt(chunk);
  const run = (from: number, to: number, also: number, length: number): void => {
    compress(blocksAt + from, blocksAt + to, counter, kindOf(length, also));
  };
  const lastFlags = flags.chunkEnd | flag;
  if (lastAt === 0) {
    run(0, end, flags.chunkStart | lastFlags, bytes.length);
  } else {
    run(0, blockSize, flags.chunkStart, blockSize);
    run(blockSize, lastAt, 0, blockSize);
    run(lastAt, end, lastFlags, bytes.length - lastAt);
  }
  return Buffer.from(memory.subarray(0, 32));
}

function hashParent(
  { compress, memory }: Machine,
  left: Buffer,
  { right, flag }: { readonly right: Buffer; readonly flag: number },
): Buffer {
  memory.copyWithin(0, keyAt, keyAt + 32);
  memory.set(left, blocksAt);
  memory.set(right, blocksAt + 32);
  compress(blocksAt, blocksAt + blockSize, 0n, kindOf(blockSize, flags.parent | flag));
  return Buffer.from(memory.subarray(0, 32));
}
