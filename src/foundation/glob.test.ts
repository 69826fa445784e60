import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { array, assert as check, constantFrom, oneof, property, stringMatching } from 'fast-check';
import { rounds } from '#testbed/soak.ts';
import { compileGlob, globProblem, hasGlob } from './glob.ts';

const letters = constantFrom('a', 'b', 'c', '0', '-', '.', '+');
const piece = oneof(
  letters,
  constantFrom('*', '?'),
  array(constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 }).map(set => `[${set.join('')}]`),
  constantFrom('[a-c]', '[b-c]', '[a-b0-9]'),
);
const pattern = array(piece, { maxLength: 8 }).map(pieces => pieces.join('').replaceAll(/\*+/g, '*'));

/** The same pattern as a regular expression. */
function oracle(glob: string): RegExp {
  const source = glob.replaceAll(/\[[^\]]+\]|[\s\S]/g, token => {
    if (token === '*') return '[\\s\\S]*';
    if (token === '?') return '[\\s\\S]';
    return token.length > 1 ? token : token.replace(/[.+*?^${}()|[\]\\-]/, '\\$&');
  });
  return new RegExp(`^(?:${source})$`);
}

suite('globs', () => {
  test('match what the regular expression of the same meaning matches', () => {
    const text = array(letters, { maxLength: 8 }).map(all => all.join(''));
    check(
      property(pattern, text, (glob, name) => {
        assert.equal(globProblem(glob), undefined);
        assert.equal(compileGlob(glob)(name), oracle(glob).test(name));
      }),
      { numRuns: rounds(380) },
    );
  });

  test('a plain name matches itself only', () => {
    check(
      property(stringMatching(/^[a-z0-9.+-]{0,10}$/), stringMatching(/^[a-z0-9.+-]{0,10}$/), (a, b) => {
        assert.equal(hasGlob(a), false);
        assert.equal(compileGlob(a)(b), a === b);
      }),
    );
  });

  test('many asterisks on a long text that does not match are answered at once', () => {
    assert.equal(compileGlob('*a'.repeat(30))(`${'a'.repeat(5000)}b`), false);
  });

  for (const [glob, problem] of [
    ['a**', 'consecutive-asterisks'],
    ['a|b', 'unsupported'],
    ['(a)', 'unsupported'],
    ['[!a]', 'unsupported'],
    ['[^a]', 'unsupported'],
    ['{a,b}', 'unsupported'],
    ['a\\*', 'unsupported'],
    ['a[]', 'empty-class'],
    ['a[b', 'unbalanced'],
    ['a]b', 'unbalanced'],
    ['[a[b]]', 'unbalanced'],
    ['[z-a]', 'bad-range'],
  ] as const) {
    test(`${glob} is refused: ${problem}`, () => {
      assert.equal(globProblem(glob), problem);
      assert.throws(() => compileGlob(glob));
    });
  }
});
