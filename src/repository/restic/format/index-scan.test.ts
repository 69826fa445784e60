import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Arbitrary,
  array,
  assert as assertProperty,
  boolean,
  constantFrom,
  nat,
  oneof,
  property,
  record,
  string,
  uint8Array,
} from 'fast-check';
import { rounds } from '#testbed/soak.ts';
import { parseJson } from '../../format/go-json.ts';
import { BlobIndex } from '../access/blob-index.ts';
import { type IndexedPack, readIndex, writeIndex } from './index-file.ts';
import { type BlobTable, numbersPerBlob, scanIndex } from './index-scan.ts';
import type { BlobType } from './pack.ts';

const plainRecord = <T>(model: { [K in keyof T]: Arbitrary<T[K]> }): Arbitrary<T> =>
  record(model, { noNullPrototype: true });
const id = uint8Array({ minLength: 32, maxLength: 32 }).map(bytes => Buffer.from(bytes).toString('hex'));
const word = oneof(nat(), constantFrom(0, 2 ** 32 - 1, 2 ** 31));
const blob = plainRecord({
  id,
  type: constantFrom<BlobType[]>('data', 'tree'),
  offset: word,
  length: word.map(length => Math.max(length, 32)),
  uncompressed: word,
});
const packs = array(plainRecord({ id, blobs: array(blob, { maxLength: 4 }) }), { maxLength: 4 });

function packsOf(table: BlobTable): IndexedPack[] {
  return table.packs.map(({ id, first, end }) => ({
    id,
    blobs: Array.from({ length: end - first }, (_, at) => {
      const [entry, from] = [first + at, (first + at) * numbersPerBlob];
      const [offset = 0, length = 0, uncompressed = 0] = table.numbers.subarray(from, from + numbersPerBlob);
      const bytes = Buffer.from(table.ids.subarray(32 * entry, 32 * entry + 32));
      const type = table.trees[entry] === 1 ? 'tree' : 'data';
      return { id: bytes.toString('hex'), type, offset, length, uncompressed };
    }),
  }));
}

/** What the general parser makes of a text; `undefined` where it is no index. */
function parsed(text: Buffer): IndexedPack[] | undefined {
  try {
    const all = [...readIndex(parseJson(text.toString()))];
    return all.every(pack => pack !== undefined) ? all : undefined;
  } catch {
    return undefined;
  }
}

test('what restic and we write is read without the general parser, and is the same', () => {
  assertProperty(
    property(packs, boolean(), (packs, newline) => {
      const text = writeIndex(packs);
      const table = scanIndex(newline ? text : text.subarray(0, -1));
      assert.ok(table !== undefined);
      assert.deepEqual(packsOf(table), packs);
      assert.deepEqual(parsed(text), packs);
    }),
  );
});

const damage = array(
  record({
    at: nat(),
    cut: nat({ max: 3 }),
    put: oneof(
      constantFrom(
        '"',
        ',',
        '{',
        '}',
        '[',
        ']',
        ':',
        '0',
        '-1',
        'e5',
        ' ',
        'A',
        '\n',
        '\\u0030',
        '4294967296',
      ),
      string({ maxLength: 2 }),
    ),
  }),
  { minLength: 1, maxLength: 3 },
);

test('whatever becomes of a text, it is refused or read as the general parser reads it', () => {
  assertProperty(
    property(packs, damage, (packs, changes) => {
      let text = writeIndex(packs).toString('latin1');
      for (const { at, cut, put } of changes) {
        const place = at % (text.length + 1);
        text = text.slice(0, place) + put + text.slice(place + cut);
      }
      const bytes = Buffer.from(text);
      const table = scanIndex(bytes);
      if (table !== undefined) assert.deepEqual(packsOf(table), parsed(bytes));
    }),
    { numRuns: rounds(250) },
  );
});

test('a view of a larger buffer is read where it lies', () => {
  const text = writeIndex([{ id: 'a'.repeat(64), blobs: [] }]);
  const view = Buffer.concat([Buffer.from('xxx'), text]).subarray(3);
  assert.deepEqual(scanIndex(view)?.packs, [{ id: 'a'.repeat(64), first: 0, end: 0 }]);
});

test('other spellings, and what is no index, are left to the general parser', () => {
  const texts = [
    '',
    '{}',
    '{"packs":[]',
    '{"packs":[]} ',
    '{"packs":[]}\n\n',
    '{"supersedes":[],"packs":[]}',
    `{"packs":[{"id":"${'A'.repeat(64)}","blobs":[]}]}`,
    `{"packs":[{"blobs":[],"id":"${'a'.repeat(64)}"}]}`,
  ];
  for (const text of texts) assert.equal(scanIndex(Buffer.from(text)), undefined, text);
});

test('an index of tables holds what one of packs does', () => {
  assertProperty(
    property(array(packs, { maxLength: 4 }), files => {
      const [byPack, byTable] = [new BlobIndex(), new BlobIndex()];
      for (const packs of files) {
        for (const pack of packs) byPack.add(pack);
        const table = scanIndex(writeIndex(packs));
        assert.ok(table !== undefined);
        byTable.addTable(table);
        byTable.addTable(table);
      }
      assert.equal(byTable.size, byPack.size);
      assert.deepEqual(byTable.packs, byPack.packs);
      for (let entry = 0; entry < byPack.size; entry++) {
        const place = byPack.place(entry);
        assert.deepEqual(byTable.place(entry), place);
        assert.deepEqual(byTable.places(place.type, place.id), byPack.places(place.type, place.id));
      }
    }),
  );
});
