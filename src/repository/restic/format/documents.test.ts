import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { randomPolynomial } from '../../chunking/polynomial.ts';
import { Fault } from '../../format/fault.ts';
import { parseJson } from '../../format/go-json.ts';
import { sealOverhead } from '../sealing/seal.ts';
import { readConfig, writeConfig } from './config.ts';
import { idOf } from './ids.ts';
import { type IndexedPack, readIndex, writeIndex } from './index-file.ts';
import { openKeyFile, parseKeyFile, sealMasterKey, writeKeyFile } from './key-file.ts';
import { headerLength, type PackedBlob, packSize, readHeader, trailerSize, writeHeader } from './pack.ts';
import { readSnapshot, writeSnapshot } from './snapshot.ts';
import { latinNameOf, nameOf, readTree, writeTree } from './tree.ts';

const key = { encrypt: randomBytes(32), macK: randomBytes(16), macR: randomBytes(16) };
const id = (text: string): string => idOf(Buffer.from(text));

test('a key file opens with its password and no other', async () => {
  const derivation = { n: 16, r: 8, p: 1, salt: randomBytes(64) };
  const data = await sealMasterKey(key, Buffer.from('秘密'), derivation);
  const bytes = writeKeyFile({
    created: '2026-02-03T04:05:06Z',
    username: 'u',
    hostname: 'h',
    ...derivation,
    data,
  });
  assert.deepEqual(await openKeyFile(parseKeyFile(bytes), Buffer.from('秘密')), key);
  assert.equal(await openKeyFile(parseKeyFile(bytes), Buffer.from('other')), undefined);
  assert.equal(data.toString('base64').length, 216);
});

test('key files that would cost too much, or are none, are refused', () => {
  const good = { kdf: 'scrypt', N: 32768, r: 8, p: 1, salt: randomBytes(64).toString('base64'), data: '' };
  const parse = (changes: object) => () => parseKeyFile(Buffer.from(JSON.stringify({ ...good, ...changes })));
  assert.doesNotThrow(parse({}));
  for (const changes of [
    { N: 2 ** 30 },
    { N: 1000 },
    { r: 0 },
    { p: 2 ** 20 },
    { p: -1 },
    { salt: 'AAAA' },
    { kdf: 'x' },
  ]) {
    assert.throws(parse(changes), JSON.stringify(changes));
  }
  assert.throws(() => parseKeyFile(Buffer.from('[')), Fault);
});

test('a config comes back; others are told apart', () => {
  const config = { version: 2, id: id('config'), polynomial: randomPolynomial() } as const;
  const text = writeConfig(config).toString();
  assert.deepEqual(readConfig(parseJson(text)), config);
  assert.deepEqual(readConfig(parseJson(text.replace(':2,', ':3,'))), { fault: 'version' });
  assert.deepEqual(
    readConfig(parseJson(text.replace(/"chunker_polynomial":"./, '"chunker_polynomial":"1'))),
    {
      fault: 'damaged',
    },
  );
  assert.deepEqual(readConfig([]), { fault: 'damaged' });
});

const blob = fc.record({
  id: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(bytes => Buffer.from(bytes).toString('hex')),
  type: fc.constantFrom('data' as const, 'tree' as const),
  length: fc.integer({ min: sealOverhead, max: 2 ** 24 }),
  uncompressed: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2 ** 32 - 1 })),
});
const pack = fc.array(blob, { maxLength: 30 }).map(blobs => {
  let offset = 0;
  return blobs.map((each): PackedBlob => {
    offset += each.length;
    return { ...each, offset: offset - each.length };
  });
});

test('a pack header comes back, and its lengths add up', () => {
  fc.assert(
    fc.property(pack, blobs => {
      const end = writeHeader(key, blobs);
      const size = packSize(blobs);
      assert.equal(headerLength(end.subarray(-trailerSize), size), end.length - trailerSize);
      assert.deepEqual(readHeader(key, end.subarray(0, -trailerSize), size), blobs);
      assert.throws(() => readHeader(key, end.subarray(0, -trailerSize), size + 1), Fault);
    }),
  );
  assert.throws(() => headerLength(Buffer.of(0, 0, 0, 1), 1000), Fault);
  assert.throws(() => headerLength(Buffer.of(255, 255, 255, 255), 2 ** 33), Fault);
});

test('an index comes back; what is none is noticed', () => {
  fc.assert(
    fc.property(fc.array(pack, { maxLength: 3 }), packs => {
      const indexed: IndexedPack[] = packs.map((blobs, at) => ({ id: id(String(at)), blobs }));
      assert.deepEqual([...readIndex(parseJson(writeIndex(indexed).toString()))], indexed);
    }),
  );
  assert.deepEqual([...readIndex({ packs: [{ id: 'x', blobs: [] }] })], [undefined]);
  const right = { id: id('b'), type: 'data', offset: 0, length: 40 };
  for (const change of [
    { offset: -1 },
    { length: 31 },
    { length: 2 ** 32 },
    { offset: 0.5 },
    { type: 'x' },
  ]) {
    const blobs = [{ ...right, ...change }];
    assert.deepEqual(
      [...readIndex({ packs: [{ id: id('p'), blobs }] })],
      [undefined],
      JSON.stringify(change),
    );
  }
  assert.deepEqual([...readIndex({ supersedes: [] })], []);
});

test('a tree is written again as it was, members unknown here and great numbers included', () => {
  const text = `{"nodes":[{"name":"a\\\\xff","type":"file","mode":420,"mtime":"2026-02-03T04:05:06Z","uid":0,"gid":0,"inode":18446744073709551615,"content":[],"later":{"b":1.50}},{"name":"b","type":"dir","content":null,"subtree":"${id('t')}"}]}\n`;
  const nodes = readTree(Buffer.from(text));
  assert.equal(writeTree(nodes).toString(), text);
  assert.deepEqual(nodes.map(nameOf), [Buffer.from('61ff', 'hex'), Buffer.from('b')]);
});

test('names are compared by their bytes, however they are spelled', () => {
  const inOrder = ['A', 'a', 'a b', '\\x61c', 'é', '\\xc3\\xaa', '\\xff'];
  const nodes = (names: readonly string[]) =>
    readTree(writeTree(names.map(name => ({ name, type: 'file', content: [] }))));
  for (const [at, node] of nodes(inOrder).entries()) {
    assert.equal(latinNameOf(node), nameOf(node).toString('latin1'), inOrder[at]);
  }
  for (let at = 1; at < inOrder.length; at++) {
    assert.throws(() => nodes(inOrder.toSpliced(at - 1, 2, inOrder[at] ?? '', inOrder[at - 1] ?? '')));
  }
  assert.throws(() => nodes(['a', '\\x61']));
});

test('members of a node are brought into order', () => {
  const text = writeTree([{ content: [], extra: 1, type: 'file', name: '<', size: 5 }]).toString();
  assert.equal(text, '{"nodes":[{"name":"\\u003c","type":"file","size":5,"content":[],"extra":1}]}\n');
});

test('trees that would mislead are refused', () => {
  const file = (name: string, more = '"content":[]') => `{"name":"${name}","type":"file",${more}}`;
  const faulty = [
    [file('..')],
    [file('.')],
    [file('\\\\x2e')],
    [file('a\\"')],
    [file('a/b')],
    [file('')],
    [file('\\\\x00')],
    [file('b'), file('a')],
    [file('a'), file('a')],
    [file('a', '"content":null')],
    [file('a', '"content":["x"]')],
    ['{"name":"d","type":"dir"}'],
    ['{"name":"d","type":"door"}'],
    ['1'],
  ];
  for (const nodes of faulty) {
    assert.throws(() => readTree(Buffer.from(`{"nodes":[${nodes.join(',')}]}`)), nodes.join(','));
  }
  for (const text of ['', '{}', '{"nodes":{}}', '[]']) assert.throws(() => readTree(Buffer.from(text)));
});

test('no bytes at all make reading a tree do anything but return or refuse', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      try {
        readTree(Buffer.from(JSON.stringify({ nodes: [value] })));
      } catch (thrown) {
        assert.ok(thrown instanceof Fault);
      }
    }),
  );
});

test('a snapshot is written again as it was', () => {
  const text = `{"time":"2026-02-03T04:05:06.7+09:00","tree":"${id('t')}","paths":["/a"],"hostname":"h","tags":["x"],"original":"${id('o')}","summary":{"files_new":1},"later":[1]}`;
  const snapshot = readSnapshot(parseJson(text));
  assert.ok(snapshot !== undefined);
  assert.equal(writeSnapshot(snapshot).toString(), text);
  for (const wrong of ['{}', '[]', text.replace('"time":"2', '"time":"x'), text.replace('["/a"]', '[1]')]) {
    assert.equal(readSnapshot(parseJson(wrong)), undefined);
  }
});
