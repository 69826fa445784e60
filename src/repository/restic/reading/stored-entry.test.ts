import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTree } from '../format/tree.ts';
import { describedOf } from './stored-entry.ts';

function nodeOf(members: object) {
  const node = { name: 'b', type: 'file', content: [], mtime: '1970-01-01T00:00:01Z', ...members };
  const [read] = readTree(Buffer.from(JSON.stringify({ nodes: [node] })));
  assert.ok(read !== undefined);
  return read;
}

test('modes of Go become those of Linux', () => {
  const modes: readonly [number, number][] = [
    [0o644, 0o644],
    [2 ** 31 + 0o755, 0o755],
    [2 ** 23 + 0o755, 0o4755],
    [2 ** 31 + 2 ** 22 + 2 ** 20 + 0o777, 0o3777],
    [2 ** 26 + 2 ** 21 + 0o600, 0o600],
  ];
  for (const [go, linux] of modes) assert.equal(describedOf(nodeOf({ mode: go }))?.mode, linux);
});

test('times keep their nanoseconds, numbers their digits, attributes their bytes', () => {
  const node = nodeOf({
    mtime: '2026-02-03T04:05:06.000000007+09:00',
    atime: '1969-12-31T23:59:59.999999999Z',
    uid: 4_294_967_294,
    extended_attributes: [
      { name: 'user.a', value: '/wA=' },
      { name: 'user.none', value: null },
    ],
  });
  const entry = describedOf(node);
  assert.equal(entry?.mtime, 1_770_059_106_000_000_007n);
  assert.equal(entry.atime, -1n);
  assert.deepEqual([entry.uid, entry.gid], [4_294_967_294, 0]);
  assert.deepEqual(entry.attributes, [
    { name: 'user.a', value: Buffer.of(255, 0) },
    { name: 'user.none', value: Buffer.alloc(0) },
  ]);
});

test('where a symlink leads, in bytes that are no text too', () => {
  const plain = { type: 'symlink', content: null, linktarget: '日本' };
  assert.deepEqual(describedOf(nodeOf(plain))?.target, Buffer.from('日本'));
  const raw = { ...plain, linktarget: '\ufffd', linktarget_raw: '/w==' };
  assert.deepEqual(describedOf(nodeOf(raw))?.target, Buffer.of(255));
});

test('what makes no sense is no entry', () => {
  const senseless = [
    { type: 'irregular' },
    { uid: -1 },
    { gid: 2 ** 33 },
    { uid: '0' },
    { mtime: 'yesterday' },
    { extended_attributes: 'many' },
    { extended_attributes: [{ name: 1 }] },
    { extended_attributes: [{ name: 'user.a', value: 7 }] },
    { type: 'symlink', content: null },
  ];
  for (const members of senseless) {
    assert.equal(describedOf(nodeOf(members)), undefined, JSON.stringify(members));
  }
});
