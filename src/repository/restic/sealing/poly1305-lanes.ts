import {
  type Code,
  type FunctionDefinition,
  get,
  i32,
  i32x4,
  i64,
  i64x2,
  type Local,
  localsOf,
  sequence,
  set,
  type ValueType,
  v128,
  whileTrue,
} from '../../wasm/module.ts';
import { propagate } from './poly1305-limbs.ts';

/**
 * Four blocks of Poly1305 at once. Sum and key are five limbs of 26 bits; a vector has one limb of four sums, each of which
 * takes every fourth block and is multiplied by r^4. In the end they are multiplied by r^4, r^3, r^2 and r, and added.
 */

const limbs = 5;
const vectorSize = 16;
const groupSize = 64;
/** The limbs of r^4 in each lane, then five times those; then the same with r^4, r^3, r^2, r in the lanes. */
export const powersSize = 4 * limbs * vectorSize;
const finalAt = 2 * limbs * vectorSize;

/** Puts the powers of a key, r to r^4, where the kernel wants them. */
export function fillPowers(target: Uint32Array, powers: readonly [bigint, bigint, bigint, bigint]): void {
  const [, , , fourth] = powers;
  const step = [fourth, fourth, fourth, fourth];
  const final = powers.toReversed();
  for (const [set, lanes] of [step, final].entries()) {
    for (let limb = 0; limb < limbs; limb++) {
      for (const [lane, power] of lanes.entries()) {
        const value = Number((power >> BigInt(26 * limb)) & 0x3ffffffn);
        const at = 2 * limbs * set + limb;
        target[4 * at + lane] = value;
        target[4 * (at + limbs) + lane] = 5 * value;
      }
    }
  }
}

/** The locals of the function. */
interface Sums {
  readonly at: Local;
  readonly words: readonly Local[];
  readonly block: readonly Local[];
  readonly sum: readonly Local[];
  readonly low: readonly Local[];
  readonly high: readonly Local[];
  readonly turned: readonly Local[];
  /** 26 bits of each of four numbers, and of each of two. */
  readonly mask: Local;
  readonly wide: Local;
  readonly carry: Local;
}

export function groupsFunction(places: {
  readonly stateAt: number;
  readonly powersAt: number;
  readonly inputAt: number;
}): FunctionDefinition {
  const next = localsOf();
  const taken: Local[] = [];
  const local = (type: ValueType): Local => {
    taken.push(next(type));
    return taken.at(-1) as Local;
  };
  const groups = local('i32');
  const [at, end] = [local('i32'), local('i32')];
  const five = (type: 'v128' | 'i64'): Local[] => Array.from({ length: limbs }, () => local(type));
  const words = five('v128').slice(1);
  const [block, sum, low, high, mask] = [
    five('v128'),
    five('v128'),
    five('v128'),
    five('v128'),
    local('v128'),
  ];
  const [turned, wide, carry] = [five('v128').slice(1), local('v128'), local('v128')];
  const sums = { at, words, turned, block, sum, low, high, mask, wide, carry };
  const [h, d, rest] = [five('i64'), five('i64'), local('i64')];
  const { stateAt, powersAt, inputAt } = places;
  const hAt = (limb: number): number => stateAt + 8 * (limbs + limb);
  const body = sequence(
    set(mask, all(0x3ffffff)),
    set(wide, i64x2.shiftRight(i64x2.shl(get(mask), i32.const(32)), i32.const(32))),
    set(at, i32.const(inputAt)),
    set(end, i32.add(get(at), i32.mul(get(groups), i32.const(groupSize)))),
    readGroup(sums),
    ...sum.map((limb, i) =>
      set(limb, i32x4.add(get(block[i] as Local), i32x4.loadOne(i32.const(0), hAt(i)))),
    ),
    whileTrue(i32.lessUnsigned(get(at), get(end)), takeGroup(sums, powersAt)),
    multiply(sums, powersAt + finalAt),
    ...d.map((limb, i) => addLanes(limb, low[i] as Local, high[i] as Local)),
    propagate(h, d, rest),
    ...h.map((limb, i) => i64.store(i32.const(0), hAt(i), get(limb))),
    i32.const(0),
  );
  return { name: 'absorbGroups', parameters: [groups], result: 'i32', locals: taken.slice(1), body };
}

/** sum = sum times r^4 plus the next blocks, each lane for itself. */
function takeGroup(sums: Sums, powersAt: number): Code {
  const { sum, block, low, high, wide, carry } = sums;
  return sequence(
    multiply(sums, powersAt),
    readGroup(sums),
    carryOn(low, wide, carry),
    carryOn(high, wide, carry),
    ...sum.map((limb, i) => {
      const both = i32x4.shuffle(get(low[i] as Local), get(high[i] as Local), [0, 2, 4, 6]);
      return set(limb, i32x4.add(both, get(block[i] as Local)));
    }),
  );
}

function addLanes(limb: Local, low: Local, high: Local): Code {
  return sequence(
    set(low, i64x2.add(get(low), get(high))),
    set(limb, i64.add(i64x2.extract(get(low), 0), i64x2.extract(get(low), 1))),
  );
}

/** Four times a number of 32 bits. */
function all(value: number): Code {
  const bytes = [0, 8, 16, 24].map(shift => (value >>> shift) & 0xff);
  return v128.const([...bytes, ...bytes, ...bytes, ...bytes]);
}

/** The limbs of the next four blocks, each with the bit behind its end. */
function readGroup({ at, words, turned, block, mask }: Sums): Code {
  const [a, b, c, d] = words.map(get) as Four;
  const [t, u, v, w] = turned.map(get) as Four;
  // a square of four by four numbers is turned: one word of each block into each vector
  const interleaved = [
    i32x4.shuffle(a, b, [0, 4, 1, 5]),
    i32x4.shuffle(a, b, [2, 6, 3, 7]),
    i32x4.shuffle(c, d, [0, 4, 1, 5]),
    i32x4.shuffle(c, d, [2, 6, 3, 7]),
  ];
  const columns = [
    i32x4.shuffle(t, v, [0, 1, 4, 5]),
    i32x4.shuffle(t, v, [2, 3, 6, 7]),
    i32x4.shuffle(u, w, [0, 1, 4, 5]),
    i32x4.shuffle(u, w, [2, 3, 6, 7]),
  ];
  const across = (lower: Code, right: number, higher: Code): Code =>
    v128.and(
      v128.or(i32x4.shiftRight(lower, i32.const(right)), i32x4.shl(higher, i32.const(32 - right))),
      get(mask),
    );
  const values = [
    v128.and(a, get(mask)),
    across(a, 26, b),
    across(b, 20, c),
    across(c, 14, d),
    v128.or(i32x4.shiftRight(d, i32.const(8)), all(1 << 24)),
  ];
  return sequence(
    ...words.map((word, row) => set(word, v128.load(get(at), vectorSize * row))),
    ...turned.map((each, i) => set(each, interleaved[i] ?? [])),
    ...words.map((word, i) => set(word, columns[i] ?? [])),
    ...block.map((limb, i) => set(limb, values[i] ?? [])),
    set(at, i32.add(get(at), i32.const(groupSize))),
  );
}

type Four = [Code, Code, Code, Code];

/** low and high = sum times a power, limb by limb; what passes 2^130 comes in again five times. */
function multiply({ sum, low, high }: Sums, powers: number): Code {
  const power = (number: number): Code => v128.load(i32.const(0), powers + vectorSize * number);
  const product = (k: number, multiplied: (a: Code, b: Code) => Code): Code =>
    sum
      .map((limb, i) => multiplied(get(limb), power(i <= k ? k - i : 2 * limbs + k - i)))
      .reduce((a, b) => i64x2.add(a, b));
  return sequence(
    ...low.map((limb, k) => set(limb, product(k, i64x2.multiplyLow))),
    ...high.map((limb, k) => set(limb, product(k, i64x2.multiplyHigh))),
  );
}

/** Makes limbs of 26 bits of longer ones, the second one perhaps a little longer. */
function carryOn(d: readonly Local[], wide: Local, carry: Local): Code {
  const move = (from: number, to: number, times5 = false): Code => {
    const [source, target] = [d[from] as Local, d[to] as Local];
    const bits = i64x2.shiftRight(get(source), i32.const(26));
    const passed = times5 ? i64x2.add(i64x2.shl(get(carry), i32.const(2)), get(carry)) : get(carry);
    return sequence(
      set(carry, bits),
      set(source, v128.and(get(source), get(wide))),
      set(target, i64x2.add(get(target), passed)),
    );
  };
  return sequence(move(0, 1), move(3, 4), move(1, 2), move(4, 0, true), move(2, 3), move(0, 1), move(3, 4));
}
