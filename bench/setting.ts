import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type KubeClient } from '#kube/client/client.ts';
import { type Cluster, startCluster } from '#testbed/cluster/cluster.ts';
import { toStderr } from '#testbed/narration.ts';
import { type ObjectStoreState, startObjectStore } from '#testbed/object-store/object-store.ts';
import { build } from '../scripts/build.ts';
import { makeUser } from './fairness.ts';
import type { Tool } from './processes.ts';

/** The user of the cluster that Hozon runs as. */
export const toolUser = 'hozon';

/** A light cluster, an S3 server with one bucket, and Hozon as it is published. */
export interface Setting extends AsyncDisposable {
  readonly cluster: Cluster;
  /** An administrator's, exempt from priority and fairness. */
  readonly admin: KubeClient;
  readonly store: ObjectStoreState;
  readonly bucket: string;
  readonly tool: Tool;
  /** The bucket, below a prefix of the tool's own: for the tool and for this process. */
  readonly location: string;
}

export async function makeSetting(signal?: AbortSignal): Promise<Setting> {
  await using parts = new AsyncDisposableStack();
  const cluster = parts.use(await startCluster({ mode: 'light', signal }));
  const store = parts.use(await startObjectStore({ signal }));
  const bucket = 'bench';
  await store.createBucket(bucket);
  const admin = parts.use(await connect({ kubeconfig: cluster.kubeconfig }));
  const directory = await mkdtemp(join(tmpdir(), 'hozon-bench-'));
  parts.defer(() => rm(directory, { recursive: true }));
  toStderr('building Hozon');
  await build(join(directory, 'dist'));
  const home = join(directory, 'home');
  await mkdir(home, { mode: 0o700 });
  const env = { KUBECONFIG: await makeUser(cluster, admin, toolUser), LANG: 'C.UTF-8' };
  const tool: Tool = { program: join(directory, 'dist/hozon.js'), home, env, signal };
  const all = parts.move();
  return {
    cluster,
    admin,
    store,
    bucket,
    tool,
    location: await locationOf(store, bucket, home),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

async function locationOf(store: ObjectStoreState, bucket: string, home: string): Promise<string> {
  const { endpoint, region, caFile, accessKeyId, secretAccessKey } = store;
  const credentials = join(home, 'credentials');
  const lines = [
    '[default]',
    `aws_access_key_id = ${accessKeyId}`,
    `aws_secret_access_key = ${secretAccessKey}`,
  ];
  await writeFile(credentials, `${lines.join('\n')}\n`, { mode: 0o600 });
  const url = new URL(`s3://${bucket}/hozon`);
  const trusted = caFile === undefined ? {} : { ca: caFile };
  const parameters = { endpoint, region, 'path-style': 'true', 'credentials-file': credentials, ...trusted };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}
