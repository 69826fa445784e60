import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Archive } from '#archive/contents/archive.ts';
import { readRunIdentity } from '#archive/runs/run-identity.ts';
import {
  listBackups,
  openBackup,
  readBackupLog,
  readBackupResourceList,
  readBackupResults,
  readBackupVolumeInfos,
} from '#archive/stored/backups.ts';
import { createBackup } from '#backup/create-backup.ts';
import { systemClock } from '#foundation/clock.ts';
import type { KubeClient } from '#kube/client/client.ts';
import { formatKey, groupResource } from '#kube/objects.ts';
import { openLocation } from '#storage/locations.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { type Cluster, startCluster } from '#testbed/cluster/cluster.ts';
import type { TestObjectStore } from '#testbed/object-store/object-store.ts';
import { typeNamed } from '#testbed/openshift/kinds.ts';
import { clientOf, sharedCluster, type TestNamespace, uniqueNamespace } from '#testbed/shared.ts';

const main = resolve(import.meta.dirname, '../../src/cli/main.ts');

/** A namespace whose backup takes an upload in parts, and a small one. */
export class KilledRuns implements AsyncDisposable {
  readonly cluster: Cluster;
  readonly client: KubeClient;
  readonly home: string;
  readonly large: string;
  readonly small: string;
  readonly #parts: AsyncDisposableStack;

  private constructor(
    given: Pick<KilledRuns, 'cluster' | 'client' | 'home' | 'large' | 'small'>,
    parts: AsyncDisposableStack,
  ) {
    this.cluster = given.cluster;
    this.client = given.client;
    this.home = given.home;
    this.large = given.large;
    this.small = given.small;
    this.#parts = parts;
  }

  /**
   * Without `large` that namespace is as empty as the small one. `ownCluster` is for tests that take away what other
   * tests would miss.
   */
  static async start(options: { large?: boolean; ownCluster?: boolean } = {}): Promise<KilledRuns> {
    await using parts = new AsyncDisposableStack();
    const cluster = options.ownCluster
      ? parts.use(await startCluster({ mode: 'light' }))
      : await sharedCluster('light');
    const client = parts.use(await clientOf(cluster));
    const [large, small] = [await namespaceFor(parts, client), await namespaceFor(parts, client)];
    const home = await mkdtemp(join(tmpdir(), 'hozon-killed-'));
    parts.defer(() => rm(home, { recursive: true }));
    if (options.large !== false) await fill(client, large);
    return new KilledRuns({ cluster, client, home, large, small }, parts.move());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }

  /** Below a bucket, as a URL that a process can open. */
  async urlOf(store: TestObjectStore, bucket: string, prefix: string): Promise<string> {
    const file = join(this.home, 'credentials');
    const { accessKeyId, secretAccessKey } = store;
    await writeFile(
      file,
      `[default]\naws_access_key_id=${accessKeyId}\naws_secret_access_key=${secretAccessKey}\n`,
    );
    await chmod(file, 0o600);
    const url = new URL(`s3://${bucket}/${prefix}`);
    const { endpoint, region, caFile } = store;
    const parameters = { endpoint, region, 'path-style': 'true', 'credentials-file': file };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    if (caFile !== undefined) url.searchParams.set('ca', caFile);
    return url.href;
  }

  /** `hozon WORDS --location URL` as a process. */
  hozon(url: string, ...words: string[]): Running {
    return this.hozonBy(this.cluster.kubeconfig, url, ...words);
  }

  /** With another kubeconfig than the cluster's own. */
  hozonBy(kubeconfig: string, url: string, ...words: string[]): Running {
    const child = spawn(
      process.execPath,
      [main, ...words, '--location', url, '--kubeconfig', kubeconfig, '--progress', 'none'],
      { env: { PATH: process.env['PATH'] ?? '', HOME: this.home }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    const output = Promise.all([text(child.stdout), text(child.stderr)]);
    return { child, ended, output };
  }

  /** The process that backs up the large namespace. */
  backup(url: string, name: string): Running {
    return this.hozon(url, 'backup', 'create', name, '--include-namespaces', this.large);
  }

  /** Backs up the small namespace from this process: the run that comes after a dead one. */
  async next(store: ObjectStore, name: string): Promise<void> {
    const { backup } = await createBackup(
      {
        apiVersion: 'velero.io/v1',
        kind: 'Backup',
        metadata: { name },
        spec: { includedNamespaces: [this.small] },
      },
      {
        api: this.client,
        store,
        locationName: 'killed',
        identity: await readRunIdentity(),
        clock: systemClock,
        veleroNamespace: 'velero',
      },
    );
    assert.equal(backup.status?.phase, 'Completed');
  }
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<[code: number | null, signal: NodeJS.Signals | null]>;
  readonly output: Promise<[stdout: string, stderr: string]>;
}

/** Kills a process as nothing can defend itself against, and waits until it is gone. Whether it was still running. */
export async function kill({ child, ended }: Running): Promise<boolean> {
  child.kill('SIGKILL');
  const [, signal] = await ended;
  return signal === 'SIGKILL';
}

/** Everything went well. */
export async function succeed({ ended, output }: Running): Promise<string> {
  const [stdout, stderr] = await output;
  const [code] = await ended;
  assert.equal(code, 0, stderr);
  return stdout;
}

/** Opens a location by its URL for the length of a block. */
export async function opened(url: string): Promise<ObjectStore & AsyncDisposable> {
  const store = await openLocation({ url });
  return Object.assign(store, { [Symbol.asyncDispose]: () => store.close() });
}

/** The keys of all that an archive holds: `configmaps shop/settings`. */
export async function keysOf(archive: Archive): Promise<string[]> {
  const types = await archive.types();
  return types
    .flatMap(type => [...archive.keys(type)].map(key => `${groupResource(type)} ${formatKey(key)}`))
    .sort();
}

/**
 * Whether a location has the backup. If it has, everything of it can be read and it holds what is expected: anything
 * between whole and nothing fails.
 */
export async function wholeOrNothing(
  store: ObjectStore,
  name: string,
  expected: readonly string[],
): Promise<'whole' | 'nothing'> {
  const listed = (await Array.fromAsync(listBackups(store))).find(each => each.name === name);
  if (listed === undefined) return 'nothing';
  assert.equal(listed.problem, undefined);
  assert.equal(listed.backup?.status?.phase, 'Completed');
  await using archive = await openBackup(store, name);
  assert.deepEqual(await keysOf(archive), expected);
  for (const type of await archive.types())
    for await (const object of archive.read(type)) assert.ok(object.metadata.name);
  const log = Buffer.concat(await Array.fromAsync(readBackupLog(store, name))).toString();
  assert.match(log, /level=info/);
  assert.deepEqual(await readBackupResults(store, name), { errors: {}, warnings: {} });
  assert.ok(await readBackupResourceList(store, name));
  assert.ok(await readBackupVolumeInfos(store, name));
  return 'whole';
}

/** Every key and every unfinished write that a location has of a backup. */
export async function remainsOf(store: ObjectStore, name: string): Promise<string[]> {
  const keys = await Array.fromAsync(store.list(`backups/${name}/`), ({ key }) => key);
  const writes = await Array.fromAsync(
    store.unfinished(`backups/${name}/`),
    ({ key }) => `unfinished ${key}`,
  );
  return [...keys, ...writes];
}

async function namespaceFor(parts: AsyncDisposableStack, client: KubeClient): Promise<string> {
  const namespace: TestNamespace = parts.use(await uniqueNamespace(client, 'killed'));
  return namespace.name;
}

/** Gzip leaves 3/4 of base64: the archive, which holds each object twice, is some 9 MB, so it is uploaded in parts. */
async function fill(client: KubeClient, namespace: string): Promise<void> {
  const configMaps = await typeNamed(client, 'configmaps');
  const random = (): string => randomBytes(510 * 1024).toString('base64');
  for (let index = 0; index < 9; index++) {
    const metadata = { name: `noise-${index}`, namespace };
    await client.create(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      data: { noise: random() },
    });
  }
}
