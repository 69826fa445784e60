import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { contentKey } from '../format/content-id.ts';
import { type ContentEntry, supersedes } from '../format/index.ts';
import { ContentIndex } from './content-index.ts';
import { isLive } from './content-table.ts';

/** Few ids, packs and times, so that entries contradict each other. */
const entries = fc.array(
  fc.record(
    {
      id: fc
        .tuple(fc.constantFrom('', 'k', 'm', 'x', 'g', 'z'), fc.nat(9))
        .map(([prefix, number]) => prefix + number.toString(16).padStart(32, number % 2 === 0 ? '0' : 'f')),
      pack: fc.nat(5).map(number => `p${number}`),
      offset: fc.nat(2 ** 30 - 1),
      length: fc.nat(2 ** 28 - 1),
      original: fc.nat(2 ** 28 - 1),
      compression: fc.constantFrom(0, 0x1101, 0x1200),
      formatVersion: fc.constantFrom(1, 2, 3),
      deleted: fc.boolean(),
      timestamp: fc.constantFrom(0, 1, 2, 1_800_000_000, 2 ** 32 - 1),
    },
    { noNullPrototype: true },
  ),
);

function modelOf(added: readonly ContentEntry[]): Map<string, ContentEntry> {
  const model = new Map<string, ContentEntry>();
  for (const entry of added) {
    const known = model.get(entry.id);
    if (known === undefined || supersedes(entry, known)) model.set(entry.id, entry);
  }
  return model;
}

test('of all that is said of a content the newest counts, whatever the order and however the table grows', () => {
  fc.assert(
    fc.property(entries, added => {
      const index = new ContentIndex(17, { expected: 1 });
      for (const entry of added) index.add(entry);
      const model = modelOf(added);
      assert.equal(index.size, model.size);
      for (const [id, entry] of model) {
        assert.deepEqual(index.find(id), entry);
        assert.equal(index.hasLive(id), !entry.deleted);
        assert.equal(isLive(index.shared(), contentKey(id)), !entry.deleted);
      }
      assert.deepEqual(new Map([...index.entries()].map(entry => [entry.id, entry])), model);
    }),
  );
});

test('what was deleted up to the watermark is absent, what was deleted later is not', () => {
  fc.assert(
    fc.property(entries, fc.constantFrom(0, 1, 2), (added, watermark) => {
      const index = new ContentIndex(17);
      for (const entry of added) index.add(entry);
      index.watermark = watermark;
      const model = [...modelOf(added).values()].filter(
        ({ deleted, timestamp }) => watermark === 0 || !deleted || timestamp > watermark,
      );
      assert.deepEqual(new Set([...index.entries()].map(({ id }) => id)), new Set(model.map(({ id }) => id)));
      const ofPacks = index.numbersByPack().map(numbers => [...numbers].map(number => index.entry(number)));
      for (const [pack, ofPack] of ofPacks.entries()) {
        assert.ok(ofPack.every(entry => entry.pack === index.packs[pack]));
      }
      assert.equal(ofPacks.flat().length, model.length);
      for (const prefix of ['', 'k', 'z']) {
        const wanted = model.filter(({ id }) => (id.length % 2 === 1 ? id.slice(0, 1) : '') === prefix);
        assert.equal([...index.numbers(prefix)].length, wanted.length);
      }
    }),
  );
});

test('contents that are unlike every other are not found', () => {
  const index = new ContentIndex(17);
  for (const id of ['', '00', 'k', 'k'.padEnd(33, '0'), '0'.repeat(64)]) {
    assert.equal(index.find(id), undefined);
    assert.equal(index.hasLive(id), false);
  }
});

test('what is no content is not found, whatever was asked for before it', () => {
  const index = new ContentIndex(17);
  const rest = { pack: 'p', offset: 0, length: 1, original: 1, compression: 0, formatVersion: 3 };
  const known = ['ab'.repeat(16), `k${'ab'.repeat(16)}`];
  for (const id of known) index.add({ ...rest, id, deleted: false, timestamp: 1 });
  for (const [number, id] of known.entries()) {
    for (let at = 0; at < id.length; at++) {
      assert.equal(index.numberOf(id), number);
      assert.equal(index.numberOf(`${id.slice(0, at)}I${id.slice(at + 1)}`), -1, `at ${at}`);
    }
    assert.equal(index.numberOf(id), number);
    assert.equal(index.numberOf(`II${'00'.repeat(15)}`), -1);
    assert.equal(index.numberOf(`kI${'00'.repeat(15)}1`), -1);
  }
});

test('contents whose hashes begin alike are found', () => {
  const index = new ContentIndex(17, { expected: 10 });
  const idOf = (number: number): string => `0000${number.toString(16).padStart(28, '0')}`;
  const rest = {
    pack: 'p',
    offset: 0,
    length: 1,
    original: 1,
    compression: 0,
    formatVersion: 3,
    deleted: false,
  };
  const count = 3000;
  for (let number = 0; number < count; number++) index.add({ ...rest, id: idOf(number), timestamp: number });
  for (let number = 0; number < count; number++) assert.equal(index.find(idOf(number))?.timestamp, number);
});
