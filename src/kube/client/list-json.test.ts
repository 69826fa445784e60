import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  array,
  assert as assertProperty,
  constantFrom,
  jsonValue,
  nat,
  property,
  record,
  string,
} from 'fast-check';
import { splitList } from './list-json.ts';

function values(json: string): { frame: unknown; items: unknown[] } {
  const { frame, items } = splitList(Buffer.from(json));
  return { frame, items: items.map(item => JSON.parse(item.toString('utf8')) as unknown) };
}

test('what is split is what JSON.parse makes of the whole', () => {
  const list = record({ before: jsonValue(), items: array(jsonValue()), after: jsonValue() });
  const spaces = constantFrom(0, 1, '\t', '\r\n ');
  assertProperty(
    property(list, spaces, (list, space) => {
      const whole = JSON.parse(JSON.stringify(list)) as typeof list;
      const { frame, items } = values(JSON.stringify(list, undefined, space));
      assert.deepEqual(frame, { ...whole, items: [] });
      assert.deepEqual(items, whole.items);
    }),
  );
});

test('strings may look like anything', () => {
  const item = { a: '"],"items":[', b: '\\', 'c"': '}{', items: [{ d: ']' }] };
  const list = {
    kind: '{"items":[1]}',
    metadata: { items: [1], note: '\\"' },
    items: [item, item],
    last: '"',
  };
  assert.deepEqual(values(JSON.stringify(list)), { frame: { ...list, items: [] }, items: [item, item] });
});

test('what is no list of items is refused', () => {
  for (const json of [
    '',
    ' ',
    'null',
    '[]',
    '{}',
    '"items"',
    '{"items":null}',
    '{"items":{}}',
    '{"a":{"items":[]}}',
  ])
    assert.throws(() => splitList(Buffer.from(json)), SyntaxError, json);
});

test('an answer that was cut off is never taken for a shorter one', () => {
  const list = JSON.stringify({
    kind: 'List',
    items: [{ a: [1, '],'] }, { b: '\\"' }, {}],
    metadata: { c: 1 },
  });
  for (let length = 0; length < list.length; length++)
    assert.throws(() => values(list.slice(0, length)), SyntaxError, list.slice(0, length));
});

test('any text whatsoever is split into JSON or refused with a SyntaxError', () => {
  const text = string({
    unit: constantFrom('{', '}', '[', ']', '"', ',', ':', '\\', ' ', 'a', '1', '"items"', '"items":['),
  });
  assertProperty(
    property(text, nat(2), (text, kind) => {
      const json = [text, `{"items":[${text}`, `{"items":[${text}]}`][kind] ?? '';
      let split: ReturnType<typeof values>;
      try {
        split = values(json);
      } catch (thrown) {
        assert.ok(thrown instanceof SyntaxError);
        return;
      }
      const whole = JSON.parse(json) as { items: unknown };
      if (JSON.stringify((split.frame as typeof whole).items) === '[]')
        assert.deepEqual(split.items, whole.items);
    }),
  );
});
