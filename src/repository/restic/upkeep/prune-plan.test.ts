import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { rounds } from '#testbed/soak.ts';
import { BlobIndex } from '../access/blob-index.ts';
import { idOf } from '../format/ids.ts';
import { type BlobType, type PackedBlob, packSize } from '../format/pack.ts';
import type { PruneFacts } from './pack-usage.ts';
import { type PruneLimits, type PrunePlan, planPrune, pruneDefaults } from './prune-plan.ts';

interface BlobModel {
  readonly name: number;
  readonly type: BlobType;
  readonly length: number;
  readonly compressed: boolean;
}

interface Model {
  readonly packs: readonly (readonly BlobModel[])[];
  /** Names of the blobs that are needed. */
  readonly used: ReadonlySet<string>;
  readonly lost: ReadonlySet<number>;
  readonly cut: ReadonlySet<number>;
  readonly unreferenced: number;
}

const nameOf = ({ type, name }: Pick<BlobModel, 'type' | 'name'>): string => `${type} ${name}`;
const packId = (number: number): string => idOf(Buffer.from(`pack ${number}`));

const blobs = fc.record({
  name: fc.nat(40),
  type: fc.constantFrom<BlobType>('data', 'data', 'data', 'tree'),
  length: fc.oneof(fc.integer({ min: 40, max: 5000 }), fc.integer({ min: 1_000_000, max: 6_000_000 })),
  compressed: fc.boolean(),
});

const models = fc
  .record({
    packs: fc.array(fc.array(blobs, { minLength: 1, maxLength: 8 }), { maxLength: 25 }),
    shareUsed: fc.integer({ min: 0, max: 10 }),
    lost: fc.array(fc.nat(30), { maxLength: 1 }),
    cut: fc.array(fc.nat(30), { maxLength: 1 }),
    unreferenced: fc.nat(3),
  })
  .map(({ packs, shareUsed, lost, cut, unreferenced }): Model => {
    const all = packs.flat().map(nameOf);
    const used = new Set(all.filter(name => idOf(Buffer.from(name)).charCodeAt(0) % 11 <= shareUsed));
    return { packs, used, lost: new Set(lost), cut: new Set(cut), unreferenced };
  });

const limits = fc.record({
  maxUnused: fc
    .constantFrom(0, 0.05, 0.5, Number.POSITIVE_INFINITY)
    .map(share => (used: number) => (share > 1 ? share : used * share)),
  maxRepackBytes: fc.constantFrom(0, 5_000_000, Number.POSITIVE_INFINITY),
  smallPackBytes: fc.constantFrom(undefined, 1_000_000),
  cacheableOnly: fc.boolean(),
  repackUncompressed: fc.boolean(),
});

function factsOf({ packs, used, lost, cut, unreferenced }: Model): PruneFacts {
  const index = new BlobIndex();
  const files = new Map<string, number>();
  packs.forEach((pack, number) => {
    const placed = placesOf(pack);
    index.add({ id: packId(number), blobs: placed });
    if (!lost.has(number)) files.set(packId(number), packSize(placed) - (cut.has(number) ? 1 : 0));
  });
  for (let extra = 0; extra < unreferenced; extra++) files.set(packId(1000 + extra), 77);
  const marks = new Uint8Array(index.size);
  for (const blob of packs.flat()) {
    if (used.has(nameOf(blob))) marks[index.first(blob.type, idOf(Buffer.from(nameOf(blob))))] = 1;
  }
  return { index, used: marks, files };
}

function placesOf(pack: readonly BlobModel[]): PackedBlob[] {
  let offset = 0;
  return pack.map(blob => {
    const place = { offset, length: blob.length, uncompressed: blob.compressed ? 10 * blob.length : 0 };
    offset += blob.length;
    return { id: idOf(Buffer.from(nameOf(blob))), type: blob.type, ...place };
  });
}

/** What there is after the plan: the packs that stay, and one with what was copied. */
function carriedOut({ index, files }: PruneFacts, plan: PrunePlan) {
  const gone = new Set([...plan.remove, ...plan.forget, ...plan.repack.map(({ id }) => id)]);
  const stays: string[] = [];
  const copied: string[] = [];
  for (let entry = 0; entry < index.size; entry++) {
    const { pack, type, id } = index.place(entry);
    if (plan.copies[entry] === 1) copied.push(`${type} ${id}`);
    const size = packSize([...placesIn(index, pack)]);
    if (!gone.has(pack) && files.get(pack) === size) stays.push(`${type} ${id}`);
  }
  return { gone, stays, copied };
}

function* placesIn(index: BlobIndex, pack: string): Generator<PackedBlob> {
  for (let entry = 0; entry < index.size; entry++) {
    const place = index.place(entry);
    if (place.pack === pack) yield place;
  }
}

function usedNames({ index, used }: PruneFacts): string[] {
  return Array.from(used.entries())
    .filter(([, is]) => is === 1)
    .map(([entry]) => `${index.place(entry).type} ${index.place(entry).id}`);
}

test('no plan loses a needed blob, copies one twice, or copies what is not needed', () => {
  fc.assert(
    fc.property(models, limits, (model, options) => {
      const facts = factsOf(model);
      const plan = planPrune(facts, options);
      if (plan.unfit.length > 0) return;
      const { stays, copied } = carriedOut(facts, plan);
      const after = new Set([...stays, ...copied]);
      const needed = usedNames(facts);
      for (const name of needed) assert.ok(after.has(name), name);
      assert.equal(new Set(copied).size, copied.length);
      for (const name of copied) assert.ok(needed.includes(name) && !stays.includes(name), name);
    }),
    { numRuns: rounds(70) },
  );
});

test('a plan is refused exactly where the only places of a needed blob are in packs that are not as they must be', () => {
  fc.assert(
    fc.property(models, model => {
      const facts = factsOf(model);
      const good = new Set<string>();
      model.packs.forEach((pack, number) => {
        if (!model.lost.has(number) && !model.cut.has(number))
          for (const each of pack) good.add(nameOf(each));
      });
      const lacking = [...model.used].some(name => !good.has(name));
      assert.equal(planPrune(facts).unfit.length > 0, lacking);
    }),
    { numRuns: rounds(60) },
  );
});

test('every file of a pack is accounted for once, and what no index names goes', () => {
  fc.assert(
    fc.property(models, limits, (model, options) => {
      const facts = factsOf(model);
      const plan = planPrune(facts, options);
      assert.equal(plan.unreferenced.length, model.unreferenced);
      const repacked = plan.repack.map(({ id }) => id);
      const lists = [...plan.unreferenced, ...plan.remove, ...plan.forget, ...repacked];
      assert.equal(new Set(lists).size, lists.length);
      for (const id of [...plan.unreferenced, ...plan.remove, ...repacked]) assert.ok(facts.files.has(id));
      for (const id of plan.forget) assert.ok(!facts.files.has(id));
      const { blobs, remove, repackRemove, unusedAfter } = plan.totals;
      assert.equal(
        unusedAfter,
        blobs.unused.bytes + blobs.duplicate.bytes - remove.bytes - repackRemove.bytes,
      );
    }),
    { numRuns: rounds(60) },
  );
});

test('the limits are respected: bytes that stay unused, and bytes that are written anew', () => {
  fc.assert(
    fc.property(models, limits, (model, options) => {
      const plan = planPrune(factsOf(model), options);
      const written = plan.repack.reduce((sum, { size }) => sum + size, 0);
      assert.ok(written <= options.maxRepackBytes);
      assert.ok(!options.cacheableOnly || plan.repack.every(({ id }) => holdsTree(model, id)));
      if (options.cacheableOnly || options.maxRepackBytes !== Number.POSITIVE_INFINITY) return;
      if (plan.unfit.length > 0) return;
      assert.ok(plan.totals.unusedAfter <= options.maxUnused(plan.totals.blobs.used.bytes));
    }),
    { numRuns: rounds(70) },
  );
});

function holdsTree({ packs }: Model, id: string): boolean {
  return packs.some((pack, number) => packId(number) === id && pack.some(({ type }) => type === 'tree'));
}

test('what an interrupted prune has copied is kept, and the old pack given up', () => {
  const blob = (name: number): BlobModel => ({ name, type: 'data', length: 1_000_000, compressed: true });
  const [a, b, c] = [blob(1), blob(2), blob(3)];
  const model = {
    packs: [
      [a, b, c],
      [a, b],
    ],
    used: new Set([nameOf(a), nameOf(b)]),
  };
  const facts = factsOf({ ...model, lost: new Set(), cut: new Set(), unreferenced: 0 });
  const plan = planPrune(facts);
  assert.deepEqual([plan.remove, plan.repack], [[packId(0)], []]);
});

test('many small packs are put together, few are not', () => {
  const pack = (name: number): BlobModel[] => [{ name, type: 'data', length: 1000, compressed: true }];
  const repacked = (count: number): number => {
    const packs = Array.from({ length: count }, (_, name) => pack(name));
    const used = new Set(packs.flat().map(nameOf));
    const facts = factsOf({ packs, used, lost: new Set(), cut: new Set(), unreferenced: 0 });
    return planPrune(facts, pruneDefaults).repack.length;
  };
  assert.deepEqual([repacked(9), repacked(10)], [0, 10]);
});

test('the pack with the greatest share of unneeded bytes goes first, and no more than must', () => {
  const data = (name: number, length: number): BlobModel => ({
    name,
    type: 'data',
    length,
    compressed: true,
  });
  const packs = [
    [data(1, 9_000_000), data(2, 1_000_000)],
    [data(3, 2_000_000), data(4, 8_000_000)],
    [data(5, 10_000_000)],
  ];
  const used = new Set([1, 3, 5].map(name => `data ${name}`));
  const facts = factsOf({ packs, used, lost: new Set(), cut: new Set(), unreferenced: 0 });
  const limits: PruneLimits = { ...pruneDefaults, maxUnused: () => 2_000_000 };
  assert.deepEqual(
    planPrune(facts, limits).repack.map(({ id, reason, unused }) => [id, reason, unused]),
    [[packId(1), 'partly-used', 8_000_000]],
  );
  assert.equal(planPrune(facts, { ...limits, maxUnused: () => 0 }).repack.length, 2);
});
