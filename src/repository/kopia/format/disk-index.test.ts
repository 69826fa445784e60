import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { rounds } from '#testbed/soak.ts';
import { Fault } from '../../format/fault.ts';
import { contentIdWith, contentKey } from './content-id.ts';
import { DiskIndex, type DistantBytes } from './disk-index.ts';
import { buildIndex, type ContentEntry, parseIndex } from './index.ts';

const prefixes = ['', 'g', 'k', 'm', 'x', 'z'];

/** Hashes at random, and such as are far from random: alike in the bytes that places are guessed by. */
const hashes = fc.oneof(
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
  fc
    .tuple(fc.constantFrom(0, 1, 254, 255), fc.nat(255), fc.nat(255))
    .map(([first, middle, last]) =>
      Uint8Array.from({ length: 16 }, (_, at) => (at < 6 ? first : at < 15 ? middle : last)),
    ),
);

const entry = fc.record(
  {
    id: fc.tuple(fc.constantFrom(...prefixes), hashes).map(([prefix, hash]) => contentIdWith(prefix, hash)),
    pack: fc.constantFrom('p0-s1', 'q1-s1', `p${'ab'.repeat(16)}-s0123456789abcdef147`),
    offset: fc.nat(2 ** 30 - 1),
    length: fc.oneof(fc.nat(5000), fc.nat(2 ** 28 - 1)),
    original: fc.oneof(fc.nat(5000), fc.nat(2 ** 28 - 1)),
    compression: fc.constantFrom(0, 0x1100, 0x1101),
    formatVersion: fc.constantFrom(2, 3),
    deleted: fc.boolean(),
    timestamp: fc.nat(2 ** 32 - 1),
  },
  { noNullPrototype: true },
);

const entries = fc.uniqueArray(entry, { selector: each => each.id, maxLength: 300 });

function distant(bytes: Uint8Array): DistantBytes {
  return {
    length: bytes.length,
    read: (target, at) => {
      assert.ok(at >= 0 && at + target.length <= bytes.length, 'read outside');
      target.set(bytes.subarray(at, at + target.length));
    },
  };
}

test('every entry is found where it lies, and no other', () => {
  const property = fc.property(entries, entries, (given, others) => {
    const index = new DiskIndex(distant(buildIndex(given, 2)));
    assert.equal(index.isSound(), true);
    for (const each of given) assert.deepEqual(index.find(contentKey(each.id)), each);
    const ids = new Set(given.map(({ id }) => id));
    for (const { id } of others) assert.equal(index.find(contentKey(id)) !== undefined, ids.has(id));
    assert.equal(index.find(Buffer.alloc(3)), undefined);
    for (const prefix of prefixes) {
      const found = [...index.beginningWith(prefix === '' ? 0 : prefix.charCodeAt(0))];
      assert.deepEqual(found, ofPrefix(given, prefix));
    }
    assert.deepEqual(new Set(index.packNames()), new Set(given.map(({ pack }) => pack)));
    const counts = Array.from(index.parts(), ({ count }) => count);
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      given.length,
    );
  });
  fc.assert(property);
});

test('few of many entries are read to find one', () => {
  const many = Array.from({ length: 100_000 }, (_, number) => sample(number));
  let reads = 0;
  const bytes = distant(buildIndex(many, 2));
  const index = new DiskIndex({
    length: bytes.length,
    read: (target, at) => {
      reads++;
      bytes.read(target, at);
    },
  });
  for (let number = 0; number < 10_000; number++) assert.ok(index.find(contentKey(sample(number).id)));
  assert.ok(reads / 10_000 < 15, `${reads / 10_000} reads for each`);
});

test('what is called sound is like the same index in memory, and nothing else is read, however it is damaged', () => {
  const damage = fc.record({
    given: entries,
    changes: fc.array(fc.record({ at: fc.nat(3000), byte: fc.nat(255) }), { maxLength: 3 }),
    cut: fc.nat(20_000),
  });
  const property = fc.property(damage, ({ given, changes, cut }) => {
    const built = buildIndex(given, 2).subarray(0, cut);
    for (const { at, byte } of changes) if (built.length > 0) built[at % built.length] = byte;
    let index: DiskIndex;
    try {
      index = new DiskIndex(distant(built));
    } catch (thrown) {
      assert.ok(thrown instanceof Fault, String(thrown));
      return;
    }
    if (!index.isSound()) return;
    const inMemory = parseIndex(built, 28);
    assert.equal(index.count, inMemory.count);
    for (const { id } of given) {
      const number = inMemory.find(contentKey(id));
      const expected = number < 0 ? undefined : inMemory.entry(number);
      assert.deepEqual(index.find(contentKey(id)), expected);
    }
  });
  fc.assert(property, { numRuns: rounds(250) });
});

test('an index out of order, of another version, or none is not looked up', () => {
  const given = [sample(1), sample(2), sample(3)];
  const built = buildIndex(given, 2);
  const stride = 17 + built.readUInt16BE(2);
  const swapped = Buffer.from(built);
  built.copy(swapped, 17, 17 + stride, 17 + 2 * stride);
  built.copy(swapped, 17 + stride, 17, 17 + stride);
  assert.equal(new DiskIndex(distant(swapped)).isSound(), false);
  const twice = Buffer.from(built);
  built.copy(twice, 17 + stride, 17, 17 + stride);
  assert.equal(new DiskIndex(distant(twice)).isSound(), false);
  assert.throws(() => new DiskIndex(distant(buildIndex(given, 1))), Fault);
  assert.throws(() => new DiskIndex(distant(Buffer.alloc(5))), Fault);
});

function ofPrefix(given: readonly ContentEntry[], prefix: string): ContentEntry[] {
  return given
    .filter(({ id }) => (id.length % 2 === 1 ? id.slice(0, 1) : '') === prefix)
    .toSorted((a, b) => Buffer.compare(contentKey(a.id), contentKey(b.id)));
}

function sample(number: number): ContentEntry {
  const hash = Buffer.alloc(16);
  hash.writeUInt32BE(Math.imul(number + 1, 0x9e3779b1) >>> 0);
  hash.writeUInt32BE(Math.imul(number + 1, 0x85ebca6b) >>> 0, 4);
  const rest = { offset: 32, length: 128, original: 100, compression: 0, formatVersion: 3 };
  return { id: hash.toString('hex'), pack: `p${number % 50}-s1`, ...rest, deleted: false, timestamp: 7 };
}
