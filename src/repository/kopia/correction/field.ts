/** Arithmetic of bytes as polynomials modulo x⁸+x⁴+x³+x²+1, in which 2 generates all but zero. */
const modulus = 0x11d;

const powers = new Uint8Array(255);
const logarithms = new Uint8Array(256);
for (let exponent = 0, value = 1; exponent < 255; exponent++) {
  powers[exponent] = value;
  logarithms[value] = exponent;
  value = (value << 1) ^ (value & 0x80 ? modulus : 0);
}

export function multiply(a: number, b: number): number {
  if (a === 0 || b === 0) return 0;
  return powers[((logarithms[a] ?? 0) + (logarithms[b] ?? 0)) % 255] ?? 0;
}

/** One divided by it. @throws RangeError for zero */
export function inverse(value: number): number {
  if (value === 0) throw new RangeError('division by zero');
  return powers[(255 - (logarithms[value] ?? 0)) % 255] ?? 0;
}

/** `base` multiplied by itself `exponent` times; zero to the zeroth is one. */
export function power(base: number, exponent: number): number {
  if (exponent === 0) return 1;
  if (base === 0) return 0;
  return powers[((logarithms[base] ?? 0) * exponent) % 255] ?? 0;
}

/** Products of one factor with every byte, made once for each factor. */
const rows: (Uint8Array | undefined)[] = [];

/** Adds a factor's products with `from` to `to`, byte by byte. */
export function addProducts(factor: number, from: Uint8Array, to: Uint8Array): void {
  if (factor === 0) return;
  let row = rows[factor];
  if (row === undefined) {
    row = Uint8Array.from({ length: 256 }, (_, byte) => multiply(factor, byte));
    rows[factor] = row;
  }
  for (let at = 0; at < to.length; at++) to[at] = (to[at] ?? 0) ^ (row[from[at] ?? 0] ?? 0);
}
