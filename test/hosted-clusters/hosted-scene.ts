import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Ran, runHere } from '#cli/testing.ts';
import { systemClock } from '#foundation/clock.ts';
import {
  configMapType,
  deploymentType,
  readHostedCluster,
  replicasOf,
} from '#hosted-clusters/hosted-cluster.ts';
import { lockKey, readLock } from '#hosted-clusters/journal/lock-object.ts';
import { writers } from '#hosted-clusters/snapshot/writers.ts';
import type { KubeClient } from '#kube/client/client.ts';
import type { JournalRecord } from '#steps/journal.ts';
import { openLocation } from '#storage/locations.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { type HostedClusters, startHostedClusters } from '#testbed/hosted/hosted-clusters.ts';
import { clientOf, sharedCluster, sharedObjectStore, uniqueBucket } from '#testbed/shared.ts';

const main = resolve(import.meta.dirname, '../../src/cli/main.ts');
const hurried = resolve(import.meta.dirname, 'other-machine.ts');

/** A hosted cluster of three members with a key, a bucket, and a repository for the key; what tests of its snapshots ask of them. */
export interface HostedScene extends AsyncDisposable {
  readonly client: KubeClient;
  readonly hosted: HostedClusters;
  /** `NAMESPACE/west`. */
  readonly west: string;
  readonly root: string;
  /** The repository for the key, and the directory that runs spool into. */
  readonly keys: string;
  readonly spool: string;
  /** The URL of a prefix of the bucket. */
  urlOf(prefix: string): string;
  store(prefix: string): Promise<ObjectStore>;
  /** Runs a command line in this process. */
  run(...argv: string[]): Promise<Ran>;
  /** Runs it in a process of its own. */
  start(...argv: string[]): Started;
  /** Runs it in a process that takes itself to be on a machine of this name, for which time is short. */
  startOn(host: string, ...argv: string[]): Started;
  /** What a snapshot into a prefix is asked with. */
  snapshotOf(prefix: string, ...more: string[]): string[];
  /** What is stored under a prefix. */
  keysIn(prefix: string): Promise<string[]>;
  /** Resolves with `true` as soon as the journal is so, with `false` when the process ends first. */
  untilJournal(isSo: (record: JournalRecord) => boolean, run?: Started): Promise<boolean>;
  journal(): Promise<JournalRecord | undefined>;
  /** `pausedUntil` and the replicas of each writer, as they are. */
  state(): Promise<unknown>;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  text(): string;
}

export async function hostedScene(): Promise<HostedScene> {
  await using parts = new AsyncDisposableStack();
  const scene = await build(parts);
  const whole = parts.move();
  return { ...scene, [Symbol.asyncDispose]: () => whole.disposeAsync() };
}

async function build(parts: AsyncDisposableStack): Promise<Omit<HostedScene, typeof Symbol.asyncDispose>> {
  const root = await mkdtemp(join(tmpdir(), 'hozon-hosted-scene-'));
  parts.defer(() => rm(root, { recursive: true, force: true }));
  const [keys, spool] = [join(root, 'keys'), join(root, 'spool')];
  await mkdir(spool);
  const cluster = await sharedCluster('full');
  const client = parts.use(await clientOf(cluster));
  const objects = await sharedObjectStore();
  const bucket = await uniqueBucket(objects);
  const { accessKeyId, secretAccessKey, endpoint, region, caFile } = objects;
  const lines = ['[default]', `aws_access_key_id=${accessKeyId}`, `aws_secret_access_key=${secretAccessKey}`];
  await writeFile(join(root, 'credentials'), lines.join('\n'), { mode: 0o600 });
  const env = { HOME: root, KUBECONFIG: cluster.kubeconfig, RESTIC_PASSWORD: 'correct horse' };
  const hosted = parts.use(await startHostedClusters(cluster, { caFile }));
  await hosted.create({ name: 'west' });
  await hosted.untilAvailable('west');
  const key = { namespace: hosted.namespace, name: 'west' };
  const path = { PATH: process.env['PATH'] ?? '', ...env };
  const run = (...argv: string[]): Promise<Ran> => runHere(argv, { env, clock: systemClock });
  const urlOf = (prefix: string): string => {
    const url = new URL(`s3://${bucket}/${prefix}`);
    const credentials = join(root, 'credentials');
    const parameters = {
      endpoint,
      region,
      'path-style': 'true',
      'credentials-file': credentials,
      ca: caFile,
    };
    for (const [name, value] of Object.entries(parameters))
      if (value !== undefined) url.searchParams.set(name, value);
    return url.href;
  };
  const made = await run('repo', 'init', '--repo', keys);
  assert.equal(made.code, 0, made.err);
  return {
    client,
    hosted,
    west: `${key.namespace}/west`,
    root,
    keys,
    spool,
    urlOf,
    store: prefix => openLocation({ url: urlOf(prefix) }),
    run,
    start: (...argv) => started([process.execPath, main, ...argv], path),
    startOn: (host, ...argv) => started([...under(host), process.execPath, hurried, ...argv], path),
    snapshotOf: (prefix, ...more) => {
      const words = ['hosted-cluster', 'snapshot', `${key.namespace}/west`, urlOf(prefix)];
      const keyTo = more.includes('--no-key') ? [] : ['--key-repo', keys];
      return [...words, ...keyTo, '--spool-dir', spool, ...more];
    },
    async journal() {
      const found = await client.get(configMapType, lockKey(key));
      return found && readLock(found).record;
    },
    async keysIn(prefix) {
      const store = await openLocation({ url: urlOf(prefix) });
      try {
        return (await Array.fromAsync(store.list(''))).map(found => found.key);
      } finally {
        await store.close();
      }
    },
    untilJournal: (isSo, running) => untilJournal(client, key, { isSo, running }),
    state: () => stateOf(client, key),
  };
}

/** A program whose machine has a name of its own; all else of it is this one's. It becomes the program: a signal meets it. */
function under(host: string): string[] {
  return ['unshare', '--uts', 'sh', '-c', 'hostname "$0" && exec "$@"', host];
}

function started([program = '', ...argv]: readonly string[], env: NodeJS.ProcessEnv): Started {
  const child = spawn(program, argv, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  return { child, ended, text: () => text };
}

interface Awaited {
  readonly isSo: (record: JournalRecord) => boolean;
  readonly running: Started | undefined;
}

async function untilJournal(
  client: KubeClient,
  cluster: { namespace: string; name: string },
  { isSo, running }: Awaited,
): Promise<boolean> {
  const stop = new AbortController();
  running?.child.once('close', () => stop.abort(new Error('ended')));
  const { namespace, name } = lockKey(cluster);
  const where = { namespace, fieldSelector: `metadata.name=${name}`, signal: stop.signal };
  try {
    for await (const event of client.watch(configMapType, where)) {
      if (event.type === 'BOOKMARK' || event.type === 'DELETED') continue;
      const { record } = readLock(event.object);
      if (record !== undefined && isSo(record)) return true;
    }
  } catch (thrown) {
    if (!stop.signal.aborted) throw thrown;
  }
  return false;
}

/** Where the control plane is brought to; the pods follow. */
async function stateOf(client: KubeClient, key: { namespace: string; name: string }): Promise<unknown> {
  const cluster = await readHostedCluster(client, key);
  const replicas: Record<string, number> = {};
  for (const name of writers) {
    const found = await client.get(deploymentType, { namespace: cluster.controlPlaneNamespace, name });
    if (found !== undefined) replicas[name] = replicasOf(found);
  }
  return { pausedUntil: cluster.pausedUntil, replicas };
}

/** What a run left on this machine. */
export async function spooled({ spool }: HostedScene): Promise<string[]> {
  return readdir(spool);
}
