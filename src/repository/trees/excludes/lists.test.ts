import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { pathBytes } from '../byte-path.ts';
import { expandGlob } from './expand-glob.ts';
import { linesOf, patternsOf, rawTargetsOf, targetPatternsOf, verbatimTargetsOf } from './list-text.ts';
import { readPatterns, readTargets } from './read-lists.ts';

let directory: string;
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'hozon-lists-'));
  for (const path of ['a/b', 'a/c', 'b/b', '[x]']) mkdirSync(join(directory, path), { recursive: true });
  for (const path of ['a/b/f.txt', 'a/c/g.txt', 'b/b/h.md', '[x]/i', 'é', '\xff']) {
    writeFileSync(pathBytes(`${directory}/${path === 'é' ? '\xc3\xa9' : path}`), '');
  }
});
after(() => rmSync(directory, { recursive: true }));

const texts = (lines: readonly Buffer[] | undefined) => lines?.map(line => line.toString('latin1'));

test('lines, however they end, of UTF-8, UTF-16 and any bytes', () => {
  assert.deepEqual(texts(linesOf(Buffer.from('a\r\n\n b\nc'))), ['a', '', ' b', 'c']);
  assert.deepEqual(texts(linesOf(Buffer.from('\ufeffa\nb\n'))), ['a', 'b']);
  assert.deepEqual(texts(linesOf(Buffer.from('\ufeffa\n日', 'utf16le'))), ['a', '\xe6\x97\xa5']);
  assert.deepEqual(texts(linesOf(Buffer.from('\ufeffa\nb', 'utf16le').swap16())), ['a', 'b']);
  assert.deepEqual(texts(linesOf(Buffer.of(0x61, 0xff, 0x0a))), ['a\xff']);
  assert.deepEqual(texts(linesOf(Buffer.alloc(0))), []);
});

test('patterns: comments, spaces and the environment', () => {
  const env = { HOME: '/home/me', X1: 'x', 日: 'no' };
  const file =
    '# comment\n  #also\n\t $HOME/a \u3000\n${HOME}b\n$$c\n$NONE/d\n${}e\n${f\ng$\n$X1y\n$1h $-i\n!${X1}*\n';
  assert.deepEqual(texts(patternsOf(Buffer.from(file), env)), [
    '/home/me/a',
    '/home/meb',
    '$c',
    '/d',
    'e',
    'f',
    'g$',
    '',
    'h i',
    '!x*',
  ]);
});

test('targets: patterns, lines and raw names', () => {
  assert.deepEqual(texts(targetPatternsOf(Buffer.from(' a \n#b\n\n$c\n'))), ['a', '$c']);
  assert.deepEqual(texts(verbatimTargetsOf(Buffer.from(' a \n#b\n\nc'))), [' a ', '#b', 'c']);
  assert.deepEqual(texts(rawTargetsOf(Buffer.from('a\nb\0#c\0'))), ['a\nb', '#c']);
  assert.deepEqual(texts(rawTargetsOf(Buffer.alloc(0))), []);
  assert.equal(rawTargetsOf(Buffer.from('a\0b')), undefined);
  assert.equal(rawTargetsOf(Buffer.from('a\0\0')), undefined);
});

test('a pattern of paths finds what exists, in order', () => {
  const found = (pattern: string) => texts(expandGlob(Buffer.from(pattern), directory));
  assert.deepEqual(found('a/*/*.txt'), ['a/b/f.txt', 'a/c/g.txt']);
  assert.deepEqual(found('*/b'), ['a/b', 'b/b']);
  assert.deepEqual(found('a/b'), ['a/b']);
  assert.deepEqual(found('a/nothing'), []);
  assert.deepEqual(found('\\[x\\]/*'), ['[x]/i']);
  assert.deepEqual(found('[[]x]/*'), ['[x]/i']);
  assert.deepEqual(found('?'), ['a', 'b', '\xc3\xa9', '\xff']);
  assert.deepEqual(found(`${directory}/a/b/*`), [`${directory}/a/b/f.txt`]);
  assert.deepEqual(found('a/b/f.txt/*'), []);
  assert.equal(found('a['), undefined);
});

test('lists are read in order, standard input among them', async () => {
  const file = (name: string, text: string) => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const lists = {
    patterns: [file('patterns', 'a/*\nnothing*\n')],
    verbatim: ['-'],
    raw: [file('raw', 'x\0')],
  };
  const options = { base: Buffer.from(directory), stdin: () => Promise.resolve(Buffer.from('from stdin\n')) };
  const { targets, unmatched } = await readTargets(lists, options);
  assert.deepEqual(texts(targets), ['a/b', 'a/c', 'from stdin', 'x']);
  assert.deepEqual(texts(unmatched), ['nothing*']);
  assert.deepEqual(texts(await readPatterns([file('excludes', '*.$E\n')], { E: 'o' })), ['*.o']);
  await assert.rejects(readPatterns([join(directory, 'gone')], {}), error =>
    isHozonError(error, 'repository.list-file'),
  );
  await assert.rejects(
    readTargets({ raw: [file('cut', 'x')] }, options),
    error => isHozonError(error, 'repository.list-file') && /zero byte/.test(error.message),
  );
  await assert.rejects(readTargets({ patterns: [file('bad', '[')] }, options), error =>
    isHozonError(error, 'repository.bad-pattern'),
  );
});
