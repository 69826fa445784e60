import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBackup } from '#archive/stored/backups.ts';
import type { ExecResult } from '#kube/api.ts';
import { textAt } from '#kube/fields.ts';
import { formatKey, groupResource, keyOf } from '#kube/objects.ts';
import { openLocation } from '#storage/locations.ts';
import {
  compareObjects,
  explain,
  formatDifference,
  type Listed,
  type NewNames,
} from '#testbed/demo/compare.ts';
import { takeInventory } from '#testbed/demo/inventory.ts';
import { restoreReasons } from '#testbed/demo/reasons.ts';
import { clusterScoped, copies, deployScene, type Scene, setScene } from '#testbed/demo/scene.ts';
import { Shell } from '#testbed/demo/shell.ts';
import { estateNamespaces } from '#testbed/estate/deploy.ts';
import { untilReady } from '#testbed/estate/readiness.ts';
import { removeProjects } from '#testbed/estate/removal.ts';
import { toStderr } from '#testbed/narration.ts';
import { typeNamed } from '#testbed/openshift/kinds.ts';

const { web, orders } = estateNamespaces;
const projects = [web, orders];

let scene: Scene;
let shell: Shell;
let said = '';
/** Everything as it was when it was backed up. */
let inventory: Listed[];

before(async () => {
  scene = await setScene({ narrate: toStderr });
  const { home, cluster } = scene;
  const output = (text: string): void => {
    said += text;
  };
  shell = new Shell({
    home,
    kubeconfig: cluster.kubeconfig,
    kubectl: cluster.kubectl,
    terminal: false,
    output,
  });
  await deployScene(scene.client);
  const { endpoint, region } = scene.store;
  const s3 = ['--endpoint', endpoint, '--path-style', '--region', region, '--ca-file', '~/ca.crt'];
  await hozon(
    'location',
    'add',
    'store',
    `s3://${scene.bucket}`,
    ...s3,
    '--credentials-file',
    '~/.aws/credentials',
  );
});

after(() => scene?.[Symbol.asyncDispose]());

async function hozon(...words: string[]): Promise<string> {
  said = '';
  const { exitCode, stdout } = await shell.run(['hozon', ...words]);
  assert.equal(exitCode, 0, said);
  return stdout;
}

async function inDatabase(...command: string[]): Promise<string> {
  const pod = { namespace: orders, name: 'orders-db-0' };
  const { exitCode, stdout, stderr }: ExecResult = await scene.client.exec(pod, {
    container: 'orders-db',
    command,
  });
  assert.equal(exitCode, 0, stderr);
  return stdout;
}

/** Compares what was backed up with what is there now; each difference must have a reason. */
async function compareWith(names: NewNames): Promise<Map<string, number>> {
  const now = await takeInventory(
    scene.client,
    projects.map(each => names[each] ?? each),
  );
  const { groups, unexplained } = explain(compareObjects(inventory, now, names), restoreReasons, names);
  assert.deepEqual(unexplained.map(formatDifference), []);
  return new Map(groups.map(({ reason, differences }) => [reason.title, differences.length]));
}

async function pageOf(namespace: string): Promise<string> {
  const pods = await typeNamed(scene.client, 'pods');
  const labelSelector = 'deploymentconfig=ruby-ex';
  const [pod] = await Array.fromAsync(scene.client.list(pods, { namespace, labelSelector }));
  assert.ok(pod);
  const command = ['wget', '-qO-', 'http://127.0.0.1:8080/'];
  return (await scene.client.exec({ namespace, name: pod.metadata.name }, { command })).stdout;
}

test('the estate is backed up while its database is quiesced', async () => {
  const row = Number(await inDatabase('orders-insert', 'before the backup'));
  inventory = await takeInventory(scene.client, projects);
  await hozon('backup', 'create', '--from-file', 'backup.yaml');
  const backup = JSON.parse(await hozon('backup', 'get', 'before-the-disaster', '-o', 'json')) as object;
  assert.equal(textAt(backup, 'status', 'phase'), 'Completed', said);
  const history = /quiesced rows=(\d+)\nreleased\n/.exec(
    await inDatabase('cat', '/var/lib/orders/history.log'),
  );
  assert.ok(Number(history?.[1]) >= row, 'every row was in the volume when the pod was backed up');
  const archived = await archivedKeys();
  const missing = inventory
    .filter(({ object }) => object.metadata.namespace !== undefined)
    .map(({ type, object }) => `${groupResource(type)} ${formatKey(keyOf(object))}`)
    .filter(key => !archived.has(key));
  assert.deepEqual(missing, []);
  for (const [resource, name] of clusterScoped) assert.ok(archived.has(`${resource} ${name}`), name);
});

async function archivedKeys(): Promise<Set<string>> {
  const store = await openLocation({ url: scene.url });
  try {
    await using archive = await openBackup(store, 'before-the-disaster');
    const types = await archive.types();
    const keys = types.flatMap(type =>
      [...archive.keys(type)].map(key => `${groupResource(type)} ${formatKey(key)}`),
    );
    return new Set(keys);
  } finally {
    await store.close();
  }
}

test('deleted, it comes back under its own names and runs', async () => {
  await removeProjects(scene.client, projects);
  for (const [resource, name] of clusterScoped)
    await scene.client.delete(await typeNamed(scene.client, resource), { name });
  await hozon('restore', 'create', 'back', '--from-backup', 'before-the-disaster');
  await untilReady(scene.client, projects);
  const explained = await compareWith({});
  assert.ok(explained.has('a new identity') && explained.has('another cluster IP'));
  assert.match(await pageOf(web), /Welcome to your Ruby application/);
  assert.match(await inDatabase('cat', '/var/lib/orders/history.log'), /^started rows=0\n/);
});

test('it is restored beside itself, under other names, and runs there too', async () => {
  const names = { [web]: copies.web, [orders]: copies.orders };
  const mapping = Object.entries(names).map(pair => pair.join(':'));
  const words = ['--from-backup', 'before-the-disaster', '--namespace-mappings', mapping.join(',')];
  await hozon('restore', 'create', 'copies', ...words);
  await untilReady(scene.client, Object.values(names));
  const explained = await compareWith(names);
  assert.ok(explained.has('the new name of the project'));
  assert.match(await pageOf(copies.web), /Welcome to your Ruby application/);
  assert.equal(await inDatabase('test', '-e', '/run/orders/ready'), '');
});
