import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { connect, type KubeClient } from '#kube/client/client.ts';
import type { KubeObject } from '#kube/objects.ts';
import { type Cluster, startCluster } from '../../cluster/cluster.ts';
import { type HostedClusters, startHostedClusters } from '../../hosted/hosted-clusters.ts';
import { hostedClusterObjects } from '../../hosted/requests.ts';
import type { Narrate } from '../../narration.ts';
import { startObjectStore, type TestObjectStore } from '../../object-store/object-store.ts';

/** A management cluster with HyperShift's stand-in, and an S3 server that its pods reach. */
export interface HostedScene extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly client: KubeClient;
  readonly hosted: HostedClusters;
  /** A prefix of a bucket, as the pods and this machine reach it. */
  readonly url: string;
  /** A directory for a person who works with all this: `west.yaml`, `ca.crt`, `password`, and credentials for S3. */
  readonly home: string;
}

export async function setHostedScene(options: {
  readonly narrate: Narrate;
  readonly signal: AbortSignal;
}): Promise<HostedScene> {
  await using parts = new AsyncDisposableStack();
  const cluster = parts.use(await startCluster(options));
  const store = parts.use(await startObjectStore({ ...options, podAddress: cluster.node?.address }));
  const client = parts.use(await connect({ kubeconfig: cluster.kubeconfig }));
  const { narrate } = options;
  const hosting = { namespace: 'clusters', caFile: store.caFile, narrate };
  const hosted = parts.use(await startHostedClusters(cluster, hosting));
  const bucket = 'hosted-etcd';
  await store.createBucket(bucket);
  const home = await makeHome(store);
  parts.defer(() => rm(home, { recursive: true }));
  const all = parts.move();
  return {
    cluster,
    client,
    hosted,
    url: urlOf(store, bucket, home),
    home,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

function urlOf({ podEndpoint = '', region }: TestObjectStore, bucket: string, home: string): string {
  const files = `ca=${home}/ca.crt&credentials-file=${home}/.aws/credentials`;
  return `s3://${bucket}/west?endpoint=${podEndpoint}&path-style=true&region=${region}&${files}`;
}

async function makeHome(store: TestObjectStore): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'hozon-demo-'));
  const { accessKeyId, secretAccessKey, caFile } = store;
  const credentials = `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
  await mkdir(join(home, '.aws'), { mode: 0o700 });
  const secret = { mode: 0o600 };
  await writeFile(join(home, '.aws/credentials'), credentials, secret);
  await writeFile(join(home, 'password'), 'kept in a safe\n', secret);
  await writeFile(join(home, 'west.yaml'), rendered(), secret);
  if (caFile !== undefined) await writeFile(join(home, 'ca.crt'), await readFile(caFile));
  return home;
}

/** The manifest of a hosted cluster, as whoever makes one keeps it. */
function rendered(): string {
  return hostedClusterObjects('clusters', { name: 'west' }).map(document).join('---\n');
}

function document(object: KubeObject): string {
  const comment =
    object.kind === 'HostedCluster' ? '# The shop of the west; ask Aiko before changing it.\n' : '';
  return `${comment}${stringify(object)}`;
}
