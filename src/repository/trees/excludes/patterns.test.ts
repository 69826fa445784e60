import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isHozonError } from '#foundation/errors.ts';
import { bytePath } from '../byte-path.ts';
import { patternList } from './patterns.ts';
import { lowerCase } from './runes.ts';

/** What the filter of restic 0.18.1 answers: whether a list matches a path, and whether it may match below it. */
const answers: readonly (readonly [readonly string[], string, boolean | undefined, boolean | undefined])[] = [
  [['*.go'], '/foo/bar/test.go', true, true],
  [['test.*'], '/foo/bar/test.go', true, true],
  [['bar'], '/foo/bar/test.go', true, true],
  [['/foo'], '/foo/bar/test.go', true, true],
  [['/bar'], '/foo/bar/test.go', false, false],
  [['foo/bar'], '/x/foo/bar/y', true, true],
  [['foo/*/y'], '/x/foo/bar/y', true, true],
  [['foo/y'], '/x/foo/bar/y', false, true],
  [['foo/**/y'], '/x/foo/a/b/y', true, true],
  [['foo/**/y'], '/x/foo/y', true, true],
  [['/foo/**'], '/foo', true, true],
  [['/foo/**'], '/foo/a', true, true],
  [['**/a'], '/a', true, true],
  [['/**/a'], '/a', true, true],
  [['**/**/a'], '/a', true, true],
  [['/**/**/a'], '/a', false, true],
  [['a/**/**/b'], '/a/x/b', true, true],
  [['a/**/**/b'], '/a/b', true, true],
  [['/'], '/a', true, true],
  [['.'], '/a', false, true],
  [['./a'], '/a', true, true],
  [['a//b/../c/'], '/x/a/c', true, true],
  [['a/'], '/a/b', true, true],
  [['*'], '/a', true, true],
  [['?'], '/é', true, true],
  [['??'], '/é', false, true],
  [['[à-ü]'], '/é', true, true],
  [['[^a]'], '/é', true, true],
  [['\\*'], '/*', true, true],
  [['\\*'], '/a', false, true],
  [['[]]'], '/]', undefined, undefined],
  [['[\\]]'], '/]', true, true],
  [['a[bc]*d'], '/abxxd', true, true],
  [['a*b*c'], '/aXbXbXc', true, true],
  [['*', '!a'], '/a', false, false],
  [['!a', '*'], '/a', true, true],
  [['*', '!a', 'a'], '/a', true, true],
  [['a', '!/x/a'], '/x/a', false, false],
  [['a', '!/x/a'], '/y/a', true, true],
  [['!'], '/a', false, false],
  [['', 'a'], '/a', true, true],
  [['/a/b', '/a/b/c'], '/a', false, true],
  [['/a/b'], '/a', false, true],
  [['/a/b'], '/b', false, false],
  [['/a/*/c'], '/a/x', false, true],
  [['/a/**/c'], '/a/x/y', false, true],
  [['/a/**/c'], '/b/x/y', false, false],
  [['b'], '/q', false, true],
  [['/a', '!/a/b'], '/a', true, true],
  [['!/a/b'], '/a', false, false],
  [['[a'], '/a', undefined, undefined],
  [['a', 'b['], '/a', undefined, undefined],
  [['a\\'], '/a', undefined, undefined],
  [['[a-'], '/a', undefined, undefined],
  [['[-a]'], '/a', undefined, undefined],
];

for (const [patterns, path, matches, below] of answers) {
  test(`${JSON.stringify(patterns)} of ${path}`, () => {
    const given = patterns.map(text => Buffer.from(text));
    if (matches === undefined) {
      assert.throws(
        () => patternList(given),
        error => isHozonError(error, 'repository.bad-pattern'),
      );
      return;
    }
    const list = patternList(given);
    const name = bytePath(Buffer.from(path));
    assert.deepEqual([list.matches(name), list.mayMatchBelow(name)], [matches, below]);
  });
}

test('every malformed pattern is named', () => {
  assert.throws(
    () => patternList([Buffer.from('[a'), Buffer.from('b'), Buffer.from('c\\')]),
    /"\[a", "c\\\\"/,
  );
});

test('case is ignored as Go ignores it, character by character', () => {
  const list = (pattern: string) => patternList([Buffer.from(pattern)], { ignoreCase: true });
  const path = (text: string) => bytePath(Buffer.from(text));
  assert.ok(list('ÉA*').matches(path('/x/éAb')));
  assert.ok(!list('!x').matches(path('/x')));
  assert.ok(list('ΟΔΟΣ').matches(path('/οδοσ')));
  assert.ok(!list('ΟΔΟΣ').matches(path('/οδος')), 'the sigma at the end of a word is another letter');
  assert.equal(lowerCase(path('İ')), 'i');
  assert.equal(lowerCase('A\xff'), path('a\ufffd'));
});

const name = fc
  .stringMatching(/^[a-c.é\u{1f600}[\]*?\\ -]{1,6}$/u)
  .filter(text => text !== '.' && text !== '..');
const bytes = (text: string) => bytePath(Buffer.from(text));

test('a path matches itself with what is special hidden, and every wildcard for one of its names', () => {
  const property = fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), fc.nat(), (names, at) => {
    const hidden = names.map(text => text.replaceAll(/[[\]*?\\!]/g, '\\$&'));
    const path = bytes(`/${names.join('/')}`);
    const index = at % names.length;
    for (const wild of ['*', '**', names[index]?.replaceAll(/[^]/gu, '?') ?? '']) {
      const pattern = `/${hidden.with(index, wild).join('/')}`;
      assert.ok(patternList([Buffer.from(pattern)]).matches(path), pattern);
      assert.ok(patternList([Buffer.from(pattern)]).mayMatchBelow(path), pattern);
    }
    assert.ok(patternList([Buffer.from(hidden.at(-1) ?? '')]).matches(path));
    assert.ok(!patternList([Buffer.from(`/${hidden.join('/')}/x`)]).matches(path));
  });
  fc.assert(property);
});

test('where a list matches, it may match below whatever is above', () => {
  const part = fc.constantFrom('a', 'b', '*', '**', '[ab]', 'a*');
  const pattern = fc
    .tuple(fc.boolean(), fc.array(part, { minLength: 1, maxLength: 4 }))
    .map(([anchored, parts]) => `${anchored ? '/' : ''}${parts.join('/')}`);
  const property = fc.property(
    fc.array(pattern, { minLength: 1, maxLength: 3 }),
    fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 2, maxLength: 5 }),
    (patterns, names) => {
      const list = patternList(patterns.map(text => Buffer.from(text)));
      if (!list.matches(`/${names.join('/')}`)) return;
      for (let end = 1; end < names.length; end++)
        assert.ok(list.mayMatchBelow(`/${names.slice(0, end).join('/')}`));
    },
  );
  fc.assert(property);
});
