import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { rounds } from '#testbed/soak.ts';
import { fieldChanges, formatPath } from './changes.ts';
import { hiddenValue, withoutSecrets } from './hidden.ts';
import { patched } from './patched.ts';
import { canonical, same } from './same.ts';

const leaves = fc.oneof(
  fc.string({ maxLength: 3 }),
  fc.integer({ min: 0, max: 3 }),
  fc.boolean(),
  fc.constant(null),
);
const names = fc.constantFrom('name', 'key', 'a', 'b', 'constructor', '__proto__', 'x.y/z');
const { json } = fc.letrec(tie => ({
  json: fc.oneof({ maxDepth: 4 }, leaves, tie('list'), tie('fields'), tie('elements')),
  list: fc.array(tie('json'), { maxLength: 4 }),
  fields: fc.dictionary(names, tie('json'), { maxKeys: 4, noNullPrototype: true }),
  elements: fc.uniqueArray(fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd', 1), value: tie('json') }), {
    maxLength: 5,
    selector: element => element.name,
  }),
}));
const objects = fc.dictionary(names, json, { maxKeys: 5, noNullPrototype: true });

test('patching a by the difference gives b, and there is none exactly where they are the same', () => {
  fc.assert(
    fc.property(objects, objects, (a, b) => {
      const changes = fieldChanges(a, b);
      assert.ok(same(patched(a, changes), b), JSON.stringify({ a, b, changes }));
      assert.equal(changes.length === 0, same(a, b));
      assert.equal(canonical(a) === canonical(b), same(a, b));
    }),
    { numRuns: rounds(250) },
  );
});

test('an edited copy differs in what was edited', () => {
  fc.assert(
    fc.property(objects, json, (a, value) => {
      const changes = fieldChanges(a, { ...a, edited: value });
      assert.deepEqual(
        changes.map(({ path }) => formatPath(path)),
        same(value, null) ? [] : ['edited'],
      );
    }),
  );
});

function told(before: unknown, after: unknown): string[] {
  return fieldChanges(before, after).map(
    ({ path, ...values }) => `${formatPath(path)} ${JSON.stringify(values)}`,
  );
}

test('elements are told apart by their names, wherever they stand', () => {
  const before = {
    containers: [
      { name: 'web', image: 'web:1' },
      { name: 'log', image: 'log:1' },
    ],
  };
  const after = {
    containers: [
      { name: 'init', image: 'i' },
      { name: 'web', image: 'web:2' },
      { name: 'log', image: 'log:1' },
    ],
  };
  assert.deepEqual(told(before, after), [
    'containers[name=web].image {"before":"web:1","after":"web:2"}',
    'containers[name=init] {"after":{"name":"init","image":"i"},"at":0}',
  ]);
  assert.deepEqual(told({ args: ['a', 'b'] }, { args: ['b'] }), ['args {"before":["a","b"],"after":["b"]}']);
  assert.deepEqual(told({ 'x.y/z': 1 }, {}), ['["x.y/z"] {"before":1}']);
});

test('what a Secret holds is never in a change, whatever it is wrapped in', () => {
  const secret = (more: object) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, ...more });
  const held = 'aHVudGVyMg==';
  const forms = [
    secret({ data: { password: held } }),
    secret({ data: { password: 'b3RoZXI=' } }),
    secret({ data: held }),
    secret({ stringData: { password: held }, type: 'Opaque' }),
    secret({}),
    secret({
      metadata: { name: 's', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': held } },
    }),
  ];
  for (const before of forms) {
    for (const after of forms) {
      const shown = JSON.stringify(withoutSecrets(after, fieldChanges(before, after)));
      assert.ok(!shown.includes(held), shown);
      if (before !== after) assert.ok(shown.includes(hiddenValue) || shown.includes('Opaque'), shown);
    }
  }
  const settings = { apiVersion: 'v1', kind: 'ConfigMap' };
  assert.deepEqual(withoutSecrets(settings, fieldChanges({ data: 1 }, { data: 2 })), [
    { path: ['data'], before: 1, after: 2 },
  ]);
});
