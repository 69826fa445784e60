import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Restore } from '#api/velero/restore.ts';
import { readRestoreResourceList } from '#archive/stored/restores.ts';
import type { KubeObject } from '#kube/objects.ts';
import { configMap } from './objects.ts';
import { scene, storeBackup } from './scene.ts';

const current = scene(undefined, 'own');

const count = 2000;
/** Characters of each object's text. All of them are more than the restoring process is allowed. */
const size = 50_000;
/** MiB. */
const heap = 72;

/** Made as they are written. */
function* objects(namespace: string): Generator<KubeObject> {
  for (let index = 0; index < count; index++)
    yield configMap(namespace, `map-${index}`, { text: `${index}`.padEnd(size, 'x') });
}

test('thousands of objects come back in memory that does not grow with them', async () => {
  const { cluster, client, store, root, namespace, type } = current();
  const ns = namespace('many');
  const backup = await storeBackup(store, objects(ns));
  const program = fileURLToPath(new URL('restore-process.ts', import.meta.url));
  const given = [`--max-old-space-size=${heap}`, program, cluster.kubeconfig, root, backup];
  const { stdout } = await promisify(execFile)(process.execPath, given);
  const restore = JSON.parse(stdout) as Restore;
  assert.equal(restore.status?.phase, 'Completed');
  assert.equal(restore.status?.warnings, 0);
  const list = (await readRestoreResourceList(store, restore.metadata.name))?.['v1/ConfigMap'] ?? [];
  assert.equal(list.filter(entry => entry.endsWith('(created)')).length, count);
  let there = 0;
  for await (const { metadata } of client.list(await type('configmaps'), { namespace: ns }))
    if (metadata.name.startsWith('map-')) there++;
  assert.equal(there, count);
});
