import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { rounds } from '#testbed/soak.ts';
import { addIndexFile } from '../access/add-index-file.ts';
import { ContentIndex } from '../access/content-index.ts';
import { contentKey } from './content-id.ts';
import { DiskIndex } from './disk-index.ts';
import { buildIndex, type ContentEntry, parseIndex, supersedes } from './index.ts';
import type { IndexRun } from './index-run.ts';
import { runOf } from './index-run.ts';
import { type KeepEntry, mergedIndexes } from './merged-indexes.ts';

const overhead = 28;

/** Few ids, packs and times, so that indexes contradict each other; some ids are alike in all that is compared first. */
const id = fc
  .tuple(fc.constantFrom('', 'k', 'm', 'z'), fc.nat(12))
  .map(([prefix, number]) => prefix + number.toString(16).padStart(32, number % 2 === 0 ? '0' : 'f'));

/** What is said by who says the same of pack, time and deletion is the same: else which counts would be open. */
const entry = fc
  .tuple(id, fc.nat(5), fc.boolean(), fc.constantFrom(0, 1, 2, 1_800_000_000, 2 ** 32 - 1))
  .map(([ofContent, pack, deleted, timestamp]): ContentEntry => {
    const offset = pack * 1000 + (timestamp % 400) * 2 + Number(deleted);
    const length = offset + overhead;
    const [more, version] = [timestamp % 3 === 1 ? 2 ** 26 : 5, timestamp % 2];
    return {
      id: ofContent,
      pack: `p${pack}`,
      offset,
      length: length + more,
      // An index of version 1 has it so.
      original: length + more - overhead,
      compression: 0,
      formatVersion: 1 + version,
      deleted,
      timestamp,
    };
  });

const index = fc.record({
  onDisk: fc.boolean(),
  version: fc.constantFrom(1 as const, 2 as const),
  entries: fc.uniqueArray(entry, { selector: each => each.id, maxLength: 20 }),
});
type Index = typeof index extends fc.Arbitrary<infer T> ? T : never;

function run({ onDisk, version, entries }: Index): IndexRun {
  const plain = buildIndex(entries, onDisk ? 2 : version);
  if (!onDisk) return runOf(parseIndex(plain, overhead));
  return new DiskIndex({
    length: plain.length,
    read: (target, at) => target.set(plain.subarray(at, at + target.length)),
  });
}

/** The table in memory: what everything else of this engine takes for true. */
function valid(indexes: readonly Index[]): ContentEntry[] {
  const table = new ContentIndex(17);
  for (const { entries } of indexes) {
    if (entries.length > 0) addIndexFile(table, parseIndex(buildIndex(entries, 2), overhead));
  }
  return [...table.entries()].sort((a, b) => Buffer.compare(contentKey(a.id), contentKey(b.id)));
}

test('what several indexes say is merged as the table in memory has it, in parts of the size wanted', () => {
  const given = fc.tuple(
    fc.array(index, { maxLength: 9 }),
    fc.integer({ min: 1, max: 40 }),
    fc.constantFrom(1 as const, 2 as const),
  );
  const property = fc.property(given, ([indexes, size, version]) => {
    const merged = mergedIndexes(indexes.map(run), { version, size });
    const built = [...merged.plain()];
    const expected = valid(indexes);
    assert.equal(built.length, merged.count);
    const parts = built.map(plain => parseIndex(plain, overhead));
    for (const { count } of parts) assert.ok(count > 0 && count <= size);
    assert.deepEqual(
      parts.flatMap(part => Array.from({ length: part.count }, (_, at) => part.entry(at))),
      expected,
    );
    if (built.length === 1) assert.deepEqual(built[0], buildIndex(expected, version));
  });
  fc.assert(property, { numRuns: rounds(70) });
});

test('entries that are not kept are in none', () => {
  const keep: KeepEntry = ({ deleted, timestamp }) => !deleted || timestamp > 1;
  const given = fc.tuple(fc.array(index, { maxLength: 5 }), fc.integer({ min: 1, max: 20 }));
  const property = fc.property(given, ([indexes, size]) => {
    const merged = mergedIndexes(indexes.map(run), { version: 2, size, keep });
    const built = [...merged.plain()];
    const expected = valid(indexes).filter(each => !each.deleted || each.timestamp > 1);
    assert.equal(built.length, merged.count);
    const parts = built.map(plain => parseIndex(plain, overhead));
    assert.deepEqual(
      parts.flatMap(part => Array.from({ length: part.count }, (_, at) => part.entry(at))),
      expected,
    );
  });
  fc.assert(property);
});

test('of entries that say different things of a content the one counts that supersedes all others', () => {
  const ofOne = fc
    .array(entry, { minLength: 1, maxLength: 6 })
    .map(all => all.map(each => ({ ...each, id: 'ab'.repeat(16) })));
  const property = fc.property(ofOne, entries => {
    const runs = entries.map(each => run({ onDisk: false, version: 2, entries: [each] }));
    const [plain] = mergedIndexes(runs, { version: 2, size: 10 }).plain();
    const best = entries.reduce((a, b) => (supersedes(b, a) ? b : a));
    assert.deepEqual(parseIndex(plain ?? Buffer.alloc(0), overhead).entry(0), best);
  });
  fc.assert(property);
});

test('without entries there is no index', () => {
  const merged = mergedIndexes([run({ onDisk: true, version: 2, entries: [] })], { version: 2, size: 10 });
  assert.equal(merged.count, 0);
  assert.deepEqual([...merged.plain()], []);
});
