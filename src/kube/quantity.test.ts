import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { bigInt, assert as check, constantFrom, integer, nat, property, record, tuple } from 'fast-check';
import { parseQuantity } from './quantity.ts';

const billion = 10n ** 9n;

suite('quantities', () => {
  for (const [text, billionths] of [
    ['0', 0n],
    ['1', billion],
    ['+1.', billion],
    ['.5', billion / 2n],
    ['-2Ki', -2048n * billion],
    ['1.5Gi', 1_610_612_736n * billion],
    ['0.1Ki', 102_400_000_000n],
    ['100m', billion / 10n],
    ['1u', 1000n],
    ['1n', 1n],
    ['1k', 1000n * billion],
    ['3E', 3n * 10n ** 27n],
    ['16Ei', 2n ** 64n * billion],
    ['1e3', 1000n * billion],
    ['1E3', 1000n * billion],
    ['25e-1', 2_500_000_000n],
    ['9007199254740993', 9_007_199_254_740_993n * billion],
    ['0.0000000001', 1n],
    ['-0.0000000011', -2n],
  ] as const) {
    test(`${text} is ${billionths} billionths`, () => assert.equal(parseQuantity(text), billionths));
  }

  for (const text of [
    '',
    '.',
    '-',
    'Gi',
    '1 Gi',
    ' 1',
    '1K',
    '1ki',
    '1GB',
    '1e',
    '1e+',
    '1.2.3',
    '0x10',
    '1,5',
    '١',
  ]) {
    test(`${JSON.stringify(text)} is none`, () => assert.equal(parseQuantity(text), undefined));
  }

  test('too long a text is none, however simple', () => {
    assert.equal(parseQuantity('1'.repeat(100_000)), undefined);
  });

  const whole = bigInt({ min: -(10n ** 24n), max: 10n ** 24n });

  test('compare as the numbers that they write', () => {
    check(
      property(whole, whole, (a, b) => {
        const [x, y] = [parseQuantity(String(a)) ?? 0n, parseQuantity(String(b)) ?? 0n];
        assert.equal(x < y, a < b);
        assert.equal(x === y, a === b);
      }),
    );
  });

  test('are the same in every way of writing them', () => {
    const units = record({ unit: constantFrom('k', 'M', 'G', 'T', 'P'), sign: constantFrom('e', 'E') });
    const zerosOf = { k: 3, M: 6, G: 9, T: 12, P: 15 };
    check(
      property(whole, units, (number, { unit, sign }) => {
        const zeros = zerosOf[unit];
        const text = String(number);
        const long = parseQuantity(`${text}${'0'.repeat(zeros)}`);
        assert.equal(parseQuantity(`${text}${unit}`), long);
        assert.equal(parseQuantity(`${text}${sign}${zeros}`), long);
        assert.equal(parseQuantity(`${text}.000${unit}`), long);
      }),
    );
  });

  test('of a binary unit are that many times the next smaller one', () => {
    const steps = tuple(nat(10_000), integer({ min: 1, max: 6 }));
    const units = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
    check(
      property(steps, ([number, unit]) => {
        const larger = parseQuantity(`${number}${units[unit]}`);
        assert.equal(larger, parseQuantity(`${number * 1024}${units[unit - 1]}`));
      }),
    );
  });
});
