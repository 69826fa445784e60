import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTree } from '../format/tree.ts';
import { Directory } from './directory.ts';
import { contentText, nodeHead, nodeName } from './node-text.ts';
import { PreviousTree } from './previous-tree.ts';
import { entryOf } from './testing.ts';

function nodeOf(name: string): string {
  return nodeHead(entryOf(name), nodeName(name), { withAtime: false }) + contentText([]);
}

function put(directory: Directory, name: string, text = nodeOf(name)): void {
  directory.fill(directory.slot(name), text, false);
}

test('a directory of many entries is one tree', () => {
  const directory = new Directory(undefined, undefined);
  const names = Array.from({ length: 100_001 }, (_, at) => String(at).padStart(6, '0'));
  for (const name of names) put(directory, name);
  const { nodes } = JSON.parse(directory.encode().toString()) as { nodes: { name: string }[] };
  assert.deepEqual(
    nodes.map(({ name }) => name),
    names,
  );
});

test('entries that come in no order are put into that of their bytes', () => {
  const directory = new Directory(undefined, undefined);
  for (const name of ['b', '\xff', '"', 'a\n', 'a', '\xc3\xa9', 'B']) put(directory, name);
  const names = readTree(directory.encode()).map(({ name }) => name);
  assert.deepEqual(names, ['\\"', 'B', 'a', 'a\\n', 'b', 'é', '\\xff']);
});

test('it is settled once, when it was left and every entry is known', () => {
  const directory = new Directory(undefined, undefined);
  const slots = ['a', 'b'].map(name => directory.slot(name));
  directory.fill(slots[0] ?? 0, nodeOf('a'), false);
  directory.leave();
  assert.equal(directory.settle(), false);
  directory.fill(slots[1] ?? 0, '', false);
  assert.deepEqual([directory.settle(), directory.settle()], [true, false]);
  assert.equal(readTree(directory.encode()).length, 1);
});

test("the parent's id is taken only where all of it was found the same", () => {
  const text = `{"nodes":[${nodeOf('a')},${nodeOf('b')}]}\n`;
  const same = { ignoreCtime: false, ignoreInode: false };
  const sameTree = (names: readonly string[]): string | undefined => {
    const directory = new Directory(undefined, new PreviousTree('id', text, same));
    for (const name of names) {
      const wanted = { entry: entryOf(name), name: nodeName(name) };
      const head = nodeHead(wanted.entry, wanted.name, { withAtime: false });
      const found = directory.previous?.find({ ...wanted, head });
      directory.fill(directory.slot(name), head, found?.text !== undefined);
    }
    return directory.sameTree;
  };
  assert.equal(sameTree(['a', 'b']), 'id');
  assert.equal(sameTree(['a']), undefined);
  assert.equal(sameTree(['b']), undefined);
  assert.equal(sameTree(['a', 'b', 'c']), undefined);
  assert.equal(sameTree(['a', 'aa', 'b']), undefined);
});
