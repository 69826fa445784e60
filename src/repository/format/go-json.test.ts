import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { rounds } from '#testbed/soak.ts';
import { type Json, parseJson, writeJson } from './go-json.ts';

interface RawJson {
  readonly rawJSON: (text: string) => unknown;
}

/** The engine's own way, which is asked for each value: slow, and plain to see. */
function reference(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, context?: { readonly source?: string }) => {
    if (typeof value !== 'number' || context?.source === undefined) return value;
    const same = String(value) === context.source && Number.isSafeInteger(value);
    return same ? value : (JSON as unknown as RawJson).rawJSON(context.source);
  });
}

function outcome(parse: (text: string) => unknown, text: string): string {
  try {
    return writeJson(parse(text) as Json);
  } catch (thrown) {
    assert.ok(thrown instanceof SyntaxError, String(thrown));
    return 'not JSON';
  }
}

const number = fc.oneof(
  fc.integer().map(String),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom(
    '-0',
    '0',
    '1e5',
    '1E+5',
    '0.10',
    '9007199254740993',
    '01',
    '-',
    '1.',
    '.5',
    '+1',
    '1e',
    '--1',
  ),
);
const piece = fc.oneof(
  number,
  fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    ' ',
    '\n',
    '"a":',
    '"__proto__":',
    '"\\u0000"',
    '"\\\\"',
    '"\\"1.5"',
  ),
  fc.string().map(text => JSON.stringify(text)),
);

test('numbers are kept in any text, and what is no JSON is refused, as by asking for each value', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), pieces => {
      const text = pieces.join('');
      assert.equal(outcome(parseJson, text), outcome(reference, text), text);
    }),
    { numRuns: rounds(380) },
  );
  const valid = fc.letrec(tie => ({
    value: fc.oneof(
      { maxDepth: 4 },
      number,
      fc.string().map(each => JSON.stringify(each)),
      tie('list'),
      tie('object'),
    ),
    list: fc.array(tie('value'), { maxLength: 3 }).map(items => `[${items.join(', ')}]`),
    object: fc
      .array(fc.tuple(fc.constantFrom('a', 'b', '__proto__', '\0'), tie('value')), { maxLength: 3 })
      .map(
        members => `{${members.map(([key, value]) => `${JSON.stringify(key)}:${String(value)}`).join(',')}}`,
      ),
  }));
  fc.assert(
    fc.property(valid.value, text => {
      assert.equal(outcome(parseJson, String(text)), outcome(reference, String(text)));
    }),
    { numRuns: rounds(250) },
  );
});

test('a number in the place of a name is refused', () => {
  for (const text of ['{12345678901234567890:1}', '{1.5 :1}', `{1.5${' '.repeat(100)}:1}`]) {
    assert.throws(() => parseJson(text), SyntaxError, text);
  }
});
