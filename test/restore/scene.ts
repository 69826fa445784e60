import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { Backup } from '#api/velero/backup.ts';
import type { Restore, RestoreSpec } from '#api/velero/restore.ts';
import { createArchive } from '#archive/contents/archive-writer.ts';
import { beginBackup } from '#archive/runs/backup-run.ts';
import { readRunIdentity } from '#archive/runs/run-identity.ts';
import { createRunReport } from '#archive/runs/run-report.ts';
import { readRestoreResourceList } from '#archive/stored/restores.ts';
import type { VolumeInfo } from '#archive/stored/volume-info.ts';
import { systemClock } from '#foundation/clock.ts';
import type { KubeApi } from '#kube/api.ts';
import type { KubeClient } from '#kube/client/client.ts';
import { type KubeObject, type ObjectKey, parseApiVersion, type ResourceType } from '#kube/objects.ts';
import { createRestore, type RestoreOptions, type RestoreOutcome } from '#restore/create-restore.ts';
import { backupsIn } from '#restore/source.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { type Cluster, type ClusterMode, startCluster } from '#testbed/cluster/cluster.ts';
import { clientOf, sharedCluster, uniqueName } from '#testbed/shared.ts';

/** A cluster, without kubelet unless a file asks for one, and a store of the test file's own. */
export interface Scene {
  readonly cluster: Cluster;
  readonly client: KubeClient;
  readonly store: ObjectStore;
  /** The directory behind the store. */
  readonly root: string;
  /** The name of a namespace that nobody has; it is deleted when the file ends. */
  readonly namespace: (prefix?: string) => string;
  /** Deletes a cluster-scoped object when the file ends. */
  readonly cleanLater: (resource: string, name: string) => void;
  readonly type: (resource: string) => Promise<ResourceType>;
  readonly get: (resource: string, key: ObjectKey) => Promise<KubeObject | undefined>;
}

/**
 * The scene is set, and prepared, while the tests of the file that calls this run. (Hooks of a file's top level do
 * not wait for each other, hence `prepare`.) With `own` the cluster is of the file's own: etcd never shrinks.
 */
export function scene(
  prepare: (scene: Scene) => Promise<void> = async () => {},
  mode: ClusterMode | 'own' = 'light',
): () => Scene {
  let set: Scene | undefined;
  let end = async (): Promise<void> => {};
  before(async () => {
    const own = mode === 'own' ? await startCluster({ mode: 'light' }) : undefined;
    const cluster = own ?? (await sharedCluster(mode === 'own' ? 'light' : mode));
    const client = await clientOf(cluster);
    const root = await mkdtemp(join(tmpdir(), 'hozon-restore-'));
    const leftovers: [resource: string, name: string][] = [];
    const made = { cluster, client, root, store: new FilesystemStore(root), ...lookups(client, leftovers) };
    end = async () => {
      for (const [resource, name] of leftovers.reverse()) {
        const type = (await client.discover({ refresh: true })).byName(resource);
        if (type !== undefined) await client.delete(type, { name });
      }
      await client.close();
      await own?.stop();
      await rm(root, { recursive: true, force: true });
    };
    await prepare(made);
    set = made;
  });
  after(() => end());
  return () => {
    if (set === undefined) throw new Error('the scene is not set yet');
    return set;
  };
}

function lookups(client: KubeApi, leftovers: [string, string][]) {
  const type = async (resource: string): Promise<ResourceType> => {
    const discovery = await client.discover();
    const found = discovery.byName(resource) ?? (await client.discover({ refresh: true })).byName(resource);
    if (found === undefined) throw new Error(`no type ${resource}`);
    return found;
  };
  return {
    type,
    get: async (resource: string, key: ObjectKey) => client.get(await type(resource), key),
    cleanLater: (resource: string, name: string) => {
      leftovers.push([resource, name]);
    },
    namespace: (prefix = 'restore') => {
      const name = uniqueName(prefix);
      leftovers.push(['namespaces', name]);
      return name;
    },
  };
}

/** The type of an object that no cluster has to serve. */
export function typeOf(object: KubeObject, resource?: string): ResourceType {
  return {
    ...parseApiVersion(object.apiVersion),
    kind: object.kind,
    resource: resource ?? pluralOf(object.kind),
    namespaced: object.metadata.namespace !== undefined,
    verbs: ['get', 'list'],
    shortNames: [],
    singular: object.kind.toLowerCase(),
  };
}

function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  if (lower === 'endpoints' || lower === 'securitycontextconstraints') return lower;
  if (/(s|ss|x|ch)$/.test(lower)) return `${lower}es`;
  return lower.endsWith('y') ? `${lower.slice(0, -1)}ies` : `${lower}s`;
}

export interface StoredOptions {
  readonly phase?: string;
  readonly volumeInfos?: readonly VolumeInfo[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly started?: Date;
}

/** Stores a backup that holds these objects, and resolves to its name. */
export async function storeBackup(
  store: ObjectStore,
  objects: Iterable<KubeObject>,
  { phase = 'Completed', volumeInfos = [], labels = {}, started = new Date() }: StoredOptions = {},
): Promise<string> {
  const name = uniqueName('backup');
  const options = { identity: await readRunIdentity(), clock: systemClock };
  const run = await beginBackup(store, name, options);
  const archive = createArchive();
  const write = async (): Promise<void> => {
    for (const object of objects) await archive.add(typeOf(object), object);
    await archive.finish();
  };
  await Promise.all([run.putArchive(archive.bytes), write()]);
  const backup: Backup = {
    apiVersion: 'velero.io/v1',
    kind: 'Backup',
    metadata: { name, namespace: 'velero', labels },
    spec: {},
    status: { phase, formatVersion: '1.1.0', startTimestamp: started.toISOString() },
  };
  const log = await createRunReport(systemClock).log();
  await run.commit(backup, { log, results: { warnings: {}, errors: {} }, resourceList: {}, volumeInfos });
  return name;
}

export function restoreOf(backupName: string, spec: Partial<RestoreSpec> = {}): Restore {
  return {
    apiVersion: 'velero.io/v1',
    kind: 'Restore',
    metadata: { name: uniqueName('restore') },
    spec: { backupName, ...spec },
  };
}

/** What a restore came to, in plain form. */
export interface Restored extends RestoreOutcome {
  readonly resources: Record<string, string[]>;
  /** `warning configmaps/settings: …` in the order in which they came. */
  readonly said: readonly string[];
}

/** Runs a restore against the scene's cluster. */
export async function restored(
  { client, store }: Pick<Scene, 'client' | 'store'>,
  wanted: Restore,
  options: Partial<RestoreOptions> = {},
): Promise<Restored> {
  const outcome = await createRestore(wanted, {
    api: client,
    source: backupsIn(store),
    store,
    identity: await readRunIdentity(),
    clock: systemClock,
    veleroNamespace: 'velero',
    ...options,
  });
  const resources = (await readRestoreResourceList(store, wanted.metadata.name)) ?? {};
  const said = outcome.report.findings.map(({ severity, subject, text }) => {
    const about = [subject?.resource, subject?.name].filter(Boolean).join('/');
    return `${severity} ${about}: ${text.en()}`;
  });
  return { ...outcome, resources, said };
}
