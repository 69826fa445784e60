import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '#archive/runs/run-report.ts';
import { message } from '#foundation/language.ts';
import { renderFields } from '../output/fields.ts';
import { freshResults, storedResults } from './results.ts';

const text = (en: string, ja = en) => message({ en: () => en, ja: () => ja });
const error = (namespace: string, name: string): Finding => ({
  severity: 'error',
  subject: { resource: 'pods', namespace, name },
  text: text('boom', 'だめ'),
});

test('findings stand under their namespaces, with what they are about, in the language of the reader', () => {
  const findings: Finding[] = [
    error('shop', 'b'),
    { severity: 'error', subject: { resource: 'nodes', name: 'n1' }, text: text('lost') },
    { severity: 'error', text: text('late') },
    error('blog', 'a'),
  ];
  const lines = [
    'エラー:  4',
    '  実行全体:',
    '    late',
    '  クラスタースコープ:',
    '    nodes/n1: lost',
    '  blog:',
    '    pods/a: だめ',
    '  shop:',
    '    pods/b: だめ',
    '警告:    0',
  ];
  assert.equal(renderFields(freshResults(findings), { language: 'ja' }), `${lines.join('\n')}\n`);
});

test('of much only the first is shown, and how much more there is', () => {
  const many = Array.from({ length: 30 }, (_, at) => error(`ns-${String(at).padStart(2, '0')}`, 'a'));
  const shown = renderFields(freshResults([...many, ...many.flatMap(each => Array(11).fill(each))]), {
    language: 'en',
  }).split('\n');
  assert.equal(shown[0], 'Errors:    360');
  assert.equal(shown[2], '    pods/a: boom');
  assert.equal(shown[12], '    … and 2 more');
  assert.equal(shown.at(-3), '  … and 120 more in other namespaces (10)');
  assert.equal(shown.length, 1 + 20 * 12 + 3);
});

test('what was stored is shown in full', () => {
  const lines = Array.from({ length: 100 }, (_, at) => `line ${at}`);
  const fields = storedResults({ errors: {}, warnings: { velero: lines, namespaces: { a: ['x'] } } });
  const shown = renderFields(fields, { language: 'en' }).split('\n');
  assert.equal(shown.length, 1 + 1 + 1 + 100 + 2 + 1);
});
