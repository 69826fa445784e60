import {
  type Code,
  type FunctionDefinition,
  get,
  i32,
  i32x4,
  instantiate,
  type Local,
  localsOf,
  type Memory,
  returnIf,
  sequence,
  set,
  v128,
  whileTrue,
} from '../../wasm/module.ts';
import { buzhashTable } from './buzhash-table.ts';
import { buzhashWindow } from './plain-buzhash.ts';

/**
 * Finds boundaries in its own memory. Addresses are offsets into it; before the first byte that is looked at lie the bytes of its
 * window.
 */
export interface BuzhashKernel {
  /** Room for the longest content. */
  readonly room: Uint8Array;
  /** Room for a window and {@link blockSize} bytes of what does not lie in {@link room}. */
  readonly staging: Uint8Array;
  /** The address behind the first byte from `at` to `end` where the hash of the last 64 bytes has its zeros; 0 where there is none. */
  readonly scan: (at: number, end: number) => number;
  /**
   * Looks at whole blocks from `at` on. The address of the first {@link groupSize} bytes in which there is a boundary; 0 where there
   * is none.
   */
  readonly scanBlocks: (at: number, end: number) => number;
}

/** Bytes that are hashed before they are looked at, and of which it is said at once whether there is a boundary. */
export const blockSize = 4096;
export const groupSize = 32;

const page = 65536;
/** Places in memory: the table, the mask in each rotation, the hashes of a block, then rooms. */
const [tableAt, masksAt, hashesAt] = [0, 1024, 2048];
const stagingAt = hashesAt + 4 * (buzhashWindow + blockSize);
const stagingSize = buzhashWindow + blockSize;

/**
 * @param max bytes of the longest content
 * @param mask bits that are zero in a hash where a content ends
 * @returns undefined where the engine does not know the vector instructions
 */
export function makeBuzhashKernel(max: number, mask: number): BuzhashKernel | undefined {
  const roomAt = page * Math.ceil((stagingAt + stagingSize) / page);
  const pages = (roomAt + page * Math.ceil(max / page)) / page;
  let made: Readonly<Record<string, unknown>>;
  try {
    made = instantiate([scanFunction(), scanBlocksFunction()], pages);
  } catch {
    return undefined;
  }
  const { memory, scan, scanBlocks } = made as unknown as { memory: Memory } & BuzhashKernel;
  new Uint32Array(memory.buffer, tableAt, 256).set(buzhashTable());
  const masks = new Uint32Array(memory.buffer, masksAt, 32);
  for (let bits = 0; bits < 32; bits++) masks[bits] = (mask >>> bits) | (mask << (32 - bits));
  return {
    room: new Uint8Array(memory.buffer, roomAt, max),
    staging: new Uint8Array(memory.buffer, stagingAt, stagingSize),
    scan,
    scanBlocks,
  };
}

/** By the definition. */
function scanFunction(): FunctionDefinition {
  const local = localsOf();
  const [at, end, hash, warm] = [local('i32'), local('i32'), local('i32'), local('i32')];
  const roll = (change: Code): Code => set(hash, i32.xor(i32.rotateLeft(get(hash), i32.const(1)), change));
  // The window is a multiple of 32 bits long, so what leaves it is not rotated.
  const leaving = entryOf(i32.load8(i32.sub(get(at), i32.const(buzhashWindow))));
  const mask = i32.load(i32.const(masksAt));
  const body = sequence(
    set(warm, i32.sub(get(at), i32.const(buzhashWindow))),
    whileTrue(
      i32.lessUnsigned(get(warm), get(at)),
      sequence(roll(entryOf(i32.load8(get(warm)))), onwards(warm, 1)),
    ),
    whileTrue(
      i32.lessUnsigned(get(at), get(end)),
      sequence(
        roll(i32.xor(leaving, entryOf(i32.load8(get(at))))),
        onwards(at, 1),
        returnIf(i32.isZero(i32.and(get(hash), mask)), get(at)),
      ),
    ),
    i32.const(0),
  );
  return { name: 'scan', parameters: [at, end], result: 'i32', locals: [hash, warm], body };
}

/**
 * The hash of a window is the exclusive or of its bytes' numbers, each rotated by how far it lies back. Rotated back by the position of
 * its last byte instead, a number is the same in every window: so what all bytes so far come to is written down for each of
 * them, a window's hash is the exclusive or of two of these, 64 bytes apart, and vectors of four are compared with the mask, rotated
 * likewise.
 */
function scanBlocksFunction(): FunctionDefinition {
  const local = localsOf();
  const [at, end] = [local('i32'), local('i32')];
  const [sum, from, to, group] = [local('i32'), local('i32'), local('i32'), local('i32')];
  const fill = Array.from({ length: groupSize }, (_, byte) => [
    set(
      sum,
      i32.xor(get(sum), i32.rotateLeft(entryOf(i32.load8(get(from), byte)), i32.const(groupSize - byte))),
    ),
    i32.store(get(to), hashesAt + 4 * byte, get(sum)),
  ]);
  const body = whileTrue(
    i32.lessUnsigned(i32.add(get(at), i32.const(blockSize - 1)), get(end)),
    sequence(
      set(from, i32.sub(get(at), i32.const(buzhashWindow))),
      set(to, i32.const(0)),
      whileTrue(
        i32.lessUnsigned(get(to), i32.const(4 * (buzhashWindow + blockSize))),
        sequence(...fill, onwards(from, groupSize), onwards(to, 4 * groupSize)),
      ),
      set(group, i32.const(0)),
      whileTrue(
        i32.lessUnsigned(get(group), i32.const(blockSize)),
        sequence(returnIf(hasBoundary(group), i32.add(get(at), get(group))), onwards(group, groupSize)),
      ),
      onwards(at, blockSize),
    ),
  );
  const locals = [sum, from, to, group];
  return { name: 'scanBlocks', parameters: [at, end], result: 'i32', locals, body: [body, i32.const(0)] };
}

/** Whether a group of the block's hashes has one with its zeros. */
function hasBoundary(group: Local): Code {
  const address = i32.shl(get(group), i32.const(2));
  const zero = v128.const(Array.from({ length: 16 }, () => 0));
  const fours = Array.from({ length: groupSize / 4 }, (_, four) => {
    const after = v128.load(address, hashesAt + 4 * buzhashWindow + 16 * four);
    const hashes = v128.xor(after, v128.load(address, hashesAt + 16 * four));
    return i32x4.equal(v128.and(hashes, v128.load(i32.const(masksAt), 16 * four)), zero);
  });
  return v128.anyTrue(fours.reduce((either, four) => v128.or(either, four)));
}

function entryOf(byte: Code): Code {
  return i32.load(i32.shl(byte, i32.const(2)), tableAt);
}

function onwards(address: Local, bytes: number): Code {
  return set(address, i32.add(get(address), i32.const(bytes)));
}
