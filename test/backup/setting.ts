import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { Backup, BackupSpec } from '#api/velero/backup.ts';
import { readRunIdentity } from '#archive/runs/run-identity.ts';
import { openBackup } from '#archive/stored/backups.ts';
import { type BackupOptions, type BackupOutcome, createBackup } from '#backup/create-backup.ts';
import { systemClock } from '#foundation/clock.ts';
import type { KubeApi } from '#kube/api.ts';
import type { KubeClient } from '#kube/client/client.ts';
import type { Discovery } from '#kube/discovery.ts';
import { formatKey, groupResource, type KubeObject, keyOf, type ResourceType } from '#kube/objects.ts';
import { openLocation } from '#storage/locations.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import type { Cluster, ClusterMode } from '#testbed/cluster/cluster.ts';
import { clientOf, sharedCluster, type TestNamespace, uniqueName, uniqueNamespace } from '#testbed/shared.ts';

/** The shared cluster and an administrator's client of it, for the tests of one file. */
export interface Setting {
  readonly cluster: Cluster;
  readonly client: KubeClient;
  readonly discovery: () => Promise<Discovery>;
  readonly type: (name: string) => Promise<ResourceType>;
  /** Makes the object; its namespace is removed by its own test. */
  readonly create: (resource: string, object: KubeObject) => Promise<KubeObject>;
  /** A namespace for all tests of the file, removed after them. */
  readonly place: (prefix: string) => Promise<string>;
}

/** The result must not be used before the tests run. */
export function backupSetting(
  mode: ClusterMode,
  prepare: (setting: Setting) => Promise<void> = async () => {},
) {
  let setting: Setting | undefined;
  const places: TestNamespace[] = [];
  before(async () => {
    const cluster = await sharedCluster(mode);
    const client = await clientOf(cluster);
    const type = async (name: string): Promise<ResourceType> => {
      const known = (await client.discover()).byName(name);
      const found = known ?? (await client.discover({ refresh: true })).byName(name);
      if (found === undefined) throw new Error(`no type ${name}`);
      return found;
    };
    setting = {
      cluster,
      client,
      discovery: () => client.discover({ refresh: true }),
      type,
      create: async (resource, object) => client.create(await type(resource), object),
      place: async prefix => {
        const place = await uniqueNamespace(client, prefix);
        places.push(place);
        return place.name;
      },
    };
    await prepare(setting);
  });
  after(async () => {
    for (const place of places) await place[Symbol.asyncDispose]();
    await setting?.client.close();
  });
  return (): Setting => {
    if (setting === undefined) throw new Error('the cluster is not up yet');
    return setting;
  };
}

export interface TestStore extends AsyncDisposable {
  readonly store: ObjectStore;
  /** Of the directory. */
  readonly path: string;
  /** Every key. */
  keys(): Promise<string[]>;
}

/** A location in a directory of its own, removed at the end of the block. */
export async function directoryStore(): Promise<TestStore> {
  const path = await mkdtemp(join(tmpdir(), 'hozon-backup-'));
  const store = await openLocation({ url: `file://${path}` });
  return {
    store,
    path,
    keys: () => keysOf(store),
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await rm(path, { recursive: true, force: true });
    },
  };
}

export async function keysOf(store: ObjectStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list('')) keys.push(key);
  return keys;
}

export function backupNamed(name: string, spec: BackupSpec): Backup {
  return { apiVersion: 'velero.io/v1', kind: 'Backup', metadata: { name }, spec };
}

export interface RunOptions extends Partial<BackupOptions> {
  readonly api: KubeApi;
  readonly store: ObjectStore;
}

/** Runs a backup, with a name of its own unless one is given. */
export async function runBackup(
  spec: BackupSpec,
  options: RunOptions,
  name = uniqueName('b'),
): Promise<BackupOutcome & { readonly name: string }> {
  const outcome = await createBackup(backupNamed(name, spec), {
    locationName: 'default',
    identity: await readRunIdentity(),
    clock: systemClock,
    veleroNamespace: 'velero',
    ...options,
  });
  return { ...outcome, name };
}

/** What a stored archive holds: `pods ns/name` → the object. */
export async function contentsOf(store: ObjectStore, name: string): Promise<Map<string, KubeObject>> {
  await using archive = await openBackup(store, name);
  const contents = new Map<string, KubeObject>();
  for (const type of await archive.types()) {
    for await (const object of archive.read(type)) contents.set(itemName(type, object), object);
  }
  return contents;
}

export function itemName(type: ResourceType, object: KubeObject): string {
  return `${groupResource(type)} ${formatKey(keyOf(object))}`;
}

/** The findings of a severity as a reader sees them: `pods/name: text`, sorted. */
export function findingsOf({ report }: BackupOutcome, severity: 'warning' | 'error'): string[] {
  return report.findings
    .filter(finding => finding.severity === severity)
    .map(({ subject, text }) => `${subject?.resource ?? ''}/${subject?.name ?? ''}: ${text.en()}`)
    .sort();
}

/** Runs a backup into a directory of its own and reads it back. */
export async function backedUp(spec: BackupSpec, options: Partial<RunOptions> & Pick<RunOptions, 'api'>) {
  await using location = await directoryStore();
  const outcome = await runBackup(spec, { store: location.store, ...options });
  const contents = await contentsOf(location.store, outcome.name);
  return {
    ...outcome,
    contents,
    names: [...contents.keys()].sort(),
    warnings: findingsOf(outcome, 'warning'),
    errors: findingsOf(outcome, 'error'),
  };
}

export function secret(namespace: string, name: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    stringData: { password: 'hunter2' },
  };
}

export function configMap(namespace: string, name: string, extra: Partial<KubeObject> = {}): KubeObject {
  const { metadata, ...rest } = extra;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...metadata, name, namespace },
    data: { text: randomBytes(8).toString('hex') },
    ...rest,
  };
}
