import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { groupResource, type KubeObject, type ResourceType } from '#kube/objects.ts';
import { parseSelector } from '#kube/selector-text.ts';
import { matches } from '#kube/selectors.ts';
import { rounds } from '#testbed/soak.ts';
import { plainSelection } from '../filters/selection.ts';
import { objectOf, sampleType, sampleTypes } from '../testing/types.ts';
import { type ListCall, planCollection } from './plan.ts';

const pods = sampleType('pods');
const nodes = sampleType('nodes');

function plan(input: Partial<Parameters<typeof planCollection>[0]>) {
  return planCollection({
    types: [pods, nodes],
    namespaces: undefined,
    selection: plainSelection([]),
    ordered: new Map(),
    ...input,
  });
}

suite('the plan of lists', () => {
  test('is one list a type for whole clusters', () => {
    assert.deepEqual(plan({}), [
      [{ type: pods, first: [], lists: [{}] }],
      [{ type: nodes, first: [], lists: [{}] }],
    ]);
  });

  test('asks for chosen namespaces each, and for cluster-scoped types once', () => {
    assert.deepEqual(
      plan({ namespaces: ['a', 'b'] }).flatMap(lane => lane.map(({ lists }) => lists)),
      [[{ namespace: 'a' }, { namespace: 'b' }], [{}]],
    );
    assert.deepEqual(
      plan({ namespaces: [] }).flatMap(lane => lane.map(({ lists }) => lists)),
      [[], [{}]],
    );
  });

  test('asks for each selector by itself', () => {
    const selectors = [parseSelector('app=web'), parseSelector('tier in (a,b),!old')];
    assert.deepEqual(
      plan({ types: [pods], selection: plainSelection(selectors), namespaces: ['a'] })[0]?.[0]?.lists,
      [
        { namespace: 'a', labelSelector: 'app=web' },
        { namespace: 'a', labelSelector: 'tier in (a,b),!old' },
      ],
    );
  });

  test('lets pods, claims and volumes follow each other and everything else go at once', () => {
    const types = ['secrets', 'pods', 'persistentvolumeclaims', 'persistentvolumes', 'widgets.example.com'];
    const lanes = plan({ types: types.map(sampleType) });
    assert.deepEqual(
      lanes.map(lane => lane.map(({ type }) => groupResource(type))),
      [['pods', 'persistentvolumeclaims', 'persistentvolumes'], ['secrets'], ['widgets.example.com']],
    );
  });

  test('names what is stored first', () => {
    const ordered = new Map([['pods', [{ namespace: 'a', name: 'x' }]]]);
    assert.deepEqual(plan({ ordered })[0]?.[0]?.first, [{ namespace: 'a', name: 'x' }]);
  });

  test('yields exactly what is in the namespaces and fits a selector', () => {
    const label = fc.constantFrom('app=web', 'app!=web', 'tier in (a,b)', '!old', 'old');
    const selectors = fc.array(label, { maxLength: 3 });
    const namespaces = fc.option(fc.uniqueArray(fc.constantFrom('n1', 'n2', 'n3', 'n4')), { nil: undefined });
    const labels = fc.dictionary(fc.constantFrom('app', 'tier', 'old'), fc.constantFrom('web', 'a', 'b'));
    const object = fc.record({
      type: fc.constantFrom(...sampleTypes),
      ns: fc.constantFrom('n1', 'n2', 'n3', 'n4'),
      labels,
    });
    fc.assert(
      fc.property(selectors, namespaces, object, (texts, places, { type, ns, labels }) => {
        const parsed = texts.map(parseSelector);
        const live = objectOf(type, { name: 'x', labels, ...(type.namespaced ? { namespace: ns } : {}) });
        const lanes = planCollection({
          types: [type],
          namespaces: places,
          selection: plainSelection(parsed),
          ordered: new Map(),
        });
        const found = lanes.flat().some(({ lists }) => lists.some(call => yields(call, type, live)));
        const placed = !type.namespaced || places === undefined || places.includes(ns);
        const fits = parsed.length === 0 || parsed.some(selector => matches(selector, labels));
        assert.equal(found, placed && fits);
      }),
      { numRuns: rounds(250) },
    );
  });
});

/** Whether a server's answer to the list has the object. */
function yields(
  { namespace, labelSelector }: ListCall,
  type: ResourceType,
  { metadata }: KubeObject,
): boolean {
  const placed = !type.namespaced || namespace === undefined || namespace === metadata.namespace;
  return placed && (labelSelector === undefined || matches(parseSelector(labelSelector), metadata.labels));
}
