import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { same } from '#kube/diff/same.ts';
import { isFields } from '#kube/fields.ts';
import { mergePatch } from './same.ts';

/** RFC 7386, section 2. */
function patched(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const result: Record<string, unknown> = isFields(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = patched(result[key], value);
  }
  return result;
}

const { tree } = fc.letrec(tie => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<unknown>(null, true, 1, 2, 'a', 'b'),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('tree'), { noNullPrototype: true }),
  ),
}));
const fields = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), tree, { noNullPrototype: true });

test('a patch makes an object say what is wanted, and a second one has nothing to do', () => {
  fc.assert(
    fc.property(fields, fields, (there, wanted) => {
      const patch = mergePatch(there, wanted);
      const result = patched(there, patch) as Record<string, unknown>;
      assert.ok(same(result, wanted), JSON.stringify({ patch, result }));
      assert.deepEqual(mergePatch(result, wanted), {});
      assert.equal(Object.keys(patch).length === 0, same(there, wanted));
    }),
  );
});

test('what is null is absent, what is empty is not; order in lists counts', () => {
  assert.ok(same({ a: 1 }, { a: 1, c: null }));
  assert.ok(!same({ namespaceSelector: {} }, {}));
  assert.ok(!same({ a: [1, 2] }, { a: [2, 1] }));
  assert.ok(!same({ a: 0 }, {}));
  assert.ok(!same({ a: '' }, {}));
  fc.assert(
    fc.property(tree, tree, (a, b) => {
      assert.ok(same(a, structuredClone(a)));
      assert.equal(same(a, b), same(b, a));
    }),
  );
});
