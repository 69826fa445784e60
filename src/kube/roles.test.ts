import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { KubeObject } from './objects.ts';
import { type Right, rolesFor } from './roles.ts';

interface Rule {
  readonly apiGroups: string[];
  readonly resources: string[];
  readonly resourceNames?: string[];
  readonly verbs: string[];
}

interface Question {
  readonly resource: string;
  readonly verb: string;
  readonly namespace: string | undefined;
  readonly name: string;
}

/** As an API server decides it. */
function allows(roles: readonly KubeObject[], { resource, verb, namespace, name }: Question): boolean {
  const dot = resource.indexOf('.');
  const [plural, group] = dot < 0 ? [resource, ''] : [resource.slice(0, dot), resource.slice(dot + 1)];
  return roles
    .filter(({ metadata }) => metadata.namespace === undefined || metadata.namespace === namespace)
    .flatMap(role => role['rules'] as Rule[])
    .some(
      rule =>
        rule.apiGroups.includes(group) &&
        rule.resources.includes(plural) &&
        rule.verbs.includes(verb) &&
        rule.resourceNames?.includes(name) !== false,
    );
}

const verbs = ['get', 'list', 'create'];
const places = [undefined, 'a', 'b'];
const resources = ['pods', 'pods/exec', 'deployments.apps', 'deployments/status.apps'];
const names = ['x', 'y'];

const questions: readonly Question[] = resources.flatMap(resource =>
  verbs.flatMap(verb =>
    places.flatMap(namespace => [...names, 'z'].map(name => ({ resource, verb, namespace, name }))),
  ),
);

const rights = fc.array(
  fc.record({
    resource: fc.constantFrom(...resources),
    verbs: fc.subarray(verbs, { minLength: 1 }),
    namespace: fc.constantFrom(...places),
    names: fc.option(fc.subarray(names, { minLength: 1 }), { nil: undefined }),
  }),
  { maxLength: 6 },
);

test('the roles allow what is asked for and nothing else', () => {
  const isAsked = (all: readonly Right[], { resource, verb, namespace, name }: Question): boolean =>
    all.some(
      right =>
        right.resource === resource &&
        right.verbs.includes(verb) &&
        (right.namespace === undefined || right.namespace === namespace) &&
        right.names?.includes(name) !== false,
    );
  fc.assert(
    fc.property(rights, all => {
      const roles = rolesFor('test', all);
      for (const question of questions) {
        assert.equal(allows(roles, question), isAsked(all, question), JSON.stringify({ question, roles }));
      }
    }),
  );
});

test('what is allowed everywhere is not repeated, and resources with the same verbs share a rule', () => {
  const roles = rolesFor('test', [
    { resource: 'pods', verbs: ['list'] },
    { resource: 'pods', verbs: ['list'], namespace: 'a' },
    { resource: 'secrets', verbs: ['list', 'get'], namespace: 'a' },
    { resource: 'configmaps', verbs: ['get', 'list'], namespace: 'a' },
  ]);
  assert.deepEqual(
    roles.map(role => [role.kind, role['rules']]),
    [
      ['ClusterRole', [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }]],
      ['Role', [{ apiGroups: [''], resources: ['configmaps', 'secrets'], verbs: ['get', 'list'] }]],
    ],
  );
});
