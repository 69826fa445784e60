import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isHozonError } from '#foundation/errors.ts';
import type { KubeObject } from '#kube/objects.ts';
import { applyStrategicMerge } from '#restore/modifiers/strategic-merge.ts';
import { live } from '../kube/live.ts';

// The API server is the oracle: it applies random patches as a dry run, and ours must give the same.

const up = live('light');

const letters = ['a', 'b', 'c', 'd'];
const name = fc.constantFrom(...letters);

const env = fc.record({ name, value: fc.constantFrom('1', '2') });
const container = fc.record({
  name,
  image: fc.constantFrom('x', 'y'),
  env: fc.uniqueArray(env, { selector: each => each.name, maxLength: 4 }),
});
const containers = fc
  .tuple(container, container, container, container)
  .map(list => list.map((each, index) => ({ ...each, name: letters[index] ?? '' })))
  .chain(list => fc.shuffledSubarray(list, { minLength: 4 }));

const envPatch = fc.oneof(
  { arbitrary: env, weight: 4 },
  fc.record({ name, $patch: fc.constant('delete') }),
  fc.record({ name, value: fc.constant(null) }),
);
// In the order of $setElementOrder, or the API server refuses the patch.
const envPatches = fc
  .uniqueArray(envPatch, { selector: each => each.name, minLength: 1, maxLength: 4 })
  .map(list => list.toSorted((a, b) => a.name.localeCompare(b.name)));
const containerPatch = fc.oneof(
  {
    arbitrary: fc.record(
      {
        name,
        image: fc.constantFrom('x', 'y', 'z'),
        args: fc.array(name, { maxLength: 3 }),
        env: envPatches,
        '$setElementOrder/env': fc.constant(letters.map(each => ({ name: each }))),
      },
      { requiredKeys: ['name', 'image', 'env'] },
    ),
    weight: 5,
  },
  fc.record({ name, $patch: fc.constant('delete') }),
  // Directives inside of a new element are carried out here and stay in the way there.
  container.map(each => ({ ...each, name: 'new' })),
);
const patch = fc.record({
  metadata: fc.record({
    labels: fc.dictionary(name, fc.constantFrom('1', '2', null), { maxKeys: 3 }),
    finalizers: fc.uniqueArray(fc.constantFrom('x.io/1', 'x.io/2'), { maxLength: 2 }),
  }),
  spec: fc.record({
    template: fc.record({
      spec: fc.record({
        containers: fc.uniqueArray(containerPatch, { selector: each => each.name, maxLength: 4 }),
        tolerations: fc.array(fc.record({ key: name, operator: fc.constant('Exists') }), { maxLength: 2 }),
      }),
    }),
  }),
});

function deployment(namespace: string, list: readonly unknown[]): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'oracle', namespace, labels: { a: '1' }, finalizers: ['x.io/1'] },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: 'x' } },
      template: { metadata: { labels: { app: 'x' } }, spec: { containers: list } },
    },
  };
}

/** What the patch is about, in a form that does not know absent from empty, as the API server does not. */
function shown(object: Readonly<Record<string, unknown>>): unknown {
  const { metadata, spec } = object as unknown as {
    metadata: KubeObject['metadata'];
    spec: { template: { spec: { containers: Record<string, unknown>[]; tolerations?: unknown[] } } };
  };
  return {
    labels: metadata.labels ?? {},
    finalizers: metadata.finalizers ?? [],
    tolerations: spec.template.spec.tolerations ?? [],
    containers: spec.template.spec.containers.map(each => ({
      name: each['name'],
      image: each['image'],
      args: each['args'] ?? [],
      env: ((each['env'] ?? []) as { name: string; value?: string }[]).map(one => [
        one.name,
        one.value ?? '',
      ]),
    })),
  };
}

test('strategic merges give what the API server gives', async () => {
  const { client, namespace } = up();
  const type = up().type('deployments.apps');
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(containers, patch, async (list, change) => {
      const key = { namespace, name: 'oracle' };
      const live = await client.create(type, deployment(namespace, list));
      try {
        const theirs = await client.patch(type, key, { type: 'strategic', body: change }, { dryRun: true });
        assert.deepEqual(shown(applyStrategicMerge('Deployment', live, change)), shown(theirs));
        compared++;
      } catch (thrown) {
        // A patch that empties the list or leaves a container without an image is refused as a whole.
        if (!isHozonError(thrown, 'kube.invalid')) throw thrown;
      } finally {
        await client.patch(type, key, { type: 'merge', body: { metadata: { finalizers: null } } });
        await client.delete(type, key, { propagation: 'Background' });
      }
    }),
    { numRuns: 40, endOnFailure: true },
  );
  assert.ok(compared > 15, `${compared} patches were accepted`);
});

test('directives and keys of other lists give what the API server gives', async () => {
  const { client, namespace } = up();
  const type = up().type('services');
  const service: KubeObject = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'svc', namespace },
    spec: { selector: { a: '1', b: '2' }, ports: [80, 81, 82].map(port => ({ name: `p${port}`, port })) },
  };
  const live = await client.create(type, service);
  const patches: Record<string, unknown>[] = [
    {
      spec: {
        ports: [
          { port: 81, name: 'renamed' },
          { port: 90, name: 'new' },
        ],
      },
    },
    { spec: { ports: [{ port: 80, $patch: 'delete' }] } },
    { spec: { ports: [{ $patch: 'replace' }, { port: 99, name: 'only' }] } },
    { spec: { $retainKeys: ['ports', 'selector', 'clusterIP'], selector: { $patch: 'replace', c: '3' } } },
    { spec: { selector: { a: null, d: '4' } } },
    { spec: { '$setElementOrder/ports': [{ port: 82 }, { port: 80 }, { port: 81 }] } },
    { metadata: { finalizers: ['x.io/1'], '$deleteFromPrimitiveList/finalizers': ['x.io/2'] } },
  ];
  for (const change of patches) {
    const theirs = await client.patch(
      type,
      { namespace, name: 'svc' },
      { type: 'strategic', body: change },
      { dryRun: true },
    );
    const ours = applyStrategicMerge('Service', live, change) as unknown as KubeObject;
    const part = (object: KubeObject) => {
      const { ports, selector } = object['spec'] as { ports: Record<string, unknown>[]; selector: unknown };
      return [selector, ports.map(({ name, port }) => [name, port]), object.metadata.finalizers ?? []];
    };
    assert.deepEqual(part(ours), part(theirs), JSON.stringify(change));
  }
});
