import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseJson } from '../../format/go-json.ts';
import { bytePath } from '../../trees/byte-path.ts';
import type { Entry } from '../../trees/entry.ts';
import { writeTree } from '../format/tree.ts';
import { nodeSpans } from './node-spans.ts';
import { contentText, nodeHead, nodeName } from './node-text.ts';
import { PreviousTree, type SameFile, type Wanted } from './previous-tree.ts';
import { entryOf } from './testing.ts';

const strict: SameFile = { ignoreCtime: false, ignoreInode: false };
const id = (): string => randomBytes(32).toString('hex');

function wanted(entry: Entry): Wanted {
  const name = nodeName(bytePath(entry.path));
  return { entry, name, head: nodeHead(entry, name, { withAtime: false }) };
}

function textOf(nodes: readonly string[]): string {
  return `{"nodes":[${nodes.join(',')}]}\n`;
}

function fileNode(entry: Entry, content: readonly string[]): string {
  return wanted(entry).head + contentText(content);
}

test('nodes that read the same are found one after the other, whole', () => {
  const [subtree, content] = [id(), [id(), id()]];
  const entries = [
    entryOf('a', { size: 9 }),
    entryOf('b', { type: 'dir' }),
    entryOf('c'),
    entryOf('d', { type: 'symlink', target: Buffer.from('}],"x') }),
  ] as const;
  const nodes = [
    fileNode(entries[0], content),
    `${wanted(entries[1]).head}${subtree}"}`,
    fileNode(entries[2], []),
    `${wanted(entries[3]).head}null}`,
  ];
  const tree = new PreviousTree('id', textOf(nodes), strict);
  const found = entries.map(entry => tree.find(wanted(entry)));
  assert.deepEqual(
    found.map(each => each?.text),
    nodes,
  );
  assert.deepEqual([found[0]?.content, found[1]?.subtree, found[2]?.content], [content, subtree, []]);
  assert.deepEqual(
    found.map(each => each?.unchanged),
    [true, false, true, false],
  );
  assert.equal(tree.exhausted, true);
});

test('an empty tree is exhausted at once, another only at its end', () => {
  assert.equal(new PreviousTree('id', textOf([]), strict).exhausted, true);
  const tree = new PreviousTree('id', textOf([fileNode(entryOf('a'), [])]), strict);
  assert.equal(tree.exhausted, false);
  assert.equal(tree.find(wanted(entryOf('b'))), undefined);
  assert.equal(tree.exhausted, false);
});

test('entries that came or went in between do not hide the others', () => {
  const nodes = ['b', 'd', 'f', 'h'].map(path => fileNode(entryOf(path), []));
  const tree = new PreviousTree('id', textOf(nodes), strict);
  const found = ['a', 'b', 'c', 'f', 'g', 'h'].map(path => tree.find(wanted(entryOf(path)))?.text);
  assert.deepEqual(found, [undefined, nodes[0], undefined, nodes[2], undefined, nodes[3]]);
  assert.equal(tree.exhausted, false);
});

test('a file is unchanged by type, size, mtime, ctime and inode; in any zone', () => {
  const before = entryOf('a', { size: 5, mode: 0o600 });
  const content = [id()];
  const utc = fileNode(before, content);
  const elsewhere = utc.replaceAll(
    /"(\w)time":"(2026-01-02)T03:(\d\d:\d\d)[^"]*"/g,
    '"$1time":"$2T12:$3+09:00"',
  );
  const isSame = (told: Partial<Entry>, same = strict, text = utc): boolean | undefined =>
    new PreviousTree('id', textOf([text]), same).find(wanted({ ...before, ...told }))?.unchanged;
  assert.equal(isSame({ mode: 0o644, uid: 5, attributes: [{ name: 'x', value: Buffer.of(1) }] }), true);
  assert.equal(isSame({ size: 6 }), false);
  assert.equal(isSame({ mtime: before.mtime + 1n }), false);
  assert.equal(isSame({ ctime: before.ctime + 1n }), false);
  assert.equal(isSame({ inode: 8n }), false);
  assert.equal(isSame({ type: 'fifo' }), false);
  assert.equal(isSame({ ctime: 1n }, { ignoreCtime: true, ignoreInode: false }), true);
  assert.equal(isSame({ ctime: 1n, inode: 9n }, { ignoreCtime: true, ignoreInode: true }), true);
  assert.notEqual(elsewhere, utc);
  assert.equal(isSame({}, strict, elsewhere), true);
});

test('a text that is spelled otherwise is no tree to be compared with', () => {
  const node = fileNode(entryOf('a'), []);
  for (const text of [
    `{ "nodes":[${node}]}\n`,
    textOf([node.replace('{', '{"x":1,')]),
    '',
    'x',
    textOf(['{']),
  ]) {
    const tree = new PreviousTree('id', text, strict);
    assert.equal(tree.find(wanted(entryOf('b'))), undefined);
    assert.equal(tree.exhausted, false);
  }
});

test('a content that is spelled otherwise is not taken', () => {
  for (const content of ['[ ]}', '["x"]}', `["${id()}","${id().slice(1)}"]}`, `["${id()}"],"x":1}`]) {
    const tree = new PreviousTree('id', textOf([wanted(entryOf('a')).head + content]), strict);
    assert.equal(tree.find(wanted(entryOf('a')))?.text, undefined);
    assert.equal(tree.exhausted, false);
  }
});

test('spans are those of the nodes, whatever is in them', () => {
  const node = fc.record({
    name: fc.string({ unit: 'grapheme' }),
    type: fc.constant('file'),
    content: fc.constant(null),
    extra: fc.jsonValue(),
  });
  fc.assert(
    fc.property(fc.array(node), nodes => {
      const text = writeTree(nodes).toString();
      const spans = nodeSpans(text) ?? [];
      const parsed = (parseJson(text) as unknown as { nodes: { name: string }[] }).nodes;
      assert.deepEqual(
        spans.map(({ start, end }) => parseJson(text.slice(start, end))),
        parsed,
      );
      assert.deepEqual(
        spans.map(({ name }) => parseJson(name)),
        parsed.map(({ name }) => name),
      );
    }),
  );
});

test('no text makes looking for spans throw or run on', () => {
  const pieces = fc.constantFrom('{"nodes":[', ']}\n', '{"name":', '"', '\\', '{', '}', '[', ']', ',', 'a');
  fc.assert(fc.property(fc.array(pieces), parts => void nodeSpans(`{"nodes":[${parts.join('')}`)));
});
