import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IgnoreContext } from './ignore-context.ts';
import { ignoreLines } from './ignore-file.ts';
import { readPattern } from './pattern.ts';
import { PatternFault } from './rune-reader.ts';

const rules = { ignore: [], dotIgnoreFiles: [], maxFileSize: 0n, oneFileSystem: false };

/** What becomes of paths under rules for the root. */
function judged(lines: readonly string[], ...paths: readonly string[]): string[] {
  const latin1 = (text: string): string => Buffer.from(text).toString('latin1');
  const context = IgnoreContext.none.below('', rules, [lines.map(latin1)]);
  return paths.filter(path => {
    const isDirectory = path.endsWith('/');
    const entry = { path: latin1(isDirectory ? path.slice(0, -1) : path), isDirectory };
    return context.judge({ ...entry, size: 0n, device: 1n, deviceAbove: 1n }) === 'ignored';
  });
}

test('patterns match as those of .gitignore, with what kopia makes of them', () => {
  assert.deepEqual(judged(['*.tmp'], '/a.tmp', '/b/c.tmp', '/a.tmpx'), ['/a.tmp', '/b/c.tmp']);
  assert.deepEqual(judged(['/a'], '/a', '/b/a'), ['/a']);
  assert.deepEqual(judged(['a/b'], '/a/b', '/x/a/b'), ['/a/b']);
  assert.deepEqual(judged(['a/'], '/a/', '/a', '/b/a/'), ['/a/', '/b/a/']);
  assert.deepEqual(judged(['**/x/**'], '/x/y', '/a/x/b/c', '/x'), ['/x/y', '/a/x/b/c']);
  assert.deepEqual(judged(['[!a-c]'], '/a', '/d'), ['/d']);
  assert.deepEqual(judged(['日?'], '/日本', '/日本語'), ['/日本']);
  assert.deepEqual(judged(['[[:digit:]]*'], '/1a', '/a1'), ['/1a']);
  assert.deepEqual(judged(['a\\*'], '/a*', '/ab'), ['/a*']);
});

test('a later rule takes back what an earlier one says, and only a negated one can', () => {
  assert.deepEqual(judged(['*', '!keep'], '/keep', '/other'), ['/other']);
  assert.deepEqual(judged(['!keep', '*'], '/keep', '/other'), ['/keep', '/other']);
  const above = IgnoreContext.none.below('', { ...rules, ignore: ['*.log'] }, []);
  const below = above.below('/sub', undefined, [['!wanted.log']]);
  const entry = { isDirectory: false, size: 0n, device: 1n, deviceAbove: 1n };
  assert.equal(below.judge({ ...entry, path: '/sub/wanted.log' }), 'stored');
  assert.equal(below.judge({ ...entry, path: '/sub/other.log' }), 'ignored');
});

test('sizes and file systems leave out what rules would not', () => {
  const context = IgnoreContext.none.below('', { ...rules, maxFileSize: 10n, oneFileSystem: true }, []);
  const entry = { path: '/a', isDirectory: false, size: 10n, device: 1n, deviceAbove: 1n };
  assert.equal(context.judge(entry), 'stored');
  assert.equal(context.judge({ ...entry, size: 11n }), 'too-large');
  assert.equal(context.judge({ ...entry, device: 2n }), 'elsewhere');
});

test('everything is stored where there is no pattern, no size and no file system to keep to', () => {
  const { none } = IgnoreContext;
  const all = none.below('', rules, []);
  for (const context of [none, all, all.below('/a', rules, []), all.below('/a', undefined, [[]])]) {
    assert.ok(context.storesAll);
  }
  const one = [{ ignore: ['a'] }, { maxFileSize: 1n }, { oneFileSystem: true }];
  for (const only of one) assert.equal(none.below('', { ...rules, ...only }, []).storesAll, false);
  assert.equal(none.below('', rules, [['a']]).storesAll, false);
  for (const only of [{ ignore: ['a'] }, { maxFileSize: 1n }]) {
    const above = none.below('', { ...rules, ...only }, []);
    assert.equal(above.below('/a', rules, []).storesAll, false, 'they hold below too');
  }
});

test('a pattern that kopia refuses is refused', () => {
  for (const wrong of ['[', '[a', 'a\\', '[[:none:]]', '[\\'])
    assert.throws(() => readPattern(wrong), PatternFault);
});

test('lines of a file are rules but for comments, empty ones, and what follows one that is too long', () => {
  const lines = (text: string): string[] => ignoreLines(Buffer.from(text));
  assert.deepEqual(lines('a\r\n\n  \n# no\n b\nlast'), ['a', ' b', 'last']);
  assert.deepEqual(lines(`a\n${'x'.repeat(65536)}\nb\n`), ['a']);
});
