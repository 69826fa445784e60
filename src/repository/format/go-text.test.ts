import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { jsonNumber, ordered, parseJson, wholeNumber, writeJson } from './go-json.ts';
import { quoteName, unquoteName } from './go-quote.ts';
import { formatTime, parseTime } from './go-time.ts';

/** Unicode's tables are slow to ask the first time. */
const few = { numRuns: 30 };

test('names are quoted as Go quotes them', () => {
  const quoted: readonly (readonly [string | Buffer, string])[] = [
    ['plain name.txt', 'plain name.txt'],
    ['say "hi"', 'say \\"hi\\"'],
    ['a\\b', 'a\\\\b'],
    ['tab\tline\n', 'tab\\tline\\n'],
    ['日本語 é', '日本語 é'],
    ['\u2028\u00a0\ufeff', '\\u2028\\u00a0\\ufeff'],
    ['\u{e0001}', '\\U000e0001'],
    ['\x00\x01\x7f', '\\x00\\x01\\x7f'],
    [Buffer.from('62616400fffe', 'hex'), 'bad\\x00\\xff\\xfe'],
    [Buffer.from('eda080', 'hex'), '\\xed\\xa0\\x80'],
    [Buffer.from('e3', 'hex'), '\\xe3'],
    [Buffer.from('c3c3a9', 'hex'), '\\xc3é'],
  ];
  for (const [name, text] of quoted) assert.equal(quoteName(Buffer.from(name as string)), text);
});

test('every name comes back from its quoted form', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), name => {
      assert.deepEqual(new Uint8Array(unquoteName(quoteName(name)) ?? []), name);
    }),
    few,
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 20 }), name => {
      assert.equal(unquoteName(quoteName(Buffer.from(name)))?.toString(), name);
    }),
    few,
  );
});

test('what Go would not unquote is refused', () => {
  for (const text of ['"', 'a\nb', '\\', '\\q', '\\x1', '\\400', '\\ud800', '\\U00110000', "\\'"]) {
    assert.equal(unquoteName(text), undefined, text);
  }
  assert.equal(unquoteName('\\101\\u0041\\U00000041')?.toString(), 'AAA');
});

test('JSON is escaped as Go escapes it', () => {
  assert.equal(writeJson('<a href="x">&\u2028\u2029'), '"\\u003ca href=\\"x\\"\\u003e\\u0026\\u2028\\u2029"');
  assert.equal(writeJson('\b\f\n\r\t\x01\x7f'), '"\\b\\f\\n\\r\\t\\u0001\x7f"');
  assert.equal(writeJson('\ud800x\\ud800'), '"\\ufffdx\\\\ud800"');
});

test('numbers keep every digit and their spelling', () => {
  const text =
    '{"a":18446744073709551615,"b":1.50,"c":[1e400,-0],"d":9007199254740991,"e":0,"f":":99999999999999999999"}';
  assert.equal(writeJson(parseJson(text)), text);
  assert.equal(wholeNumber((parseJson(text) as { a: never }).a), 18446744073709551615n);
  assert.equal(wholeNumber(1.5), undefined);
});

test('JSON comes back as it was', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), value => {
      const text = JSON.stringify(value);
      assert.deepEqual(JSON.parse(writeJson(parseJson(text))), JSON.parse(text));
    }),
  );
  fc.assert(
    fc.property(fc.bigInt(-(2n ** 63n), 2n ** 64n - 1n), value => {
      assert.equal(writeJson({ value: jsonNumber(value) }), `{"value":${value}}`);
      assert.equal(wholeNumber((parseJson(`{"value":${value}}`) as { value: never }).value), value);
    }),
  );
});

test('members are brought into order, unknown ones last', () => {
  assert.equal(writeJson(ordered({ z: 1, b: 2, a: 3, none: undefined }, ['a', 'b'])), '{"a":3,"b":2,"z":1}');
});

test('times are written as Go writes them', () => {
  const cases: readonly (readonly [bigint, number, string])[] = [
    [0n, 0, '1970-01-01T00:00:00Z'],
    [1_500_000_000n, 0, '1970-01-01T00:00:01.5Z'],
    [7n, 540, '1970-01-01T09:00:00.000000007+09:00'],
    [-1n, -90, '1969-12-31T22:29:59.999999999-01:30'],
    [1_770_091_506_123_456_789n, 0, '2026-02-03T04:05:06.123456789Z'],
    [951_782_400_000_000_000n, 0, '2000-02-29T00:00:00Z'],
    [-62_162_121_600_000_000_000n, 0, '0000-02-29T00:00:00Z'],
  ];
  for (const [nanoseconds, zone, text] of cases) {
    assert.equal(formatTime(nanoseconds, zone), text);
    assert.equal(parseTime(text), nanoseconds);
  }
  assert.equal(parseTime('2026-02-03T04:05:06,1234567899Z'), 1_770_091_506_123_456_789n);
  assert.equal(formatTime(10n ** 24n).slice(0, 4), '9999');
  assert.equal(formatTime(-(10n ** 24n)).slice(0, 4), '0000');
});

test('every time comes back', () => {
  const inYears = fc.bigInt(-62_135_596_800_000_000_000n, 253_402_300_799_000_000_000n);
  fc.assert(
    fc.property(inYears, fc.integer({ min: -720, max: 840 }), (time, zone) => {
      fc.pre(time + BigInt(zone) * 60_000_000_000n < 253_402_300_800_000_000_000n);
      fc.pre(time + BigInt(zone) * 60_000_000_000n > -62_135_596_800_000_000_000n);
      assert.equal(parseTime(formatTime(time, zone)), time);
    }),
  );
});

test('what is no time is refused', () => {
  for (const text of [
    '',
    '2026-02-30T00:00:00Z',
    '2026-02-03 04:05:06Z',
    '2026-02-03T24:00:00Z',
    '2026-02-03T04:05:06',
    '2026-02-03T04:05:06.Z',
    '2026-02-03T04:05:06+09:00 ',
    '2026-02-03T04:05:06+9:00',
    '2026-13-03T04:05:06Z',
    '2026-02-00T04:05:06Z',
    '2026-02-03T04:60:06Z',
    '2026-02-03T04:05:60Z',
    '2026-02-03T04:05:06Z\n',
    '1900-02-29T00:00:00Z',
    '2026/02/03T04:05:06Z',
  ]) {
    assert.equal(parseTime(text), undefined, text);
  }
});
