import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { anything, assert as assertProperty, dictionary, property, string } from 'fast-check';
import { changesBetween, formatPath } from './changes.ts';

function lines(before: unknown, after: unknown): string[] {
  return changesBetween(before, after).map(
    each => `${formatPath(each.path)}: ${JSON.stringify(each.before)} → ${JSON.stringify(each.after)}`,
  );
}

test('fields that were changed, lost and added are told one by one', () => {
  const before = { spec: { replicas: 2, paused: true, selector: { app: 'web' } } };
  const after = { spec: { replicas: 3, selector: { app: 'web', tier: 'front' } } };
  assert.deepEqual(lines(before, after), [
    'spec.replicas: 2 → 3',
    'spec.paused: true → undefined',
    'spec.selector.tier: undefined → "front"',
  ]);
});

test('a map that came or went is told entry by entry, an empty one as itself', () => {
  assert.deepEqual(lines({}, { labels: { 'velero.io/backup-name': 'b', app: 'web' } }), [
    'labels["velero.io/backup-name"]: undefined → "b"',
    'labels.app: undefined → "web"',
  ]);
  assert.deepEqual(lines({ emptyDir: {} }, {}), ['emptyDir: {} → undefined']);
  assert.deepEqual(lines({ args: ['a'] }, {}), ['args[0]: "a" → undefined']);
});

test('elements of a list are found by their names', () => {
  const web = { name: 'web', image: 'web:1' };
  const proxy = { name: 'proxy', image: 'proxy:1' };
  assert.deepEqual(lines([web, proxy], [proxy, web]), ['[order]: "web, proxy" → "proxy, web"']);
  assert.deepEqual(lines([web, proxy], [web]).length, 2);
  assert.deepEqual(lines([web], [proxy, { ...web, image: 'web:2' }]), [
    '[web].image: "web:1" → "web:2"',
    '[proxy].name: undefined → "proxy"',
    '[proxy].image: undefined → "proxy:1"',
  ]);
  const mounts = [
    { name: 'data', mountPath: '/a' },
    { name: 'data', mountPath: '/b' },
  ];
  assert.deepEqual(lines(mounts, [mounts[1]]), [
    '[/a].name: "data" → undefined',
    '[/a].mountPath: "/a" → undefined',
  ]);
});

test('elements without names of their own are compared by their places', () => {
  assert.deepEqual(lines(['sh', '-c', 'a'], ['sh', '-c', 'b', 'c']), [
    '[2]: "a" → "b"',
    '[3]: undefined → "c"',
  ]);
  const twice = [
    { name: 'x', value: 1 },
    { name: 'x', value: 2 },
  ];
  assert.deepEqual(lines(twice, [twice[1], twice[0]]), ['[0].value: 1 → 2', '[1].value: 2 → 1']);
});

test('values of other kinds differ as wholes', () => {
  assert.deepEqual(lines({ port: { a: 1 } }, { port: 'http' }), ['port: {"a":1} → "http"']);
  assert.deepEqual(lines({ list: [1] }, { list: { a: 1 } }), ['list: [1] → {"a":1}']);
  assert.deepEqual(lines({ value: null }, { value: 0 }), ['value: null → 0']);
});

test('whatever differs as JSON is found, and only that', () => {
  const json = anything({ withNullPrototype: false }).map(value =>
    JSON.parse(JSON.stringify(value) ?? 'null'),
  );
  const object = dictionary(string(), json, { noNullPrototype: true });
  assertProperty(
    property(object, object, (before, after) => {
      assert.deepEqual(changesBetween(before, structuredClone(before)), []);
      assert.equal(changesBetween(before, after).length === 0, isDeepStrictEqual(before, after));
      for (const change of changesBetween(before, after))
        assert.notEqual(JSON.stringify(change.before), JSON.stringify(change.after));
    }),
  );
});
