import {
  type Code,
  get,
  i32,
  i64,
  instantiate,
  type Local,
  localsOf,
  type Memory,
  sequence,
  set,
  whileTrue,
} from '../../wasm/module.ts';
import { groupsFunction, powersSize } from './poly1305-lanes.ts';
import { limbMask, propagate, tagFunction } from './poly1305-limbs.ts';

/** Bytes of a tag. */
export const tagSize = 16;

/**
 * Poly1305 (RFC 8439, 2.5) over whole blocks, in WebAssembly: numbers are five limbs of 26 bits. The
 * accumulator and the key are kept in the kernel's memory as 64-bit words.
 */
export interface PolyKernel {
  /** The state: five limbs of the key r, then five of the accumulator h. */
  readonly state: BigUint64Array;
  /** Where blocks are put before `absorb`. */
  readonly input: Uint8Array;
  /** Takes `blocks` blocks of 16 bytes from `input` into h; `high` is 2^24, or 0 where the block carries its own final 1. */
  readonly absorb: (blocks: number, high: bigint) => void;
  /** The sum, five limbs, as bytes: what begins a message sets them to zero. */
  readonly sum: Uint8Array;
  /** The second half of the one-time key, and after `finish` the tag. */
  readonly tag: Uint8Array;
  readonly finish: () => void;
  /** Powers of r for {@link absorbGroups}: see {@link fillPowers}. */
  readonly powers: Uint32Array;
  /** Takes `groups` groups of four whole blocks, at least one, from `input` into h, four blocks at once. */
  readonly absorbGroups: (groups: number) => void;
}

/** Bytes of message that one call can take. */
const inputSize = 65536;
const stateAt = 0;
const sumAt = stateAt + 40;
const tagAt = stateAt + 80;
const powersAt = 128;
const inputAt = powersAt + powersSize;

/** A kernel of its own memory; it belongs to one thread and one message at a time. */
export function makePolyKernel(): PolyKernel {
  const places = { stateAt, powersAt, inputAt };
  const functions = [absorbFunction(), groupsFunction(places), tagFunction({ sumAt, tagAt })];
  const { memory, absorb, absorbGroups, tag } = instantiate(functions, 2) as unknown as {
    memory: Memory;
    absorb: (blocks: number, high: bigint) => number;
    absorbGroups: (groups: number) => number;
    tag: () => number;
  };
  return {
    state: new BigUint64Array(memory.buffer, stateAt, 10),
    sum: new Uint8Array(memory.buffer, sumAt, 40),
    tag: new Uint8Array(memory.buffer, tagAt, tagSize),
    finish: tag,
    powers: new Uint32Array(memory.buffer, powersAt, powersSize / 4),
    input: new Uint8Array(memory.buffer, inputAt, inputSize),
    absorb,
    absorbGroups,
  };
}

function absorbFunction(): Parameters<typeof instantiate>[0][number] {
  const local = localsOf();
  const blocks = local('i32');
  const high = local('i64');
  const at = local('i32');
  const end = local('i32');
  const carry = local('i64');
  const five = (): Local[] => Array.from({ length: 5 }, () => local('i64'));
  const [r, r5, h, d] = [five(), five(), five(), five()];
  const body = sequence(
    set(at, i32.const(inputAt)),
    set(end, i32.add(get(at), i32.shl(get(blocks), i32.const(4)))),
    ...r.map((limb, i) => set(limb, i64.load(i32.const(0), 8 * i))),
    ...r5.map((limb, i) => set(limb, i64.mul(get(r[i] as Local), i64.const(5n)))),
    ...h.map((limb, i) => set(limb, i64.load(i32.const(0), 40 + 8 * i))),
    whileTrue(
      i32.lessUnsigned(get(at), get(end)),
      sequence(
        addBlock(h, at, high),
        multiply({ h, r, r5, d }),
        propagate(h, d, carry),
        set(at, i32.add(get(at), i32.const(16))),
      ),
    ),
    ...h.map((limb, i) => i64.store(i32.const(0), 40 + 8 * i, get(limb))),
    i32.const(0),
  );
  const locals = [at, end, carry, ...r, ...r5, ...h, ...d];
  return { name: 'absorb', parameters: [blocks, high], result: 'i32', locals, body };
}

/** h += the block, of which limb i begins in bit 26 i: two bits further into byte 3 i each time. */
function addBlock(h: readonly Local[], at: Local, high: Local): Code {
  return sequence(
    ...h.map((limb, i) => {
      const bits = i64.shiftRight(i64.load32(get(at), 3 * i), i64.const(BigInt(2 * i)));
      const value = i === 4 ? i64.or(bits, get(high)) : i64.and(bits, limbMask);
      return set(limb, i64.add(get(limb), value));
    }),
  );
}

/** d = h · r; what passes 2^130 comes in again five times, because 2^130 = 5 modulo the prime. */
function multiply(locals: Record<'h' | 'r' | 'r5' | 'd', readonly Local[]>): Code {
  const { h, r, r5, d } = locals;
  return sequence(
    ...d.map((limb, k) => {
      const products = h.map((digit, i) => {
        const factor = (i <= k ? r[k - i] : r5[5 + k - i]) as Local;
        return i64.mul(get(digit), get(factor));
      });
      return set(
        limb,
        products.reduce((sum, each) => i64.add(sum, each)),
      );
    }),
  );
}
