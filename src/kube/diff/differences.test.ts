import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { formatKey, groupResource, type KubeObject, keyOf, type ResourceType } from '../objects.ts';
import type { ResourceReader } from '../resource-reader.ts';
import { formatPath } from './changes.ts';
import { type Difference, differences, type Side } from './differences.ts';

const configMaps = typeNamed('configmaps', 'ConfigMap');
const secrets = typeNamed('secrets', 'Secret');

function typeNamed(resource: string, kind: string): ResourceType {
  const names = { shortNames: [], singular: kind.toLowerCase() };
  return { group: '', version: 'v1', resource, kind, namespaced: true, verbs: ['list', 'get'], ...names };
}

function thing({ kind }: ResourceType, namespace: string, name: string, data: unknown): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { namespace, name }, data };
}

/** A source with these objects; the reads of single ones are counted. */
function sideOf(objects: readonly KubeObject[], view: Side['view'] = (_, object) => object) {
  const gets: string[] = [];
  const ofType = (type: ResourceType) => objects.filter(object => object.kind === type.kind);
  const reader: ResourceReader = {
    source: 'test',
    types: async () => [configMaps, secrets].filter(type => ofType(type).length > 0),
    async *read(type) {
      yield* ofType(type);
    },
    async get(type, key) {
      gets.push(`${groupResource(type)} ${formatKey(key)}`);
      return ofType(type).find(object => formatKey(keyOf(object)) === formatKey(key));
    },
  };
  return { gets, reader, view };
}

async function found(a: Side, b: Side): Promise<string[]> {
  const told = ({ change, resource, namespace, name, fields }: Difference): string =>
    [change, resource, `${namespace}/${name}`, ...fields.map(({ path }) => formatPath(path))].join(' ');
  return (await Array.fromAsync(differences(a, b))).map(told);
}

test('objects that say the same are never read again', async () => {
  const a = sideOf([
    thing(configMaps, 'n', 'same', { x: 1, y: 2 }),
    thing(configMaps, 'n', 'other', { x: 1 }),
  ]);
  const b = sideOf([
    thing(configMaps, 'n', 'other', { x: 2 }),
    thing(configMaps, 'n', 'same', { y: 2, x: 1 }),
  ]);
  assert.deepEqual(await found(a, b), ['changed configmaps n/other data.x']);
  assert.deepEqual(a.gets, ['configmaps n/other']);
  assert.deepEqual(b.gets, []);
});

test('a type that one side lacks, and a name under which the other side has an object', async () => {
  const a = sideOf([thing(configMaps, 'shop', 'x', 1), thing(configMaps, 'shop', 'y', 1)], (_, object) => ({
    ...object,
    metadata: { ...object.metadata, namespace: 'copy' },
  }));
  const b = sideOf([thing(configMaps, 'copy', 'x', 1), thing(secrets, 'copy', 's', 1)]);
  assert.deepEqual(await found(a, b), ['removed configmaps copy/y', 'added secrets copy/s']);
});

test('what is found is what is different, whatever the order', async () => {
  const estate = fc.uniqueArray(
    fc.record({
      type: fc.constantFrom(configMaps, secrets),
      name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      data: fc.integer({ min: 0, max: 2 }),
    }),
    { selector: ({ type, name }) => `${type.resource} ${name}` },
  );
  await fc.assert(
    fc.asyncProperty(estate, estate, async (before, after) => {
      const sideWith = (things: typeof before) =>
        sideOf(things.map(({ type, name, data }) => thing(type, 'n', name, { data })));
      const seen = (await found(sideWith(before), sideWith(after)))
        .map(line => line.replace(/ data.*/, ''))
        .sort();
      const keyed = (things: typeof before) =>
        new Map(things.map(({ type, name, data }) => [`${type.resource} n/${name}`, data]));
      const [there, wanted] = [keyed(before), keyed(after)];
      const expected = [
        ...[...wanted.keys()].filter(key => !there.has(key)).map(key => `added ${key}`),
        ...[...there.keys()].filter(key => !wanted.has(key)).map(key => `removed ${key}`),
        ...[...there]
          .filter(([key, data]) => wanted.has(key) && wanted.get(key) !== data)
          .map(([key]) => `changed ${key}`),
      ];
      assert.deepEqual(seen, expected.sort());
    }),
  );
});
