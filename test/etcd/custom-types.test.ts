import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runHere } from '#cli/testing.ts';
import { BoltFile } from '#etcd/bolt/bolt-file.ts';
import { SnapshotReader } from '#etcd/objects/snapshot-reader.ts';
import { keysAt } from '#etcd/snapshot/key-values.ts';
import { Records } from '#etcd/snapshot/records.ts';
import type { KubeClient } from '#kube/client/client.ts';
import { groupResource, type KubeObject } from '#kube/objects.ts';
import { saveSnapshot } from '#testbed/cluster/etcd-snapshot.ts';
import { installDefinitions, typeNamed } from '#testbed/openshift/kinds.ts';
import { clientOf, sharedCluster, type TestNamespace, uniqueNamespace } from '#testbed/shared.ts';

/** Its types belong to the cluster and stay: others read this cluster meanwhile. */
const group = 'etcd-custom.example.com';
/** Names that built-in types have too: of one there are objects, of the other (clusterresourcequotas of OpenShift) none. */
const policies = definition('NetworkPolicy', 'networkpolicies');
const allowances = definition('Allowance', 'allowances', ['clusterquota']);
/** Of which there are no objects. */
const blanks = definition('Blank', 'blanks', ['blk']);

let directory = '';
let file = '';
let kubeconfig = '';
let client: KubeClient;
let shop: TestNamespace;
let blog: TestNamespace;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-etcd-custom-'));
  file = join(directory, 'snapshot.db');
  const cluster = await sharedCluster('light');
  ({ kubeconfig } = cluster);
  client = await clientOf(cluster);
  await installDefinitions(client, [policies, allowances, blanks]);
  [shop, blog] = [await uniqueNamespace(client, 'shop'), await uniqueNamespace(client, 'blog')];
  await create(policies.metadata.name, `${group}/v1`, 'NetworkPolicy', { namespace: shop.name, name: 'own' });
  await create(allowances.metadata.name, `${group}/v1`, 'Allowance', { namespace: shop.name, name: 'much' });
  const builtIn = 'networkpolicies.networking.k8s.io';
  await create(builtIn, 'networking.k8s.io/v1', 'NetworkPolicy', { namespace: blog.name, name: 'deny' });
  await saveSnapshot(cluster.etcd, file);
});
after(async () => {
  await shop?.[Symbol.asyncDispose]();
  await blog?.[Symbol.asyncDispose]();
  await client?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

function definition(kind: string, plural: string, shortNames: readonly string[] = []): KubeObject {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, singular: kind.toLowerCase(), kind, shortNames },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
}

async function create(
  type: string,
  apiVersion: string,
  kind: string,
  metadata: KubeObject['metadata'],
): Promise<void> {
  const spec = { podSelector: {} };
  await client.create(await typeNamed(client, type), { apiVersion, kind, metadata, spec });
}

async function hozon(...words: readonly string[]) {
  return runHere(words, { env: { HOME: directory, KUBECONFIG: kubeconfig, LANG: 'C.UTF-8' } });
}

/** The names that are listed, of the namespaces that are made here. */
async function listed(word: string, ...flags: readonly string[]): Promise<string[]> {
  const { code, out, err } = await hozon('etcd', 'snapshot', 'ls', file, word, ...flags, '-o', 'json');
  assert.equal(code, 0, err);
  const { items } = JSON.parse(out) as { readonly items: readonly Record<string, string>[] };
  return items
    .filter(({ namespace = '' }) => [shop.name, blog.name].includes(namespace))
    .map(({ type, name }) => `${type} ${name}`);
}

test('a custom type is found by a short name that a built-in type without objects has too', async () => {
  for (const within of [[], ['-n', shop.name], ['-l', '!app']])
    assert.deepEqual(await listed('clusterquota', ...within), [`allowances.${group} much`], within.join());
});

test('what a word means does not hang on whether a namespace is given', async () => {
  const builtIn = 'networkpolicies.networking.k8s.io deny';
  assert.deepEqual(await listed('networkpolicies'), [builtIn]);
  assert.deepEqual(await listed('networkpolicies', '-n', blog.name), [builtIn]);
  assert.deepEqual(await listed('networkpolicies', '-n', shop.name), []);
  assert.deepEqual(await listed(`networkpolicies.${group}`, '-n', shop.name), [
    `networkpolicies.${group} own`,
  ]);
  const search = ['etcd', 'snapshot', 'search', file, '', 'networkpolicies', '--field', 'metadata.name'];
  for (const [namespace, expected] of [
    [blog.name, `networkpolicies.networking.k8s.io/${blog.name}/deny\n`],
    [shop.name, ''],
  ] as const)
    assert.equal((await hozon(...search, '-n', namespace, '-o', 'name')).out, expected);
});

test('types that no etcd stores are refused, those that are only declared are known, and have no objects', async () => {
  assert.deepEqual(await listed('blk'), []);
  for (const word of ['deployments.extensions', 'componentstatuses', 'events.events.k8s.io']) {
    const { code, err } = await hozon('etcd', 'snapshot', 'ls', file, word);
    assert.equal(code, 2, err);
    assert.match(err, /etcd\.type-unknown/);
  }
  using bolt = BoltFile.open(file);
  const reader = new SnapshotReader(await keysAt(new Records(bolt)), { source: file });
  const ours = (await reader.types()).filter(type => type.group === group).map(groupResource);
  assert.deepEqual(ours, [`allowances.${group}`, `networkpolicies.${group}`]);
  const known = (await reader.knownTypes()).filter(type => type.group === group).map(groupResource);
  assert.deepEqual(known, [`allowances.${group}`, `blanks.${group}`, `networkpolicies.${group}`]);
});

test('a restore says that the snapshot has no objects of a type that it is asked for', async () => {
  const types = `blanks.${group},allowances.${group}`;
  const from = ['--from-etcd-snapshot', file, '--include-namespaces', shop.name];
  const { out, err } = await hozon('restore', 'plan', ...from, '--include-resources', types);
  const text = (out + err).replaceAll(/\s+/g, ' ');
  assert.match(text, new RegExp(`includedResources names blanks\\.${group}, which the backup does not hold`));
  assert.doesNotMatch(text, /names allowances/);
});
