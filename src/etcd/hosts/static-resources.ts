import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { remoteErrors, saidBy } from '#remote/errors.ts';
import type { Host } from '#remote/host.ts';
import { raise } from '../errors.ts';

/** Source: cluster-etcd-operator, `cluster-backup.sh` of OpenShift 4.6 and later. */
const pods = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd'] as const;
const resources = 'static-pod-resources';

/** The directory of a static pod that its manifest names, so the one that runs. */
export interface LiveRevision {
  readonly pod: (typeof pods)[number];
  readonly revision: number;
  /** Revisions on the disk that are newer: one is being rolled out, or failed to be. */
  readonly newer: readonly number[];
}

interface Options {
  readonly signal?: AbortSignal | undefined;
}

/**
 * The live revisions of the static pods of an OpenShift 4 control plane host, out of their manifests: the newest directory
 * may be of a revision that does not run yet.
 *
 * @throws `etcd.host-static-missing`; `remote.*`
 */
export async function liveRevisions(host: Host, options: Options = {}): Promise<readonly LiveRevision[]> {
  const onDisk = await directoriesOf(host, options);
  return Promise.all(
    pods.map(async pod => {
      const revision = await revisionIn(host, pod, options);
      const newer = onDisk
        .flatMap(name => (name.startsWith(`${pod}-pod-`) ? Number(name.slice(pod.length + 5)) : []))
        .filter(each => each > revision);
      return { pod, revision, newer: newer.toSorted((a, b) => a - b) };
    }),
  );
}

/**
 * The tar that belongs to a snapshot as `static_kuberesources_<stamp>.tar.gz`, compressed: the directories of the live
 * revisions, below `static-pod-resources/`. It holds keys, also those of encryption at rest: keep it apart from the snapshot.
 *
 * @throws `etcd.host-rolling-out` unless forced; `remote.*`
 */
export async function* staticResources(
  host: Host,
  { force = false, signal }: Options & { readonly force?: boolean },
): AsyncGenerator<Buffer> {
  const revisions = await liveRevisions(host, { signal });
  if (!force) requireSettled(host, revisions);
  const paths = revisions.map(each => `${resources}/${each.pod}-pod-${each.revision}`);
  yield* compressed(host, paths, { base: '/etc/kubernetes', signal });
}

/** Refuses a host on which static pods are being rolled out. @throws `etcd.host-rolling-out` */
export function requireSettled(host: Host, revisions: readonly LiveRevision[]): void {
  const moving = revisions.filter(each => each.newer.length > 0);
  if (moving.length === 0) return;
  const named = moving.map(each => `${each.pod} ${each.revision} → ${each.newer.at(-1)}`);
  throw raise['host-rolling-out']({ host: host.name, pods: named });
}

/**
 * `/etc/etcd` of a member: its configuration and certificates, which are of this member alone, as a compressed tar
 * of `etc/etcd/`.
 *
 * @throws `remote.*`
 */
export function configurationDirectory(host: Host, { signal }: Options = {}): AsyncGenerator<Buffer> {
  return compressed(host, ['etc/etcd'], { base: '/', signal });
}

async function* compressed(
  host: Host,
  paths: readonly string[],
  { base, signal }: { readonly base: string; readonly signal: AbortSignal | undefined },
): AsyncGenerator<Buffer> {
  const tree = host.readTree(paths, { base, signal });
  const gzip = createGzip();
  pipeline(Readable.from(tree), gzip, () => {}); // an error ends `gzip`, and so what follows
  yield* gzip as AsyncIterable<Buffer>;
}

async function directoriesOf(host: Host, { signal }: Options): Promise<string[]> {
  const path = `/etc/kubernetes/${resources}`;
  const { code, stdout, stderr } = await host.run(['ls', '-A', '--', path], { signal });
  if (code === 0) {
    const names = stdout.toString().split('\n');
    return names.filter(name => /^[a-z-]+-pod-\d{1,9}$/.test(name));
  }
  if (stderr.includes('No such file')) throw raise['host-static-missing']({ host: host.name, path });
  throw remoteErrors.raise['command-failed']({ host: host.name, command: 'ls', code, said: saidBy(stderr) });
}

async function revisionIn(host: Host, pod: string, { signal }: Options): Promise<number> {
  const path = `/etc/kubernetes/manifests/${pod}-pod.yaml`;
  const manifest = (await host.readFile(path, { limit: 4_194_304, signal })).toString('utf8');
  const [, revision] =
    new RegExp(`/etc/kubernetes/${resources}/${pod}-pod-(\\d{1,9})\\b`).exec(manifest) ?? [];
  if (revision === undefined) throw raise['host-static-missing']({ host: host.name, path });
  return Number(revision);
}
