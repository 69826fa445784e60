/**
 * A Kubernetes quantity (`10Gi`, `1.5`, `500m`, `2e3`) as a whole number of billionths, the smallest part that
 * Kubernetes knows: exact, and compared with `<`.
 *
 * Source: `k8s.io/apimachinery/pkg/api/resource/quantity.go`. Finer fractions are rounded away from zero, as there.
 */
export type Quantity = bigint;

/** `undefined` for text that is no quantity, or one that no object could have (more than 64 characters). */
export function parseQuantity(text: string): Quantity | undefined {
  const [, sign = '', whole = '', fraction = '', suffix = ''] = form.exec(text) ?? [];
  if (text.length > maxLength || whole + fraction === '') return undefined;
  const unit = unitOf(suffix);
  if (unit === undefined) return undefined;
  const numerator = BigInt(whole + fraction) * unit.numerator * billion;
  const denominator = unit.denominator * 10n ** BigInt(fraction.length);
  const size = (numerator + denominator - 1n) / denominator;
  return sign === '-' ? -size : size;
}

const maxLength = 64;
const billion = 10n ** 9n;

const form = /^([+-]?)(\d*)(?:\.(\d*))?([A-Za-z]*|[eE][+-]?\d{1,2})$/;

interface Unit {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

const binary = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const decimal = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];

function unitOf(suffix: string): Unit | undefined {
  const kibis = binary.indexOf(suffix);
  if (kibis >= 0) return { numerator: 1024n ** BigInt(kibis), denominator: 1n };
  const thousands = decimal.indexOf(suffix);
  if (thousands >= 0) return powerOfTen(3 * (thousands - decimal.indexOf('')));
  const [, exponent] = /^[eE]([+-]?\d+)$/.exec(suffix) ?? [];
  return exponent === undefined ? undefined : powerOfTen(Number(exponent));
}

function powerOfTen(exponent: number): Unit {
  const power = 10n ** BigInt(Math.abs(exponent));
  return exponent < 0 ? { numerator: 1n, denominator: power } : { numerator: power, denominator: 1n };
}
