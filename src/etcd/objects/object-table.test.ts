import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { rounds } from '#testbed/soak.ts';
import { type ListedObject, ObjectTable } from './object-table.ts';

const some = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

const listed: fc.Arbitrary<ListedObject> = fc
  .record({
    type: some('pods', 'configmaps', 'deployments.apps'),
    namespace: some(undefined, '', 'shop', 'shop-2'),
    name: fc.oneof(some('a', 'b', 'ab', 'a-b', 'ü', '\u{1f600}', '\uffee'), fc.string({ maxLength: 3 })),
    created: some(undefined, null, '', '2026-11-21T00:00:00Z', '2026-11-21T00:00:00.5Z', 'never'),
    revision: fc.nat(),
    size: fc.nat(),
    odd: fc.boolean(),
  })
  .map(({ odd, ...row }) => ({
    ...row,
    key: `/registry/${row.type}/${row.namespace ?? '-'}/${odd ? 'x' : ''}${row.name}`,
  }));

function inOrder(a: ListedObject, b: ListedObject): number {
  const keys = (row: ListedObject): string[] => [row.namespace ?? '', row.type, row.name];
  const [of, other] = [keys(a), keys(b)];
  const at = of.findIndex((key, index) => key !== other[index]);
  return at < 0 ? 0 : (of[at] ?? '') < (other[at] ?? '') ? -1 : 1;
}

test('it gives what it was given, in order, those that are equal last one first', () => {
  fc.assert(
    fc.property(fc.array(listed, { maxLength: 40 }), rows => {
      const table = new ObjectTable();
      for (const row of rows) table.add(row);
      assert.equal(table.length, rows.length);
      const expected = rows.toReversed().sort(inOrder);
      assert.deepEqual([...table], expected);
      assert.deepEqual([...table], expected);
      table.keepOnly('pods');
      assert.deepEqual(
        [...table],
        expected.filter(({ type }) => type === 'pods'),
      );
    }),
    { numRuns: rounds(70) },
  );
});
