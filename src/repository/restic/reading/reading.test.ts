import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { depthFirst, type Step } from '../../browsing/depth-first.ts';
import { DigestSet } from '../../browsing/digest-set.ts';
import { pathTest } from '../../browsing/path-test.ts';
import { parseSnapshotPath, segmentsOf } from '../../browsing/paths.ts';
import type { TreeNode } from '../format/tree.ts';
import { sameButContent, sameContent, sameNode } from './same-node.ts';

test('a set of digests knows what was added, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 3 })), texts => {
      const [ours, plain] = [new DigestSet(), new Set<string>()];
      for (const text of texts) {
        assert.equal(ours.has(text), plain.has(text));
        assert.equal(ours.add(text), !plain.has(text));
        plain.add(text);
        assert.ok(ours.has(text));
      }
      assert.equal(ours.size, plain.size);
    }),
  );
  const many = new DigestSet();
  const texts = Array.from({ length: 20_000 }, () => randomBytes(12));
  for (const text of texts) assert.ok(many.add(text));
  for (const text of texts) assert.ok(!many.add(text) && many.has(text));
  assert.ok(!many.has('another'));
});

test('a snapshot and a path in it are told apart', () => {
  assert.deepEqual(parseSnapshotPath('latest'), { wanted: 'latest', path: '/' });
  assert.deepEqual(parseSnapshotPath('ab12:/a:b'), { wanted: 'ab12', path: '/a:b' });
  assert.deepEqual(parseSnapshotPath('ab12:'), { wanted: 'ab12', path: '/' });
});

test('a segment may be escaped as listings escape it', () => {
  assert.deepEqual(segmentsOf('//a/b/'), [[Buffer.from('a')], [Buffer.from('b')]]);
  assert.deepEqual(segmentsOf('/x\\xff'), [[Buffer.from('x\\xff'), Buffer.of(0x78, 0xff)]]);
  assert.deepEqual(segmentsOf('not\\escaped'), [[Buffer.from('not\\escaped')]]);
});

async function* steps(depth: number, left: string[]): AsyncGenerator<Step<number>> {
  try {
    yield { item: depth, below: depth === 0 ? undefined : steps(depth - 1, left) };
    yield { item: depth };
  } finally {
    left.push(`left ${depth}`);
  }
}

test('a walk tells directories before what is below, and leaves all of them when it is left', async () => {
  const left: string[] = [];
  const tooDeep = (): Error => new Error('too deep');
  assert.deepEqual(await Array.fromAsync(depthFirst(steps(2, left), tooDeep)), [2, 1, 0, 0, 1, 2]);
  assert.deepEqual(left.splice(0), ['left 0', 'left 1', 'left 2']);
  for await (const item of depthFirst(steps(2, left), tooDeep)) if (item === 0) break;
  assert.deepEqual(left.sort(), ['left 0', 'left 1', 'left 2']);
  await assert.rejects(Array.fromAsync(depthFirst(steps(3000, []), tooDeep)), /too deep/);
});

const node: TreeNode = {
  name: 'a',
  type: 'file',
  mtime: '2026-01-02T03:04:05.5Z',
  uid: 0,
  size: 5,
  content: ['1'.repeat(64)],
};

test('nodes are compared as restic compares them', () => {
  assert.ok(sameNode(node, { ...node, mtime: '2026-01-02T12:04:05.5+09:00' }));
  assert.ok(!sameNode(node, { ...node, mtime: '2026-01-02T03:04:05.6Z' }));
  const { uid: _, ...withoutUser } = node;
  assert.ok(sameNode(node, withoutUser));
  assert.ok(!sameNode(node, { ...node, uid: 1 }));
  const one = { name: 'user.a', value: 'YQ==' };
  const two = { name: 'user.b', value: null };
  assert.ok(
    sameNode({ ...node, extended_attributes: [one, two] }, { ...node, extended_attributes: [two, one] }),
  );
  assert.ok(!sameNode({ ...node, extended_attributes: [one] }, { ...node, extended_attributes: [two] }));
  assert.ok(sameNode({ ...node, extended_attributes: [] }, node));
  const other = { ...node, content: ['2'.repeat(64)] };
  assert.ok(!sameNode(node, other) && sameButContent(node, other) && !sameContent(node, other));
  assert.ok(!sameContent(node, { ...node, content: [] }) && sameContent(node, { ...node, uid: 7 }));
});

function matching(pattern: string, path: string | Buffer, ignoreCase = false): boolean {
  return pathTest([pattern], { ignoreCase }).matches(Buffer.from(path));
}

test('patterns match as those of restic find', () => {
  assert.ok(matching('b', '/a/b') && matching('b', '/a/b/c') && !matching('b', '/a/bc'));
  assert.ok(matching('/a/*', '/a/x/y') && !matching('/a/*', '/b/a/x'));
  assert.ok(matching('A', '/x/a', true) && !matching('A', '/x/a'));
  assert.ok(
    matching('x\\xff', Buffer.from([0x2f, 0x78, 0xff])) && matching('\\*', '/*') && !matching('\\*', '/x'),
  );
  assert.ok(!pathTest(['/a/b']).mayMatchBelow(Buffer.from('/c')));
  assert.ok(pathTest(['/a/b']).mayMatchBelow(Buffer.from('/a')));
  assert.deepEqual(
    ['*.c', 'a/b', '**', '/a'].map(pattern => pathTest([pattern]).byNameAlone),
    [true, false, false, false],
  );
});
