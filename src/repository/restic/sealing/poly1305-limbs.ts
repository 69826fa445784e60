import {
  type Code,
  choose,
  type FunctionDefinition,
  get,
  i32,
  i64,
  type Local,
  localsOf,
  sequence,
  set,
} from '../../wasm/module.ts';

/** The bits of a limb. */
export const limbMask = i64.const(0x3ffffffn);

/** h = d with limbs of 26 bits again, the second one perhaps a little longer. */
export function propagate(h: readonly Local[], d: readonly Local[], carry: Local): Code {
  const [h0, h1] = h as [Local, Local];
  const split = (to: Local, from: Code): Code =>
    sequence(
      set(to, from),
      set(carry, i64.shiftRight(get(to), i64.const(26n))),
      set(to, i64.and(get(to), limbMask)),
    );
  return sequence(
    set(carry, i64.const(0n)),
    ...h.map((limb, i) => split(limb, i64.add(get(d[i] as Local), get(carry)))),
    split(h0, i64.add(get(h0), i64.mul(get(carry), i64.const(5n)))),
    set(h1, i64.add(get(h1), get(carry))),
  );
}

/**
 * A function that writes the tag over the second half of the one-time key, which it adds to the sum, modulo 2^128; the sum is
 * taken modulo the prime first.
 */
export function tagFunction({ sumAt, tagAt }: { sumAt: number; tagAt: number }): FunctionDefinition {
  const local = localsOf();
  const five = (): Local[] => Array.from({ length: 5 }, () => local('i64'));
  const [h, reduced] = [five(), five()];
  const [carry, low, high, key] = [local('i64'), local('i64'), local('i64'), local('i64')];
  const [h0, h1, h2, h3, h4] = h.map(get) as [Code, Code, Code, Code, Code];
  const zero = i32.const(0);
  const shifted = (limb: Code, bits: number): Code => i64.shl(limb, i64.const(BigInt(bits)));
  const body = sequence(
    ...h.map((limb, i) => set(limb, i64.load(zero, sumAt + 8 * i))),
    propagate(h, h, carry),
    propagate(h, h, carry),
    subtractPrime(h, reduced, carry),
    set(low, i64.or(i64.or(h0, shifted(h1, 26)), shifted(h2, 52))),
    set(high, i64.or(i64.shiftRight(h2, i64.const(12n)), i64.or(shifted(h3, 14), shifted(h4, 40)))),
    set(key, i64.load(zero, tagAt)),
    set(low, i64.add(get(low), get(key))),
    set(high, i64.add(get(high), i64.extend(i64.lessUnsigned(get(low), get(key))))),
    i64.store(zero, tagAt, get(low)),
    i64.store(zero, tagAt + 8, i64.add(get(high), i64.load(zero, tagAt + 8))),
    zero,
  );
  const locals = [...h, ...reduced, carry, low, high, key];
  return { name: 'tag', parameters: [], result: 'i32', locals, body };
}

/** h = h - (2^130 - 5) where that is not negative: where h + 5 reaches 2^130. */
function subtractPrime(h: readonly Local[], reduced: readonly Local[], carry: Local): Code {
  return sequence(
    set(carry, i64.const(5n)),
    ...reduced.map((limb, i) =>
      sequence(
        set(limb, i64.add(get(h[i] as Local), get(carry))),
        set(carry, i64.shiftRight(get(limb), i64.const(26n))),
        set(limb, i64.and(get(limb), limbMask)),
      ),
    ),
    ...h.map((limb, i) => set(limb, choose(i32.wrap(get(carry)), get(reduced[i] as Local), get(limb)))),
  );
}
