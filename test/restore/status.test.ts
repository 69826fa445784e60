import assert from 'node:assert/strict';
import { test } from 'node:test';
import { valueAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { definition, service } from './objects.ts';
import { restored, restoreOf, scene, storeBackup } from './scene.ts';

const current = scene();

interface Widgets {
  readonly resource: string;
  readonly definition: KubeObject;
  readonly widget: (name: string, metadata?: Partial<KubeObject['metadata']>) => KubeObject;
}

/** A custom type of a namespace, with or without a status subresource, and objects of it that have a status. */
function widgets(namespace: string, subresource: boolean): Widgets {
  const group = `${namespace}.${subresource ? 'sub' : 'plain'}.example`;
  const made = definition('widgets', 'Widget', group);
  const versions = (made['spec'] as { versions: object[] }).versions.map(version =>
    subresource ? { ...version, subresources: { status: {} } } : version,
  );
  return {
    resource: `widgets.${group}`,
    definition: { ...made, spec: { ...(made['spec'] as object), versions } },
    widget: (name, metadata = {}) => ({
      apiVersion: `${group}/v1`,
      kind: 'Widget',
      metadata: { ...metadata, name, namespace },
      spec: { size: 1 },
      status: { phase: 'Ready' },
    }),
  };
}

const annotated = (value: string) => ({ annotations: { 'velero.io/restore-status': value } });

test('status comes back for the types that are asked for, with or without the subresource', async () => {
  const { store, namespace, get } = current();
  const ns = namespace('status');
  const [sub, plain] = [widgets(ns, true), widgets(ns, false)];
  const ingress = [{ ip: '192.0.2.9', ipMode: 'VIP' }];
  const balanced = { ...service(ns, 'web', { type: 'LoadBalancer' }), status: { loadBalancer: { ingress } } };
  const backup = await storeBackup(store, [
    sub.definition,
    plain.definition,
    sub.widget('asked'),
    sub.widget('not', annotated(' False')),
    plain.widget('asked'),
    balanced,
  ]);
  const restoreStatus = { includedResources: ['svc', 'widgets.*'], excludedResources: [] };
  const { said, restore } = await restored(current(), restoreOf(backup, { restoreStatus }));
  assert.deepEqual([said, restore.status?.phase], [[], 'Completed']);
  const status = async (resource: string, name: string) =>
    (await get(resource, { namespace: ns, name }))?.['status'];
  assert.deepEqual(await status(sub.resource, 'asked'), { phase: 'Ready' });
  assert.equal(await status(sub.resource, 'not'), undefined);
  assert.deepEqual(await status(plain.resource, 'asked'), { phase: 'Ready' });
  assert.deepEqual(valueAt(await status('services', 'web'), 'loadBalancer', 'ingress'), ingress);
});

test('an object asks for its own status by annotation; what is neither true nor false is told', async () => {
  const { store, namespace, get } = current();
  const ns = namespace('own-status');
  const { definition, resource, widget } = widgets(ns, true);
  const backup = await storeBackup(store, [
    definition,
    widget('asks', annotated('TRUE')),
    widget('plain'),
    widget('unclear', annotated('maybe')),
  ]);
  const { said } = await restored(current(), restoreOf(backup));
  assert.deepEqual(said, [
    `warning ${resource}/unclear: annotation velero.io/restore-status is "maybe", neither true nor false; it was passed over`,
  ]);
  const status = async (name: string) => (await get(resource, { namespace: ns, name }))?.['status'];
  assert.deepEqual(await status('asks'), { phase: 'Ready' });
  assert.deepEqual([await status('plain'), await status('unclear')], [undefined, undefined]);
  const { said: unknown } = await restored(
    current(),
    restoreOf(backup, { restoreStatus: { includedResources: ['gadgets'] } }),
  );
  assert.match(unknown.join('\n'), /restoreStatus.includedResources names gadgets/);
});

test('a status that the server refuses is a warning of an object that is there', async () => {
  const { store, namespace, get } = current();
  const ns = namespace('refused-status');
  const bad = { ...service(ns, 'web'), status: { loadBalancer: { ingress: [{ ip: 'not an address' }] } } };
  const backup = await storeBackup(store, [bad]);
  const restoreStatus = { includedResources: ['*'] };
  const { said, resources } = await restored(current(), restoreOf(backup, { restoreStatus }));
  assert.match(said.join('\n'), /^warning services\/web: it was restored, but not its status: .*ingress/);
  assert.deepEqual(resources['v1/Service'], [`${ns}/web(created)`]);
  assert.ok(await get('services', { namespace: ns, name: 'web' }));
});

test('what an earlier restore was stopped before giving, its status, it is given by the next one', async () => {
  const { store, namespace, get, client, type } = current();
  const ns = namespace('status-later');
  const { definition, resource, widget } = widgets(ns, true);
  const backup = await storeBackup(store, [definition, widget('bare'), widget('hollow'), widget('ruled')]);
  await restored(current(), restoreOf(backup));
  const ofControllers = { hollow: { conditions: [], balancer: {} }, ruled: { phase: 'Waiting' } };
  for (const [name, status] of Object.entries(ofControllers)) {
    const patch = { type: 'merge' as const, body: { status } };
    await client.patch(await type(resource), { namespace: ns, name }, patch, { subresource: 'status' });
  }
  const restoreStatus = { includedResources: ['*'] };
  const { said } = await restored(current(), restoreOf(backup, { restoreStatus }));
  assert.deepEqual(said, []);
  const status = async (name: string) => (await get(resource, { namespace: ns, name }))?.['status'];
  assert.deepEqual(await status('bare'), { phase: 'Ready' });
  assert.deepEqual(await status('hollow'), { phase: 'Ready' });
  assert.deepEqual(await status('ruled'), { phase: 'Waiting' });
});
