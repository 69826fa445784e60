import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../../format/fault.ts';
import { idOf } from '../format/ids.ts';
import { readTreeLeniently } from './lenient-tree.ts';

const id = idOf(Buffer.of(1));
const file = (name: string, members = {}) => ({ name, type: 'file', content: [id], ...members });

function left(...nodes: readonly unknown[]) {
  const { nodes: kept, complete } = readTreeLeniently(Buffer.from(JSON.stringify({ nodes })));
  return { names: kept.map(({ name }) => name), complete, kept };
}

test('a tree that is right is taken as it is', () => {
  const { names, complete } = left(file('a'), { name: 'b', type: 'dir', subtree: id, content: null });
  assert.deepEqual([names, complete], [['a', 'b'], true]);
});

test('entries that are not valid are left out, and the others are put in order', () => {
  const broken = [{ name: 'x', type: 'dir' }, { name: '..', type: 'file', content: [] }, 7, { type: 'file' }];
  const { names, complete } = left(file('b'), ...broken, file('a'), { name: 'c', type: 'irregular' });
  assert.deepEqual([names, complete], [['a', 'b'], false]);
});

test('of two entries with one name the first stays; a file without a list of content is empty', () => {
  const { kept } = left(file('a', { size: 1 }), file('a', { size: 2 }), {
    name: 'n',
    type: 'file',
    content: null,
  });
  assert.deepEqual(
    kept.map(({ name, size, content }) => [name, size, content]),
    [
      ['a', 1, [id]],
      ['n', undefined, []],
    ],
  );
});

test('what is no list of entries at all is refused', () => {
  for (const text of ['', '{', '[]', '{"nodes":1}']) {
    assert.throws(() => readTreeLeniently(Buffer.from(text)), Fault, text);
  }
});
