import { type Code, get, i32, i64, type Local, sequence, set } from '../../wasm/module.ts';

/** Arithmetic on the words that an algorithm of the BLAKE family is made of. */
export interface Words {
  readonly type: 'i64' | 'i32';
  readonly bytes: 8 | 4;
  readonly rotations: readonly [number, number, number, number];
  readonly constant: (value: bigint) => Code;
  readonly load: (address: Code, offset: number) => Code;
  readonly store: (address: Code, offset: number, value: Code) => Code;
  readonly add: (a: Code, b: Code) => Code;
  readonly xor: (a: Code, b: Code) => Code;
  readonly rotateRight: (value: Code, bits: number) => Code;
}

/** Of 64 bits, as BLAKE2b has them. */
export const words64: Words = {
  type: 'i64',
  bytes: 8,
  rotations: [32, 24, 16, 63],
  constant: value => i64.const(BigInt.asIntN(64, value)),
  load: i64.load,
  store: i64.store,
  add: i64.add,
  xor: i64.xor,
  rotateRight: (value, bits) => i64.rotateRight(value, i64.const(BigInt(bits))),
};

/** Of 32 bits, as BLAKE2s and BLAKE3 have them. */
export const words32: Words = {
  type: 'i32',
  bytes: 4,
  rotations: [16, 12, 8, 7],
  constant: value => i32.const(Number(BigInt.asIntN(32, value))),
  load: i32.load,
  store: i32.store,
  add: i32.add,
  xor: i32.xor,
  rotateRight: (value, bits) => i32.rotateRight(value, i32.const(bits)),
};

/** The columns of the state's square, then its diagonals. */
const quarters = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const;

/** Mixes a block, at the address that `from` holds, into the sixteen words of the state: a round for each order of its words. */
export function mixRounds(
  words: Words,
  state: readonly Local[],
  from: Local,
  orders: readonly (readonly number[])[],
): Code {
  return orders.flatMap(order =>
    quarters.map((quarter, index) => {
      const [a, b, c, d] = quarter.map(each => state[each]);
      if (a === undefined || b === undefined || c === undefined || d === undefined) return [];
      const part = (half: 0 | 1): Code => words.load(get(from), (order[2 * index + half] ?? 0) * words.bytes);
      return mixQuarter(words, [a, b, c, d], [part(0), part(1)]);
    }),
  );
}

type Quarter = readonly [Local, Local, Local, Local];

function mixQuarter(words: Words, [a, b, c, d]: Quarter, [x, y]: readonly [Code, Code]): Code {
  const [r1, r2, r3, r4] = words.rotations;
  const add = (target: Local, other: Code): Code => set(target, words.add(get(target), other));
  const turn = (target: Local, other: Local, bits: number): Code =>
    set(target, words.rotateRight(words.xor(get(target), get(other)), bits));
  return sequence(
    add(a, words.add(get(b), x)),
    turn(d, a, r1),
    add(c, get(d)),
    turn(b, c, r2),
    add(a, words.add(get(b), y)),
    turn(d, a, r3),
    add(c, get(d)),
    turn(b, c, r4),
  );
}
