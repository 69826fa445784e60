import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isHozonError } from '#foundation/errors.ts';
import { rounds } from '#testbed/soak.ts';
import { formatYaml, parseYaml } from './yaml.ts';

test('text that some YAML takes for a number, boolean, date or null is quoted', () => {
  const texts = [
    'yes',
    'No',
    'on',
    'y',
    'N',
    'null',
    '~',
    '',
    '0777',
    '0x1f',
    '1e3',
    '1_000',
    '12:30:45',
    '<<',
    '=',
  ];
  for (const text of [
    ...texts,
    '2001-12-14',
    '.5',
    '.inf',
    'Inf',
    '-',
    '+1',
    'NaN',
    '1.0',
    'true',
    'FALSE',
  ]) {
    assert.equal(formatYaml({ a: text }), `a: ${JSON.stringify(text)}\n`);
    assert.equal(formatYaml({ [text]: 1 }), `${JSON.stringify(text)}: 1\n`);
  }
});

test('plain text stays plain, several lines stay lines, the unprintable is escaped', () => {
  assert.equal(formatYaml({ image: 'web:latest', path: '/a b' }), 'image: web:latest\npath: /a b\n');
  assert.equal(formatYaml({ a: 'one\ntwo\n' }), 'a: |\n  one\n  two\n');
  assert.equal(formatYaml({ a: 'x\u0085\u2028\ufeff\u007f' }), 'a: "x\\u0085\\u2028\\ufeff\\u007f"\n');
  assert.equal(formatYaml({ a: 'コンテナー 🦊' }), 'a: コンテナー 🦊\n');
});

test('the same object twice is written twice, never as an alias', () => {
  const labels = { app: 'web' };
  assert.equal(formatYaml([labels, labels]), '- app: web\n- app: web\n');
});

test('whatever JSON is written is read again as it was', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), value => {
      const json: unknown = JSON.parse(JSON.stringify(value));
      if (json === null) return;
      assert.deepEqual(parseYaml(formatYaml(json), 'f'), [json]);
    }),
    { numRuns: rounds(70) },
  );
});

test('what is read is JSON: no dates, no sexagesimal numbers, no binary', () => {
  const text = 'a: 2020-01-01\nb: 12:30:45\nc: yes\nd: 0777\ne: !!binary aGk=\n---\n---\nf: [1]\n';
  assert.deepEqual(parseYaml(text, 'f'), [
    { a: '2020-01-01', b: '12:30:45', c: true, d: 0o777, e: 'aGk=' },
    { f: [1] },
  ]);
});

test('hostile text is refused with the file and the reason', () => {
  const bomb = (levels: number): string =>
    [
      'a0: &a0 [x]',
      ...Array.from({ length: levels }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`),
    ].join('\n');
  const texts = {
    'alias bomb': bomb(9),
    'contains itself': 'a: &x [*x]',
    'deep flow': '['.repeat(50_000),
    'deep flow, closed': `${'{"a":'.repeat(3000)}1${'}'.repeat(3000)}`,
    'deep block': Array.from({ length: 3000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
    'deep sequence': `${'- '.repeat(20_000)}a`,
    'just too deep': `${'['.repeat(101)}${']'.repeat(101)}`,
    'a key twice': 'a: 1\na: 2',
    'a map as key': '? {a: b}\n: c',
    unterminated: 'a: "x',
  };
  for (const [what, text] of Object.entries(texts)) {
    assert.throws(
      () => parseYaml(text, 'some.yaml'),
      thrown => isHozonError(thrown, 'projects.not-yaml') && thrown.message.startsWith('some.yaml'),
      what,
    );
  }
});
