import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRunIdentity } from '#archive/runs/run-identity.ts';
import { createBackup } from '#backup/create-backup.ts';
import { systemClock } from '#foundation/clock.ts';
import { listAt, textAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import {
  compareObjects,
  explain,
  formatDifference,
  type Listed,
  type NewNames,
} from '#testbed/demo/compare.ts';
import { takeInventory } from '#testbed/demo/inventory.ts';
import { restoreReasons } from '#testbed/demo/reasons.ts';
import { namespacesOf } from '#testbed/estate/generated-objects.ts';
import { generateEstate, removeGenerated } from '#testbed/estate/generator.ts';
import { mixedShape } from '#testbed/estate/shape.ts';
import { uniqueName, untilFurnished } from '#testbed/shared.ts';
import { restored, restoreOf, scene } from './scene.ts';

const current = scene();

async function backedUp(namespaces: readonly string[]): Promise<string> {
  const { client, store } = current();
  const name = uniqueName('backup');
  const spec = { includedNamespaces: [...namespaces] };
  const { backup, report } = await createBackup(
    { apiVersion: 'velero.io/v1', kind: 'Backup', metadata: { name }, spec },
    {
      api: client,
      store,
      locationName: 'test',
      identity: await readRunIdentity(),
      clock: systemClock,
      veleroNamespace: 'velero',
    },
  );
  assert.equal(backup.status?.phase, 'Completed', JSON.stringify(report.results()));
  return name;
}

/** What differs and has no reason that a person would accept. */
function unexplained(before: readonly Listed[], after: readonly Listed[], names: NewNames = {}): string[] {
  const { unexplained } = explain(compareObjects(before, after, names), restoreReasons, names);
  return unexplained.map(formatDifference);
}

/** Objects in namespaces, and the namespaces themselves. */
function ofNamespaces(inventory: readonly Listed[]): Listed[] {
  return inventory.filter(
    ({ type, object }) => object.metadata.namespace !== undefined || type.resource === 'namespaces',
  );
}

/** Waits until the controllers have looked at every Deployment, and then at every ReplicaSet. */
async function settled(namespaces: readonly string[]): Promise<void> {
  const { client, type } = current();
  const deployments = await type('deployments.apps');
  for (const namespace of namespaces) {
    await untilFurnished(client, namespace);
    const waiting = new Set<string>();
    for await (const { metadata } of client.list(deployments, { namespace })) waiting.add(metadata.name);
    const signal = AbortSignal.timeout(180_000);
    for await (const event of client.watch(deployments, { namespace, signal })) {
      if (event.type !== 'BOOKMARK' && isSettled(event.object)) waiting.delete(event.object.metadata.name);
      if (waiting.size === 0) break;
    }
  }
}

function isSettled(deployment: KubeObject): boolean {
  const conditions = listAt(deployment, 'status', 'conditions').map(condition => textAt(condition, 'type'));
  const revision = textAt(deployment, 'metadata', 'annotations', 'deployment.kubernetes.io/revision');
  return revision !== undefined && conditions.includes('Available') && conditions.includes('Progressing');
}

test('an estate that was backed up and deleted comes back, field by field, and beside itself', async () => {
  const { client, namespace } = current();
  const shape = mixedShape(uniqueName('trip'), 2);
  const namespaces = namespacesOf(shape);
  await generateEstate(client, shape);
  await settled(namespaces);
  const before = ofNamespaces(await takeInventory(client, namespaces));
  const backup = await backedUp(namespaces);
  await removeGenerated(client, shape.name);
  assert.deepEqual(ofNamespaces(await takeInventory(client, namespaces)), []);

  const first = await restored(current(), restoreOf(backup));
  assert.deepEqual(first.said, []);
  assert.equal(first.restore.status?.phase, 'Completed');
  await settled(namespaces);
  const after = ofNamespaces(await takeInventory(client, namespaces));
  assert.ok(before.length > 80);
  assert.deepEqual(unexplained(before, after), []);

  const again = await restored(current(), restoreOf(backup));
  assert.deepEqual(again.said, []);
  const outcomes = new Set(
    Object.values(again.resources)
      .flat()
      .map(entry => entry.slice(entry.indexOf('('))),
  );
  assert.deepEqual(outcomes, new Set(['(skipped)']));

  const [original = ''] = namespaces;
  const copy = namespace('trip-copy');
  const mapping = { [original]: copy };
  const beside = await restored(
    current(),
    restoreOf(backup, { includedNamespaces: [original], namespaceMapping: mapping }),
  );
  assert.deepEqual(beside.said, []);
  const ofOriginal = before.filter(
    ({ object: { metadata } }) => (metadata.namespace ?? metadata.name) === original,
  );
  await settled([copy]);
  const copied = ofNamespaces(await takeInventory(client, [copy]));
  assert.deepEqual(unexplained(ofOriginal, copied, mapping), []);
  for (const { object } of copied) {
    const metadata = { ...object.metadata, managedFields: [], annotations: {} };
    assert.equal(
      JSON.stringify({ ...object, metadata }).includes(`"${original}"`),
      false,
      object.metadata.name,
    );
  }
  await removeGenerated(client, shape.name);
});
