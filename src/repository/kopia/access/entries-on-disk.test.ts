import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { rounds } from '#testbed/soak.ts';
import { contentKey } from '../format/content-id.ts';
import { DiskIndex } from '../format/disk-index.ts';
import { buildIndex, type ContentEntry, parseIndex } from '../format/index.ts';
import { addIndexFile } from './add-index-file.ts';
import { ContentIndex } from './content-index.ts';
import { isLive } from './content-table.ts';
import { EntriesOnDisk } from './entries-on-disk.ts';

/** Few ids, packs and times, so that indexes contradict each other. */
const id = fc
  .tuple(fc.constantFrom('', 'k', 'm', 'z'), fc.nat(12))
  .map(([prefix, number]) => prefix + number.toString(16).padStart(32, number % 2 === 0 ? '0' : 'f'));

/** What is said by who says the same of pack, time and deletion is the same: else which counts would be open. */
const entry = fc
  .tuple(id, fc.nat(5), fc.boolean(), fc.constantFrom(0, 1, 2, 1_800_000_000, 2 ** 32 - 1))
  .map(([ofContent, pack, deleted, timestamp]): ContentEntry => {
    const [offset, compressed] = [pack * 1000 + (timestamp % 400) * 2 + Number(deleted), timestamp % 2 === 1];
    return {
      id: ofContent,
      pack: `p${pack}`,
      offset,
      length: 2 ** 28 - 1 - offset,
      original: offset * 3,
      compression: compressed ? 0x1101 : 0,
      formatVersion: compressed ? 3 : 2,
      deleted,
      timestamp,
    };
  });

const blob = fc.record({
  onDisk: fc.boolean(),
  entries: fc.uniqueArray(entry, { selector: each => each.id, maxLength: 20 }),
});

const step = fc.oneof(
  fc.record({ kind: fc.constant('find' as const), id }),
  fc.record({ kind: fc.constant('prefix' as const), prefix: fc.constantFrom('k', 'm', 'z') }),
  fc.record({ kind: fc.constant('add' as const), entry }),
  fc.record({ kind: fc.constant('blob' as const), blob }),
  fc.record({ kind: fc.constant('load' as const) }),
  fc.record({ kind: fc.constant('watermark' as const), seconds: fc.constantFrom(0, 1, 2) }),
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type Blob = typeof blob extends fc.Arbitrary<infer T> ? T : never;

let blobs = 0;

function addBlob(index: ContentIndex, { onDisk, entries }: Blob): void {
  const plain = buildIndex(entries, 2);
  if (!onDisk || entries.length === 0) {
    addIndexFile(index, parseIndex(plain, 28));
    return;
  }
  const read = (target: Uint8Array, at: number): void => target.set(plain.subarray(at, at + target.length));
  const added = new DiskIndex({ length: plain.length, read });
  assert.ok(added.isSound());
  index.addOnDisk(`xn0_${blobs++}`, added);
}

/** Does a step to an index that looks things up on disk, and to one that has everything in memory: they answer alike. */
function take(tried: ContentIndex, model: ContentIndex, each: Step): void {
  if (each.kind === 'find') assert.deepEqual(tried.find(each.id), model.find(each.id));
  if (each.kind === 'prefix') assert.deepEqual(ofPrefix(tried, each.prefix), ofPrefix(model, each.prefix));
  if (each.kind === 'add') for (const index of [tried, model]) index.add(each.entry);
  if (each.kind === 'load') tried.load();
  if (each.kind === 'watermark') for (const index of [tried, model]) index.watermark = each.seconds;
  if (each.kind !== 'blob') return;
  addBlob(tried, each.blob);
  addBlob(model, { ...each.blob, onDisk: false });
}

function ofPrefix(index: ContentIndex, prefix: string): ReadonlyMap<string, ContentEntry> {
  return new Map(Array.from(index.entries(prefix), each => [each.id, each]));
}

test('whatever lies on disk and whatever was asked before, answers are those of a table of everything', () => {
  const property = fc.property(fc.array(blob, { maxLength: 5 }), fc.array(step), (blobs, steps) => {
    const [tried, model] = [new ContentIndex(17), new ContentIndex(17)];
    for (const each of blobs) take(tried, model, { kind: 'blob', blob: each });
    for (const each of steps) take(tried, model, each);
    assert.deepEqual(new Set(tried.packNames()), new Set(model.packs));
    assert.deepEqual(new Map(everything(tried)), new Map(everything(model)));
    assert.equal(tried.size, model.size);
    for (const { id: known } of model.entries()) {
      assert.equal(tried.hasLive(known), model.hasLive(known));
      assert.equal(isLive(tried.shared(), contentKey(known)), model.hasLive(known));
    }
    assert.equal(isLive(tried.shared(), contentKey('5'.repeat(32))), false);
  });
  fc.assert(property, { numRuns: rounds(60) });
});

function everything(index: ContentIndex): [string, ContentEntry][] {
  return Array.from(index.entries(), each => [each.id, each]);
}

test('a number that a content was given stays its own when everything comes into memory', () => {
  const property = fc.property(fc.array(blob, { maxLength: 4 }), fc.array(id), (blobs, ids) => {
    const index = new ContentIndex(17);
    for (const each of blobs) addBlob(index, { ...each, onDisk: true });
    const numbers = ids.map(each => index.numberOf(each));
    index.load();
    assert.deepEqual(
      ids.map(each => index.numberOf(each)),
      numbers,
    );
  });
  fc.assert(property);
});

test('who asks for much of what is on disk has it in memory, who asks for little has not', () => {
  const idOf = (number: number): string =>
    (Math.imul(number, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0').padEnd(32, '7');
  const ids = new Set(Array.from({ length: 60_000 }, (_, number) => idOf(number)));
  const rest = { pack: 'p0', offset: 0, length: 1, original: 1, compression: 0, formatVersion: 3 };
  const entries = Array.from(ids, each => ({ ...rest, id: each, deleted: false, timestamp: 1 }));
  const plain = buildIndex(entries, 2);
  let [reads, longest] = [0, 0];
  const read = (target: Uint8Array, at: number): void => {
    reads++;
    longest = Math.max(longest, target.length);
    target.set(plain.subarray(at, at + target.length));
  };
  const index = new ContentIndex(17);
  index.addOnDisk('xn0_0', new DiskIndex({ length: plain.length, read }));
  const all = [...ids];
  for (const each of all.slice(0, 1000)) assert.equal(index.find(each)?.pack, 'p0');
  assert.ok(longest < 100, `${longest} bytes were read at once`);
  for (const each of all) assert.equal(index.find(each)?.pack, 'p0');
  assert.ok(longest > 10_000, `${longest} bytes were read at once at most`);
  assert.ok(reads < 150_000, `${reads} times something was read`);
});

test('an index that is added again counts once, even when it came into memory', () => {
  const rest = { pack: 'p0', offset: 0, length: 1, original: 1, compression: 0, formatVersion: 3 };
  const plain = buildIndex([{ ...rest, id: '7'.repeat(32), deleted: false, timestamp: 1 }], 2);
  const read = (target: Uint8Array, at: number): void => target.set(plain.subarray(at, at + target.length));
  const entries = new EntriesOnDisk();
  const add = (): void => entries.add('xn0_0', new DiskIndex({ length: plain.length, read }));
  add();
  add();
  assert.deepEqual([entries.count, [...entries.packNames()].length, entries.indexes.length], [1, 1, 1]);
  entries.forget();
  add();
  assert.deepEqual([entries.count, entries.indexes.length], [0, 0]);
});
