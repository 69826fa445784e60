import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type KubeClient } from '#kube/client/client.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { deployEstate, estateNamespaces } from '../estate/deploy.ts';
import { estateImageRequests } from '../estate/images.ts';
import type { Narrate } from '../narration.ts';
import { startObjectStore, type TestObjectStore } from '../object-store/object-store.ts';
import { parseObjects } from '../openshift/kinds.ts';
import { startOpenShift } from '../openshift/stand-ins.ts';

/** The sample estate with objects of every kind, running on a cluster of its own, and an empty bucket for its backups. */
export interface Scene extends AsyncDisposable {
  readonly cluster: Cluster;
  /** An administrator's. */
  readonly client: KubeClient;
  readonly store: TestObjectStore;
  readonly bucket: string;
  /** Of the bucket, as a location that a process of this machine can open. */
  readonly url: string;
  /** A directory for a person who works with all this: `~/ca.crt` and `~/credentials` open the bucket. */
  readonly home: string;
}

export interface SceneOptions {
  readonly narrate: Narrate;
  readonly signal?: AbortSignal | undefined;
}

/** The projects that the estate may be restored as; the stand-ins of OpenShift's controllers play in these too. */
export const copies = { web: 'myproject-copy', orders: 'orders-copy' } as const;

/** What belongs to the estate outside of its projects: `resource.group` and name. */
export const clusterScoped: readonly (readonly [resource: string, name: string])[] = [
  ['securitycontextconstraints.security.openshift.io', 'myproject-anyuid'],
  ['customresourcedefinitions.apiextensions.k8s.io', 'orderbooks.estate.example.com'],
  ['clusterroles.rbac.authorization.k8s.io', 'orders-prod-namespace-viewer'],
  ['clusterrolebindings.rbac.authorization.k8s.io', 'orders-prod-namespace-viewer'],
  ['priorityclasses.scheduling.k8s.io', 'desk-helpers'],
];

/** Starts a cluster and an S3 server that look like OpenShift. Nothing of the estate is there yet. */
export async function setScene({ narrate, signal }: SceneOptions): Promise<Scene> {
  await using parts = new AsyncDisposableStack();
  const [started, storing] = await Promise.allSettled([
    startCluster({ narrate, signal }),
    startObjectStore({ narrate, signal }),
  ]);
  for (const each of [started, storing]) if (each.status === 'fulfilled') parts.use(each.value);
  if (started.status === 'rejected') throw started.reason;
  if (storing.status === 'rejected') throw storing.reason;
  const { value: cluster } = started;
  const { value: store } = storing;
  const importing = estateImageRequests(estateNamespaces.web).then(images => cluster.importImages(images));
  importing.catch(() => {}); // it is waited for below, unless something else fails first
  const client = parts.use(await connect({ kubeconfig: cluster.kubeconfig }));
  parts.use(await startOpenShift(client, { signal }));
  await importing;
  const bucket = 'backups';
  await store.createBucket(bucket);
  const home = await makeHome(store);
  parts.defer(() => rm(home, { recursive: true }));
  const all = parts.move();
  return {
    cluster,
    client,
    store,
    bucket,
    url: urlOf(store, bucket, home),
    home,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** Creates the estate's two projects and waits until all in them runs. */
export async function deployScene(
  client: KubeClient,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const manifest = await readFile(new URL('manifests/more-kinds.yaml', import.meta.url), 'utf8');
  await deployEstate(client, { ...options, more: parseObjects(manifest) });
}

function urlOf({ endpoint, region }: TestObjectStore, bucket: string, home: string): string {
  const url = new URL(`s3://${bucket}`);
  const files = { ca: join(home, 'ca.crt'), 'credentials-file': join(home, '.aws/credentials') };
  const parameters = { endpoint, region, 'path-style': 'true', ...files };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

async function makeHome(store: TestObjectStore): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'hozon-demo-'));
  const { accessKeyId, secretAccessKey, caFile } = store;
  const credentials = `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
  await mkdir(join(home, '.aws'), { mode: 0o700 });
  await writeFile(join(home, '.aws/credentials'), credentials, { mode: 0o600 });
  if (caFile !== undefined) await writeFile(join(home, 'ca.crt'), await readFile(caFile));
  await writeFile(
    join(home, 'backup.yaml'),
    await readFile(new URL('manifests/backup.yaml', import.meta.url)),
  );
  return home;
}
