import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { connect, type KubeClient } from '#kube/client/client.ts';
import type { KubeObject } from '#kube/objects.ts';
import { type OwnCluster, startCluster } from '#testbed/cluster/cluster.ts';
import { generatedLabel, namespacesOf } from '#testbed/estate/generated-objects.ts';
import { generateEstate, removeGenerated } from '#testbed/estate/generator.ts';
import { mixedShape, sizeOf } from '#testbed/estate/shape.ts';
import { typeNamed } from '#testbed/openshift/kinds.ts';

/** The controller manager copies the labels of a Service to these. */
const derived = new Set(['endpoints', 'endpointslices']);

describe('the generator of large estates', () => {
  let cluster: OwnCluster;
  let client: KubeClient;

  before(async () => {
    cluster = await startCluster({ mode: 'light' });
    client = await connect({ kubeconfig: cluster.kubeconfig });
  });

  after(async () => {
    await client.close();
    await cluster.stop();
  });

  async function generated(name: string): Promise<KubeObject[]> {
    const found: KubeObject[] = [];
    const labelSelector = `${generatedLabel}=${name}`;
    for (const type of (await client.discover({ refresh: true })).preferred)
      if (type.verbs.includes('list') && !derived.has(type.resource))
        for await (const object of client.list(type, { labelSelector })) found.push(object);
    return found;
  }

  test('creates every object of its shape and removes them all, finalizers notwithstanding', async () => {
    const shape = mixedShape('mixed', 3);
    const told: number[] = [];
    await generateEstate(client, shape, { progress: event => told.push(event.done) });
    assert.equal(told.at(-1), sizeOf(shape));
    const found = await generated('mixed');
    assert.equal(found.length, sizeOf(shape));
    const uids = new Map(found.map(each => [each.metadata.uid, each]));
    const owned = found.filter(each => each.metadata.ownerReferences !== undefined);
    assert.equal(owned.length, 18);
    for (const { metadata } of owned) {
      const owner = uids.get(metadata.ownerReferences?.[0]?.uid);
      assert.deepEqual([owner?.kind, owner?.metadata.namespace], ['Widget', metadata.namespace]);
    }
    assert.ok(found.some(each => (each.metadata.finalizers ?? []).length > 0));
    await removeGenerated(client, 'mixed');
    assert.deepEqual(await generated('mixed'), []);
    const namespaces = await typeNamed(client, 'namespaces');
    for (const name of namespacesOf(shape)) assert.equal(await client.get(namespaces, { name }), undefined);
  });

  test('an estate is found by its own name only', async () => {
    await generateEstate(client, { ...mixedShape('one', 1), webhooks: false });
    await generateEstate(client, { ...mixedShape('two', 1), webhooks: false });
    await removeGenerated(client, 'one');
    assert.deepEqual(await generated('one'), []);
    assert.equal((await generated('two')).length, sizeOf({ ...mixedShape('two', 1), webhooks: false }));
  });
});
