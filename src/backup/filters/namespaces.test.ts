import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { rounds } from '#testbed/soak.ts';
import { namespaceFilter } from './namespaces.ts';

const name = fc.stringMatching(/^[ab]{1,4}$/);
const pattern = fc.stringMatching(/^([ab?]|\[ab\]){1,3}\*?$/);
const entry = fc.oneof(name, pattern);

/** An entry as a regular expression. */
function expression(text: string): RegExp {
  return new RegExp(`^${text.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}

suite('the lists of namespaces', () => {
  test('take what a list includes and none excludes', () => {
    fc.assert(
      fc.property(fc.array(entry), fc.array(entry), name, (included, excluded, namespace) => {
        const filter = namespaceFilter(included, excluded);
        const isIn = (list: readonly string[]) => list.some(each => expression(each).test(namespace));
        assert.equal(filter.excludes(namespace), isIn(excluded));
        assert.equal(
          filter.includes(namespace),
          (included.length === 0 || isIn(included)) && !isIn(excluded),
        );
      }),
      { numRuns: rounds(250) },
    );
  });

  test('tell names from patterns', () => {
    const filter = namespaceFilter(['a', 'b-*', ''], ['c']);
    assert.deepEqual(filter.names, ['a']);
    assert.deepEqual(filter.patterns, ['b-*']);
    assert.equal(filter.open, false);
    assert.equal(filter.everything, false);
  });

  test('take everything as * or empty, and leave room for what is not known yet', () => {
    for (const list of [[], ['*']]) {
      const filter = namespaceFilter(list, []);
      assert.equal(filter.everything, true);
      assert.equal(filter.open, true);
      assert.deepEqual([...filter.names, ...filter.patterns], []);
      assert.equal(namespaceFilter(list, ['x']).everything, false);
      assert.equal(namespaceFilter(list, ['x']).open, true);
    }
  });

  test('the empty name takes no namespace', () => {
    const filter = namespaceFilter([''], []);
    assert.equal(filter.includes('a'), false);
    assert.equal(filter.open, false);
  });
});
