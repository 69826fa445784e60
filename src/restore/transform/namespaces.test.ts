import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isFields } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { withMappedNamespaces } from './namespaces.ts';

const map = (mapping: Record<string, string>) => (namespace: string) =>
  Object.hasOwn(mapping, namespace) ? (mapping[namespace] ?? namespace) : namespace;

const names = ['a', 'b', 'c', 'd'] as const;
const name = fc.constantFrom(...names);
/** A mapping that may rename in a circle. */
const mapping = fc
  .tuple(fc.shuffledSubarray([...names]), fc.shuffledSubarray([...names, 'x', 'y']))
  .map(([from, to]) =>
    Object.fromEntries(from.slice(0, to.length).map((each, at) => [each, to[at] ?? each])),
  );

const { tree } = fc.letrec(tie => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    fc.oneof(name, fc.integer(), fc.constant(null)),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('namespace', 'name', 'ref', 'kubernetes.io/metadata.name'), tie('tree'), {
      noNullPrototype: true,
    }),
  ),
}));

/** Every namespace that a tree names in a field called so, in the order of the fields. */
function namespacesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namespacesIn);
  if (!isFields(value)) return [];
  return Object.entries(value).flatMap(([key, field]) =>
    ['namespace', 'kubernetes.io/metadata.name'].includes(key) && typeof field === 'string'
      ? [field]
      : namespacesIn(field),
  );
}

test('every namespace field is mapped once, whatever the mapping, and nothing else changes', () => {
  fc.assert(
    fc.property(mapping, name, tree, fc.array(name), (renames, namespace, spec, subjects) => {
      const object: KubeObject = {
        apiVersion: 'example.com/v1',
        kind: 'Thing',
        metadata: { name: 'a', namespace, labels: { namespace: 'a' }, annotations: { namespace: 'b' } },
        spec,
        subjects: subjects.map(each => ({ kind: 'ServiceAccount', name: 'a', namespace: each })),
      };
      const before = structuredClone(object);
      const after = withMappedNamespaces(object, map(renames));
      assert.deepEqual(object, before);
      assert.equal(after.metadata.namespace, map(renames)(namespace));
      const { labels, annotations, name } = after.metadata;
      assert.deepEqual(
        { labels, annotations, name },
        { labels: before.metadata.labels, annotations: before.metadata.annotations, name: 'a' },
      );
      assert.deepEqual(namespacesIn(after['spec']), namespacesIn(spec).map(map(renames)));
      assert.deepEqual(namespacesIn(after['subjects']), subjects.map(map(renames)));
      const blank = (value: unknown) =>
        JSON.stringify(value).replaceAll(/"(namespace|kubernetes.io\/metadata.name)":"\w"/g, '');
      assert.equal(blank(after['spec']), blank(spec));
    }),
  );
});

test('what ConfigMaps and Secrets hold is left alone', () => {
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'x', namespace: 'a' },
    data: { namespace: 'a' },
  };
  assert.deepEqual(withMappedNamespaces(object, map({ a: 'b' })), {
    ...object,
    metadata: { name: 'x', namespace: 'b' },
  });
});

test('names of accounts and of their groups follow, in bindings and in constraints', () => {
  const constraints: KubeObject = {
    apiVersion: 'security.openshift.io/v1',
    kind: 'SecurityContextConstraints',
    metadata: { name: 'x' },
    users: ['system:serviceaccount:a:app', 'system:serviceaccount:b:app', 'a'],
    groups: ['system:serviceaccounts:a', 'system:authenticated'],
  };
  const mapped = withMappedNamespaces(constraints, map({ a: 'b', b: 'a' }));
  assert.deepEqual(mapped['users'], ['system:serviceaccount:b:app', 'system:serviceaccount:a:app', 'a']);
  assert.deepEqual(mapped['groups'], ['system:serviceaccounts:b', 'system:authenticated']);
  const old: KubeObject = {
    apiVersion: 'authorization.openshift.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'x', namespace: 'a' },
    userNames: ['system:serviceaccount:a:app'],
    groupNames: ['system:serviceaccounts:a'],
  };
  const binding = withMappedNamespaces(old, map({ a: 'b' }));
  assert.deepEqual(binding['userNames'], ['system:serviceaccount:b:app']);
  assert.deepEqual(binding['groupNames'], ['system:serviceaccounts:b']);
});
