import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { KubeClient } from '#kube/client/client.ts';
import type { ResourceType } from '#kube/objects.ts';
import type { RestorePlan } from '#restore/plan/plan.ts';
import type { Cluster } from '#testbed/cluster/cluster.ts';
import { typeNamed } from '#testbed/openshift/kinds.ts';
import { clientOf, sharedCluster, type TestNamespace, uniqueNamespace } from '#testbed/shared.ts';
import { configMap } from '../restore/objects.ts';

const run = promisify(execFile);
const main = resolve(import.meta.dirname, '../../src/cli/main.ts');

let home = '';
let cluster: Cluster;
let client: KubeClient;
let project: TestNamespace;
let configMaps: ResourceType;

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'hozon-plan-'));
  cluster = await sharedCluster('light');
  client = await clientOf(cluster);
  project = await uniqueNamespace(client, 'planned');
  configMaps = await typeNamed(client, 'configmaps');
  for (const name of ['same', 'edited', 'gone']) await make(name, '1');
  const created = await hozon('backup', 'create', 'before', '--include-namespaces', project.name);
  assert.equal(created.code, 0, created.stderr);
  await set('edited', '2');
  await client.delete(configMaps, { namespace: project.name, name: 'gone' });
  await make('new', '1');
});

after(async () => {
  await project[Symbol.asyncDispose]();
  await client.close();
  await rm(home, { recursive: true });
});

async function make(name: string, value: string): Promise<void> {
  await client.create(configMaps, configMap(project.name, name, { value }));
}

async function set(name: string, value: string): Promise<void> {
  await client.patch(configMaps, key(name), { type: 'merge', body: { data: { value } } });
}

const key = (name: string) => ({ namespace: project.name, name });

async function valueOf(name: string): Promise<unknown> {
  return ((await client.get(configMaps, key(name)))?.['data'] as { value?: string } | undefined)?.value;
}

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function hozon(...words: string[]): Promise<Ran> {
  const location = pathToFileURL(join(home, 'backups')).href;
  const argv = [main, ...words, '--location', location, '--kubeconfig', cluster.kubeconfig];
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, LANG: 'C.UTF-8' };
  try {
    return { code: 0, ...(await run(process.execPath, argv, { env, cwd: home })) };
  } catch (failed) {
    return failed as Ran;
  }
}

const saved = (): string => join(home, 'plan.json');

test('backup plan shows what would be captured, and touches nothing', async () => {
  const { code, stdout } = await hozon('backup', 'plan', '--include-namespaces', project.name);
  assert.equal(code, 0);
  assert.match(stdout, /configmaps: +4 objects/);
  assert.equal((await hozon('backup', 'get', '-o', 'name')).stdout, 'backup.velero.io/before\n');
  const roles = await hozon('backup', 'plan', '--include-namespaces', project.name, '--rbac');
  assert.match(roles.stdout, /^kind: (Cluster)?Role$/m);
});

test('backup diff with the cluster names what was done since', async () => {
  const { code, stdout } = await hozon('backup', 'diff', 'before', 'live', '-o', 'json');
  assert.equal(code, 0);
  const { items } = JSON.parse(stdout) as { items: { change: string; resource: string; name: string }[] };
  const found = items.filter(({ resource }) => resource === 'configmaps');
  assert.deepEqual(found.map(({ change, name }) => `${change} ${name}`).toSorted(), [
    'added new',
    'changed edited',
    'removed gone',
  ]);
  assert.match((await hozon('backup', 'diff', 'before', 'live')).stdout, /edited/);
});

test('restore plan tells every object’s fate in both languages, and touches nothing', async () => {
  const words = [
    'restore',
    'plan',
    'back',
    '--from-backup',
    'before',
    '--existing-resource-policy',
    'update',
  ];
  const english = await hozon(...words);
  assert.equal(english.code, 0, english.stderr);
  assert.match(english.stdout, new RegExp(`update ${project.name}/edited`));
  assert.match(english.stdout, /configmaps: +1 create, 1 update, 2 skip/);
  assert.match((await hozon(...words, '--lang', 'ja')).stdout, /[ぁ-ん]/);
  assert.equal(await valueOf('edited'), '2');
  assert.equal(await valueOf('gone'), undefined);
  await writeFile(saved(), (await hozon(...words, '-o', 'json')).stdout);
});

test('a saved plan that no longer holds is refused, naming the object; one that holds is performed', async () => {
  await set('edited', '3');
  const refused = await hozon('restore', 'create', '--plan', saved());
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, new RegExp(`configmaps ${project.name}/edited.*restore\\.plan-outdated`));
  assert.equal(await valueOf('gone'), undefined);

  const words = [
    'restore',
    'plan',
    'back',
    '--from-backup',
    'before',
    '--existing-resource-policy',
    'update',
  ];
  const { stdout } = await hozon(...words, '-o', 'json');
  await writeFile(saved(), stdout);
  const performed = await hozon('restore', 'create', '--plan', saved());
  assert.equal(performed.code, 0, performed.stderr);
  assert.deepEqual([await valueOf('edited'), await valueOf('gone'), await valueOf('new')], ['1', '1', '1']);
  const plan = JSON.parse(stdout) as RestorePlan;
  const record = JSON.parse((await hozon('restore', 'get', 'back', '-o', 'json')).stdout);
  assert.equal(record.spec.itemOperationTimeout, '4h0m0s');
  assert.equal(plan.restore.metadata.name, record.metadata.name);
});

test('what is no plan is refused before anything is asked', async () => {
  await writeFile(saved(), '{"kind":"Restore"}');
  const { code, stderr } = await hozon('restore', 'create', '--plan', saved());
  assert.notEqual(code, 0);
  assert.match(stderr, /restore\.plan-unreadable/);
});
