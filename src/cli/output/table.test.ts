import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { message } from '#foundation/language.ts';
import { renderFields } from './fields.ts';
import type { Column } from './outcome.ts';
import { coloured, paintFor, printable } from './style.ts';
import { renderTable } from './table.ts';

const say = (en: string, ja: string) => message({ en: () => en, ja: () => ja });

interface Row {
  readonly name: string;
  readonly status: string;
  readonly errors: number;
}

const columns: readonly Column<Row>[] = [
  { header: say('NAME', '名前'), cell: row => row.name },
  { header: say('STATUS', '状態'), cell: row => ({ text: row.status, tone: 'good' }) },
  { header: say('ERRORS', 'エラー'), cell: row => String(row.errors), align: 'right' },
  { header: say('MORE', '詳細'), cell: () => 'm', wide: true },
];

const rows: readonly Row[] = [
  { name: 'nightly', status: '完了', errors: 0 },
  { name: 'バックアップ', status: 'Failed', errors: 12 },
];

test('columns line up, wide characters counting two', () => {
  assert.equal(
    renderTable(columns, rows, { language: 'en' }),
    'NAME           STATUS   ERRORS\nnightly        完了          0\nバックアップ   Failed       12\n',
  );
  const lines = renderTable(columns, rows, { language: 'ja' }).trimEnd().split('\n');
  assert.equal(lines[0], '名前           状態     エラー');
  assert.deepEqual(
    lines.map(line => stringWidth(line)),
    [30, 30, 30],
  );
});

test('wide columns come with -o wide only, and colours do not move columns', () => {
  assert.match(renderTable(columns, rows, { language: 'en', wide: true }), /MORE\n.*m\n/);
  const painted = renderTable(columns, rows, { language: 'en', paint: coloured });
  assert.ok(painted.includes('\u001b[32m完了\u001b[39m'));
  assert.equal(stripVTControlCharacters(painted), renderTable(columns, rows, { language: 'en' }));
});

test('columns that yield make room on a narrow terminal, the last one first', () => {
  const yielding = columns.map((column, at) => (at === 1 || at === 2 ? { ...column, yields: true } : column));
  const heads = (width?: number, wide = false): string[] =>
    (renderTable(yielding, rows, { language: 'en', width, wide }).split('\n')[0] ?? '').split(/ +/);
  assert.deepEqual(heads(), ['NAME', 'STATUS', 'ERRORS']);
  assert.deepEqual(heads(30), ['NAME', 'STATUS', 'ERRORS']);
  assert.deepEqual(heads(29), ['NAME', 'STATUS']);
  assert.deepEqual(heads(20), ['NAME']);
  assert.deepEqual(heads(5), ['NAME']);
  assert.deepEqual(heads(5, true), ['NAME', 'STATUS', 'ERRORS', 'MORE']);
});

test('what came from elsewhere can neither move the cursor nor break a row', () => {
  const table = renderTable(
    [{ header: say('A', 'A'), cell: (text: string) => text }],
    ['x\u001b[2Jy\nz\u202e'],
    {
      language: 'en',
    },
  );
  assert.equal(table, 'A\nx\ufffd[2Jy z\ufffd\n');
  assert.equal(printable('a\tb\n\u0007\u009b'), 'a\tb\n\ufffd\ufffd');
});

test('a hundred thousand rows are printed', () => {
  const many = Array.from({ length: 100_000 }, (_, at) => String(at));
  const table = renderTable([{ header: say('A', 'A'), cell: (text: string) => text }], many, {
    language: 'en',
  });
  assert.equal(table.split('\n').length, 100_002);
});

test('labels of a description are aligned, blocks indented', () => {
  assert.equal(
    renderFields(
      [
        { label: say('Name', '名前'), value: 'x' },
        { label: 'Namespaces', value: ['a', 'b'] },
        { label: say('Hooks', 'フック'), fields: [{ label: 'Attempted', value: '1' }] },
      ],
      { language: 'ja' },
    ),
    '名前:        x\nNamespaces:  a\n             b\nフック:\n  Attempted:  1\n',
  );
});

test('colours are for terminals whose owner has not refused them', () => {
  const terminal = { isTTY: true };
  const painted = (...[stream, env, wanted]: Parameters<typeof paintFor>) =>
    paintFor(stream, env, wanted)('x', 'bad') !== 'x';
  assert.equal(painted(terminal, {}, undefined), true);
  assert.equal(painted({}, {}, undefined), false);
  assert.equal(painted(terminal, { NO_COLOR: '1' }, undefined), false);
  assert.equal(painted(terminal, { NO_COLOR: '' }, undefined), true);
  assert.equal(painted(terminal, { TERM: 'dumb' }, undefined), false);
  assert.equal(painted({}, { FORCE_COLOR: '1' }, undefined), true);
  assert.equal(painted({}, {}, true), true);
  assert.equal(painted(terminal, { FORCE_COLOR: '1' }, false), false);
});
