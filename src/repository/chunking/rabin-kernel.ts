import {
  type Code,
  get,
  i32,
  i64,
  instantiate,
  localsOf,
  type Memory,
  returnIf,
  sequence,
  set,
  whileTrue,
} from '../wasm/module.ts';
import { polynomialDegree, shiftedBytes } from './polynomial.ts';

/** Bytes that a digest depends on. */
export const windowSize = 64;

/** Rolls a Rabin digest over bytes that were put into `input`. */
export interface RabinKernel {
  /** The `windowSize` bytes before the input, then the input. */
  readonly window: Uint8Array;
  readonly input: Uint8Array;
  /**
   * Rolls over `length` bytes of the input, from `start`, and stops behind the first byte after which
   * `digest & mask` is `wanted`. The offset behind that byte, or `length` + 1 where there is none.
   */
  readonly roll: (range: { start: number; length: number; mask: bigint; wanted: bigint }) => number;
  /** The digest is rolled on from here. */
  digest: bigint;
}

const tableEntries = 256;
const outAt = 0;
const modAt = 8 * tableEntries;
const digestAt = 16 * tableEntries;
const windowAt = digestAt + 8;
const inputAt = windowAt + windowSize;
const inputSize = 65536;

/** A kernel for one polynomial, of its own memory. */
export function makeRabinKernel(polynomial: bigint): RabinKernel {
  const { memory, roll } = instantiate([rollFunction()], 2) as unknown as {
    memory: Memory;
    roll: (start: number, end: number, mask: bigint, wanted: bigint) => number;
  };
  const { out, mod } = rabinTables(polynomial);
  new BigUint64Array(memory.buffer, outAt, tableEntries).set(out);
  new BigUint64Array(memory.buffer, modAt, tableEntries).set(mod);
  const digest = new BigUint64Array(memory.buffer, digestAt, 1);
  return {
    window: new Uint8Array(memory.buffer, windowAt, windowSize),
    input: new Uint8Array(memory.buffer, inputAt, inputSize),
    roll: ({ start, length, mask, wanted }) => {
      const stopped = roll(inputAt + start, inputAt + start + length, mask, wanted);
      return stopped === 0 ? start + length + 1 : stopped - inputAt;
    },
    get digest() {
      return digest[0] ?? 0n;
    },
    set digest(value) {
      digest[0] = value;
    },
  };
}

/**
 * What a byte that leaves the window takes out of a digest, and what the eight bits that stand above the
 * polynomial's degree are reduced to (themselves included, so that they vanish).
 */
export function rabinTables(polynomial: bigint): {
  readonly out: readonly bigint[];
  readonly mod: readonly bigint[];
} {
  const reduced = shiftedBytes(polynomial, polynomialDegree);
  return {
    out: shiftedBytes(polynomial, 8 * (windowSize - 1)),
    mod: reduced.map((bits, above) => bits | (BigInt(above) << BigInt(polynomialDegree))),
  };
}

function rollFunction(): Parameters<typeof instantiate>[0][number] {
  const local = localsOf();
  const [at, end, mask, wanted] = [local('i32'), local('i32'), local('i64'), local('i64')];
  const digest = local('i64');
  const entry = (table: number, index: Code): Code => i64.load(i32.shl(index, i32.const(3)), table);
  const leaving = i32.load8(i32.sub(get(at), i32.const(windowSize)));
  const above = i32.wrap(i64.shiftRight(get(digest), i64.const(BigInt(polynomialDegree - 8))));
  const store = i64.store(i32.const(0), digestAt, get(digest));
  const shifted = i64.or(i64.shl(get(digest), i64.const(8n)), i64.load8(get(at)));
  const body = sequence(
    set(digest, i64.load(i32.const(0), digestAt)),
    whileTrue(
      i32.lessUnsigned(get(at), get(end)),
      sequence(
        set(digest, i64.xor(get(digest), entry(outAt, leaving))),
        set(digest, i64.xor(shifted, entry(modAt, above))),
        set(at, i32.add(get(at), i32.const(1))),
        returnIf(i64.equal(i64.and(get(digest), get(mask)), get(wanted)), sequence(store, get(at))),
      ),
    ),
    store,
    i32.const(0),
  );
  return { name: 'roll', parameters: [at, end, mask, wanted], result: 'i32', locals: [digest], body };
}
