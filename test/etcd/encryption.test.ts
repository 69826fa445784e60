import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { stringify } from 'yaml';
import { BoltFile } from '#etcd/bolt/bolt-file.ts';
import { encryptedAs } from '#etcd/objects/decryption.ts';
import { readEncryptionConfiguration } from '#etcd/objects/encryption-configuration.ts';
import { SnapshotReader } from '#etcd/objects/snapshot-reader.ts';
import type { StoredValue } from '#etcd/objects/stored-value.ts';
import { keysAt } from '#etcd/snapshot/key-values.ts';
import { Records } from '#etcd/snapshot/records.ts';
import { systemClock } from '#foundation/clock.ts';
import type { KubeClient } from '#kube/client/client.ts';
import { groupResource, type KubeObject, type ResourceType } from '#kube/objects.ts';
import { startCluster } from '#testbed/cluster/cluster.ts';
import { saveSnapshot } from '#testbed/cluster/etcd-snapshot.ts';
import { typeNamed } from '#testbed/openshift/kinds.ts';
import { clientOf } from '#testbed/shared.ts';
import { runHere } from '../../src/cli/testing.ts';

const secret = (): string => randomBytes(32).toString('base64');
const provider = (name: string, key: string) => ({ [name]: { keys: [{ name: 'first', secret: key }] } });
const keys = { secretbox: secret(), aescbc: secret(), aesgcm: secret() };
const configuration = {
  apiVersion: 'apiserver.config.k8s.io/v1',
  kind: 'EncryptionConfiguration',
  resources: [
    { resources: ['secrets'], providers: [provider('secretbox', keys.secretbox), { identity: {} }] },
    { resources: ['configmaps'], providers: [provider('aescbc', keys.aescbc), { identity: {} }] },
    { resources: ['serviceaccounts'], providers: [provider('aesgcm', keys.aesgcm), { identity: {} }] },
  ],
};

let directory: string;
let file: string;
const live: KubeObject[] = [];
const parts = new AsyncDisposableStack();
let client: KubeClient;
let kubeconfig = '';
/** Where the Secret is that is restored. */
let secrets: ResourceType;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-etcd-encryption-'));
  file = join(directory, 'snapshot.db');
  const config = join(directory, 'encryption.yaml');
  await writeFile(config, stringify(configuration), { mode: 0o600 });
  const flag = `--encryption-provider-config=${config}`;
  const cluster = parts.use(await startCluster({ mode: 'light', apiServerFlags: [flag] }));
  ({ kubeconfig } = cluster);
  client = parts.use(await clientOf(cluster));
  secrets = await typeNamed(client, 'secrets');
  for (const [resource, kind] of [
    ['secrets', 'Secret'],
    ['configmaps', 'ConfigMap'],
    ['serviceaccounts', 'ServiceAccount'],
  ] as const) {
    const type = await typeNamed(client, resource);
    const data = kind === 'Secret' ? { data: { password: 'c2VjcmV0' } } : { data: { text: 'plain' } };
    const body = { apiVersion: 'v1', kind, metadata: { name: 'kept', namespace: 'default' } };
    live.push(await client.create(type, kind === 'ServiceAccount' ? body : { ...body, ...data }));
  }
  await saveSnapshot(cluster.etcd, file);
});
after(async () => {
  await parts.disposeAsync();
  await rm(directory, { recursive: true });
});

async function reading(text: string | undefined) {
  const unreadable: StoredValue[] = [];
  const found: KubeObject[] = [];
  using bolt = BoltFile.open(file);
  const reader = new SnapshotReader(await keysAt(new Records(bolt)), {
    source: file,
    encryption: text === undefined ? undefined : readEncryptionConfiguration(text, 'encryption.yaml'),
    onUnreadable: value => unreadable.push(value),
  });
  for await (const { object } of reader.objects()) if (object.metadata.name === 'kept') found.push(object);
  return { found, unreadable, types: (await reader.types()).map(groupResource) };
}

test('what the API server encrypted is read with its configuration, as it answers it', async () => {
  const { found, unreadable } = await reading(stringify(configuration));
  assert.deepEqual(unreadable, []);
  for (const object of live) {
    assert.deepEqual(
      found.find(({ kind }) => kind === object.kind),
      object,
    );
  }
});

test('it is encrypted: without the keys, or with others of that name, nothing of it is read', async () => {
  using bolt = BoltFile.open(file);
  const providers = new Set<string | undefined>();
  for await (const { keyValue } of (await keysAt(new Records(bolt))).all()) {
    providers.add(encryptedAs(keyValue.value)?.provider);
  }
  for (const name of ['secretbox', 'aescbc', 'aesgcm']) assert.ok(providers.has(name), name);
  const others = JSON.stringify(configuration).replaceAll(/"secret":"[^"]+"/g, `"secret":"${secret()}"`);
  for (const text of [undefined, others]) {
    const { found, unreadable, types } = await reading(text);
    assert.deepEqual(found, []);
    assert.ok(unreadable.length >= 3 && !types.includes('secrets'));
  }
});

test('a Secret that was deleted is restored with the keys, and without them it is said to be missing', async () => {
  const key = { namespace: 'default', name: 'kept' };
  await client.delete(secrets, key);
  const env = { HOME: directory, KUBECONFIG: kubeconfig, LANG: 'C.UTF-8' };
  const words = ['--from-etcd-snapshot', file, '--include-namespaces', 'default'];
  const restoring = (resources: string, ...more: string[]) => {
    const all = ['restore', 'create', ...more, ...words, '--include-resources', resources];
    return runHere(all, { env, clock: systemClock });
  };
  const restore = (...more: string[]) => restoring('cm,secrets', ...more);
  const beside = await restoring('services', 'beside');
  assert.equal(beside.code, 0, beside.out + beside.err);
  assert.doesNotMatch(beside.out, /could not be read/);
  const without = await restore('without');
  assert.equal(without.code, 3, without.out + without.err);
  assert.match(without.out.replaceAll(/\s+/g, ' '), /values? of .* could not be read, \/registry\//);
  assert.match(without.err, /encrypted with a key that was not given; give .* by --encryption-config/);
  assert.equal(await client.get(secrets, key), undefined);
  const whole = await restore('whole', '--encryption-config', join(directory, 'encryption.yaml'));
  assert.equal(whole.code, 0, whole.out + whole.err);
  assert.deepEqual((await client.get(secrets, key))?.['data'], { password: 'c2VjcmV0' });
});

test('an export says which of what is asked for it could not read, and nothing of the rest', async () => {
  const env = { HOME: directory, LANG: 'C.UTF-8' };
  const location = pathToFileURL(await mkdtemp(join(directory, 'location-'))).href;
  const exported = (backup: string, resources: string) => {
    const words = ['--backup', backup, '--location', location, '--include-namespaces', 'default'];
    const all = ['etcd', 'snapshot', 'export', file, ...words, '--include-resources', resources];
    return runHere(all, { env, clock: systemClock });
  };
  const beside = await exported('beside', 'services');
  assert.equal(beside.code, 0, beside.out + beside.err);
  const asked = await exported('asked', '*');
  assert.equal(asked.code, 3, asked.out + asked.err);
  assert.match((asked.out + asked.err).replaceAll(/\s+/g, ' '), /could not be read, \/registry\//);
});
