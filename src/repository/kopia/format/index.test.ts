import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { rounds } from '#testbed/soak.ts';
import { Fault } from '../../format/fault.ts';
import { contentIdWith, contentKey } from './content-id.ts';
import { buildIndex, type ContentEntry, parseIndex, shardsOf, supersedes } from './index.ts';
import { entriesOf } from './testing/fixtures.ts';

const overhead = 28;

const prefixes = fc.constantFrom('', 'g', 'k', 'm', 'x', 'z');
const idOf = fc
  .tuple(prefixes, fc.uint8Array({ minLength: 16, maxLength: 16 }))
  .map(([prefix, hash]) => contentIdWith(prefix, hash));
const packs = fc.constantFrom('p0-s1', 'q1-s1', `p${'ab'.repeat(16)}-s0123456789abcdef147`);

const entry = fc
  .record({
    id: idOf,
    pack: packs,
    offset: fc.nat(2 ** 30 - 1),
    length: fc.oneof(
      fc.integer({ min: overhead, max: 5000 }),
      fc.integer({ min: overhead, max: 2 ** 28 - 1 }),
    ),
    original: fc.oneof(fc.nat(5000), fc.nat(2 ** 28 - 1)),
    compression: fc.constantFrom(0, 0x1100, 0x1101),
    formatVersion: fc.constantFrom(2, 3),
    deleted: fc.boolean(),
    timestamp: fc.nat(2 ** 32 - 1),
  })
  .map(each => ({ ...each }));

const entries = fc.uniqueArray(entry, { selector: each => each.id, maxLength: 40 });

test('what is built is parsed: version 2', () => {
  const property = fc.property(entries, given => {
    const index = parseIndex(buildIndex(given, 2), overhead);
    assert.equal(index.count, given.length);
    assert.deepEqual(entriesOf(index), sorted(given));
    for (const each of given) assert.deepEqual(index.entry(index.find(contentKey(each.id))), each);
    assert.equal(index.find(contentKey(`y${'00'.repeat(16)}`)), -1);
    assert.equal(index.find(Buffer.alloc(3)), -1);
  });
  fc.assert(property);
});

test('what is built is parsed: version 1, which knows no compression', () => {
  const property = fc.property(entries, given => {
    const plain = given.map(each => ({ ...each, compression: 0, original: each.length - overhead }));
    const index = parseIndex(buildIndex(plain, 1), overhead);
    assert.deepEqual(entriesOf(index), sorted(plain));
    for (const each of plain) assert.deepEqual(index.entry(index.find(contentKey(each.id))), each);
  });
  fc.assert(property);
  assert.throws(() => buildIndex([{ ...sample(1), compression: 0x1100 }], 1), RangeError);
});

test('entries are as long as what they hold needs', () => {
  const sizeOf = (given: readonly ContentEntry[]): number => buildIndex(given, 2).readUInt16BE(2);
  assert.equal(sizeOf([sample(1), sample(2)]), 16);
  assert.equal(sizeOf([sample(1), { ...sample(2), formatVersion: 2 }]), 17);
  assert.equal(sizeOf([sample(1), { ...sample(2), original: 2 ** 24 }]), 19);
  const many = Array.from({ length: 65_537 }, (_, number) => ({ ...sample(number), pack: `p${number}` }));
  const built = buildIndex(many, 2);
  assert.equal(built.readUInt16BE(2), 18);
  const index = parseIndex(built, overhead);
  assert.equal(index.packCount, many.length);
  for (const each of many.filter((_, number) => number % 997 === 0 || number > 65_530)) {
    assert.deepEqual(index.entry(index.find(contentKey(each.id))), each);
  }
});

test('what an index cannot say is not written', () => {
  assert.throws(() => buildIndex([{ ...sample(1), offset: 2 ** 30 }], 2), RangeError);
  assert.throws(() => buildIndex([{ ...sample(1), length: 2 ** 28 }], 2), RangeError);
});

test('other bytes are refused, or read without leaving them', () => {
  const built = [1, 2].map(version => buildIndex([sample(1), sample(2), sample(3)], version as 1 | 2));
  const damage = fc.record({ which: fc.nat(1), at: fc.nat(200), byte: fc.nat(255), cut: fc.nat(400) });
  const property = fc.property(damage, ({ which, at, byte, cut }) => {
    const bytes = Buffer.from(built[which] ?? []);
    bytes[at % bytes.length] = byte;
    try {
      const index = parseIndex(bytes.subarray(0, cut), overhead);
      for (let number = 0; number < index.count; number++) index.entry(number);
    } catch (thrown) {
      assert.ok(thrown instanceof Fault, String(thrown));
    }
  });
  fc.assert(property, { numRuns: rounds(130) });
  assert.throws(() => parseIndex(Buffer.alloc(0), overhead), Fault);
});

test('of two entries for one content exactly one is valid', () => {
  const property = fc.property(entry, entry, (a, b) => {
    const same = a.timestamp === b.timestamp && a.deleted === b.deleted && a.pack === b.pack;
    assert.equal(Number(supersedes(a, b)) + Number(supersedes(b, a)), same ? 0 : 1);
  });
  fc.assert(property);
  const [older, newer] = [sample(1), { ...sample(1), timestamp: 8, deleted: true }];
  assert.ok(supersedes(newer, older));
  assert.ok(supersedes({ ...newer, deleted: false, pack: 'a' }, newer));
});

test('entries are parted so that none is lost and no part is much larger', () => {
  const all = Array.from({ length: 1000 }, (_, number) => sample(number));
  const shards = shardsOf(all, 300);
  assert.equal(shards.length, 4);
  assert.deepEqual(sorted(shards.flat()), sorted(all));
  assert.deepEqual(shardsOf(all), [all]);
  assert.deepEqual(shardsOf([]), []);
});

function sample(number: number): ContentEntry {
  const hash = Buffer.alloc(16);
  hash.writeUInt32BE(Math.imul(number + 1, 0x9e3779b1) >>> 0);
  hash.writeUInt32BE(number, 4);
  const place = { pack: 'p0-s1', offset: 32, length: 128, original: 100 };
  return {
    id: hash.toString('hex'),
    ...place,
    compression: 0,
    formatVersion: 3,
    deleted: false,
    timestamp: 7,
  };
}

function sorted(given: readonly ContentEntry[]): ContentEntry[] {
  return given.toSorted((a, b) => Buffer.compare(contentKey(a.id), contentKey(b.id)));
}
