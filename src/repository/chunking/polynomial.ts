import { randomBytes } from 'node:crypto';

/** The degree of the polynomials that chunk boundaries are computed with (restic's chunker makes no others). */
export const polynomialDegree = 53;

/** The degree of a polynomial over GF(2), bit i its coefficient of x^i; -1 for zero. */
function degree(polynomial: bigint): number {
  return polynomial.toString(2).length - (polynomial === 0n ? 2 : 1);
}

/** The remainder of `a` divided by `b`. */
export function remainder(a: bigint, b: bigint): bigint {
  const size = degree(b);
  let rest = a;
  for (let over = degree(rest) - size; over >= 0; over = degree(rest) - size) rest ^= b << BigInt(over);
  return rest;
}

/** The remainder of every byte times x^`power` divided by a polynomial of degree 53, by the byte. */
export function shiftedBytes(polynomial: bigint, power: number): readonly bigint[] {
  let shifted = 1n;
  const next = (): bigint => {
    const value = shifted;
    shifted <<= 1n;
    if (shifted >> BigInt(polynomialDegree) !== 0n) shifted ^= polynomial;
    return value;
  };
  for (let i = 0; i < power; i++) next();
  const table = [0n];
  for (let bit = 0; bit < 8; bit++) {
    const value = next();
    table.push(...table.map(each => each ^ value));
  }
  return table;
}

/**
 * Whether no two smaller polynomials have it as their product (Ben-Or's test): for each i up to half its degree,
 * x^(2^i) - x has no divisor in common with it.
 */
export function isIrreducible(polynomial: bigint): boolean {
  const size = degree(polynomial);
  if (size < 1) return false;
  let power = 2n;
  for (let i = 1; i <= size / 2; i++) {
    power = remainder(squared(power), polynomial);
    if (greatestDivisor(polynomial, power ^ 2n) !== 1n) return false;
  }
  return true;
}

/** A random irreducible polynomial of degree 53. */
export function randomPolynomial(): bigint {
  for (;;) {
    const bits = randomBytes(8).readBigUInt64LE() & ((1n << BigInt(polynomialDegree)) - 1n);
    const candidate = (1n << BigInt(polynomialDegree)) | bits | 1n;
    if (isIrreducible(candidate)) return candidate;
  }
}

/** Over GF(2), a square has the same coefficients, each twice as far up. */
function squared(polynomial: bigint): bigint {
  return BigInt(`0b${polynomial.toString(2).split('').join('0')}`);
}

function greatestDivisor(a: bigint, b: bigint): bigint {
  let [greater, smaller] = [a, b];
  while (smaller !== 0n) [greater, smaller] = [smaller, remainder(greater, smaller)];
  return greater;
}
