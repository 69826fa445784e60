import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { after } from '#foundation/timed-signals.ts';
import type { ExecResult, KubeApi, PodKey } from '#kube/api.ts';
import { formatKey } from '#kube/objects.ts';
import { raise } from '../errors.ts';
import type { PodLayout, TlsPaths } from './pod-layout.ts';
import type { SnapshotSource } from './source.ts';
import { type StallWatch, usualStallMs, watchForStall } from './stall.ts';

export interface PodExecOptions {
  readonly api: Pick<KubeApi, 'exec'>;
  readonly pod: PodKey;
  readonly layout: PodLayout;
  /** In the container; `undefined` where etcdctl needs none there. */
  readonly tls: TlsPaths | undefined;
  /** How long the member may take to say that it is there. 10000 unless given. */
  readonly timeoutMs?: number | undefined;
  /** How long the file may not grow there, and then nothing of it come, before it is given up. {@link usualStallMs} unless given. */
  readonly stallMs?: number | undefined;
  /** Told of what could not be removed from the pod again. */
  readonly onLeft?: ((path: string, thrown: unknown) => void) | undefined;
}

/** A source that lays something down where it takes the snapshot. */
export interface PodExecSource extends SnapshotSource {
  /**
   * Resolves when what was opened and has been left is removed from the pod again. Whoever aborts a stream does not wait for its end,
   * so this is awaited before the client is closed. At most as long as a removal may take.
   */
  settled(): Promise<void>;
}

/**
 * A member in a pod, by etcdctl in its container: it writes the snapshot beside the data, which is on the disk that outlives the
 * container, in a directory of its own; it is then read and removed. Needs `df`, `stat`, `mkdir`, `cat` and `rm` there, and twice the
 * size of the database of free space.
 *
 * @throws (its stream) `etcd.pod-no-space`, `etcd.pod-command-failed`, `etcd.pod-stalled`, what exec fails with
 */
export function podExecSource(options: PodExecOptions): PodExecSource {
  const { pod, layout } = options;
  const lying = new Set<Promise<void>>();
  return {
    describe: `pod ${formatKey(pod)}`,
    async *open({ signal: given }) {
      const directory = `${layout.dataDir}/hozon-snapshot-${randomBytes(6).toString('hex')}`;
      const path = `${directory}/snapshot.db`;
      using watch = watchOver(options, path, given);
      const { signal } = watch;
      await requireRoomInPod(options, signal);
      const { promise: removed, resolve } = Promise.withResolvers<void>();
      lying.add(removed);
      try {
        await runInPod(options, ['mkdir', '-m', '700', directory], signal);
        // `snapshot save` waits for ever for a member that does not answer
        await runInPod(options, etcdctl(options, askingVariables(options), ['endpoint', 'status']), signal);
        await caughtUp(options, signal);
        await runInPod(options, etcdctl(options, [], ['snapshot', 'save', path]), signal);
        yield* watch.through(outputOf(options, ['cat', path], signal));
      } finally {
        await removeFromPod(options, directory);
        lying.delete(removed);
        resolve();
      }
    },
    async settled() {
      using patience = after(settlingTimeout);
      const { promise, resolve } = Promise.withResolvers<void>();
      patience.signal.addEventListener('abort', () => resolve(), { once: true });
      await Promise.race([Promise.all(lying), promise]);
    },
  };
}

/** A member that stops in the middle holds etcdctl, and the command in the container, for ever. */
function watchOver(options: PodExecOptions, path: string, signal: AbortSignal | undefined): StallWatch {
  const { pod, stallMs = usualStallMs } = options;
  return watchForStall({
    stallMs,
    stalled: () => raise['pod-stalled']({ pod: formatKey(pod), seconds: stallMs / 1000 }),
    measure: each => bytesIn(options, path, each),
    signal,
  });
}

/** How much etcdctl has written: beside the path, which it renames to at the end. 0 where nothing is there yet. */
async function bytesIn(options: PodExecOptions, path: string, signal: AbortSignal): Promise<number> {
  const { api, pod, layout } = options;
  const command = ['stat', '-c', '%s', path, `${path}.part`];
  const { stdout } = await api.exec(pod, { container: layout.container, command, signal });
  return stdout.split('\n').reduce((sum, line) => sum + Number(line), 0);
}

/**
 * By variables, which replace those that the container has: flags beside them are a conflict for etcdctl. etcd before 3.4 takes the
 * older API for meant.
 */
function etcdctl(
  { layout: { endpoint }, tls }: PodExecOptions,
  more: readonly string[],
  words: readonly string[],
): string[] {
  const access =
    tls === undefined
      ? []
      : [`ETCDCTL_CACERT=${tls.ca}`, `ETCDCTL_CERT=${tls.cert}`, `ETCDCTL_KEY=${tls.key}`];
  const variables = ['ETCDCTL_API=3', `ETCDCTL_ENDPOINTS=${endpoint}`, ...access, ...more];
  return ['env', ...variables, 'etcdctl', ...words];
}

/** Of a question alone: a time that is set would end the snapshot too. */
function askingVariables({ timeoutMs = 10_000 }: PodExecOptions): string[] {
  return [`ETCDCTL_COMMAND_TIMEOUT=${timeoutMs}ms`, `ETCDCTL_DIAL_TIMEOUT=${timeoutMs}ms`];
}

/** A read through the quorum: the member then has every change that was acknowledged before. Without a quorum, its data is taken as it is. */
async function caughtUp(options: PodExecOptions, signal: AbortSignal | undefined): Promise<void> {
  const { api, pod, layout } = options;
  const command = etcdctl(options, askingVariables(options), ['endpoint', 'health']);
  await api.exec(pod, { container: layout.container, command, signal });
}

/** Room for two of the database: etcd goes on writing while the snapshot lies there. */
async function requireRoomInPod(options: PodExecOptions, signal: AbortSignal | undefined): Promise<void> {
  const directory = options.layout.dataDir;
  const size = Number(await runInPod(options, ['stat', '-c', '%s', `${directory}/member/snap/db`], signal));
  const table = await runInPod(options, ['df', '-Pk', directory], signal);
  const free = Number(table.trim().split('\n').at(-1)?.split(/\s+/)[3]) * 1024;
  const needed = size * 2;
  if (free >= needed) return;
  if (Number.isFinite(free) && Number.isFinite(needed)) {
    throw raise['pod-no-space']({ pod: formatKey(options.pod), directory, needed, free });
  }
  throw failed(options, ['df', '-Pk', directory], shortened(table));
}

/** A command's output. @throws `etcd.pod-command-failed` where its exit code is not 0 */
async function runInPod(
  options: PodExecOptions,
  command: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string> {
  const { api, pod, layout } = options;
  const { container } = layout;
  const ended = await api.exec(pod, { container, command, signal });
  if (ended.exitCode === 0) return ended.stdout;
  throw failed(options, command, reasonOf(ended));
}

/** What a command writes, no faster than it is read. @throws `etcd.pod-command-failed` at its end where its exit code is not 0 */
async function* outputOf(
  options: PodExecOptions,
  command: readonly string[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const { api, pod, layout } = options;
  const halt = new AbortController();
  const both = signal === undefined ? halt.signal : AbortSignal.any([signal, halt.signal]);
  const output = new PassThrough({ highWaterMark: 1024 * 1024 });
  const stdout = async (chunk: Uint8Array): Promise<void> => {
    if (!output.write(chunk)) await once(output, 'drain', { signal: both });
  };
  const run = async (): Promise<void> => {
    try {
      const ended = await api.exec(pod, { container: layout.container, command, stdout, signal: both });
      if (ended.exitCode !== 0) throw failed(options, command, reasonOf(ended));
      output.end();
    } catch (thrown) {
      output.destroy(thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
  };
  const running = run();
  try {
    yield* output;
  } finally {
    halt.abort(new Error('nobody reads on'));
    output.on('error', () => {}).destroy();
    await running;
  }
}

/** Milliseconds that the removal may take: it is tried even after an abort. */
const removalTimeout = 30_000;

/** The removal, and what ends before it. */
const settlingTimeout = removalTimeout + 5000;

async function removeFromPod(options: PodExecOptions, path: string): Promise<void> {
  try {
    await runInPod(options, ['rm', '-rf', path], AbortSignal.timeout(removalTimeout));
  } catch (thrown) {
    options.onLeft?.(path, thrown);
  }
}

function failed({ pod }: PodExecOptions, command: readonly string[], reason: string): Error {
  return raise['pod-command-failed']({ pod: formatKey(pod), command: command.join(' '), reason });
}

function reasonOf({ exitCode, stderr }: ExecResult): string {
  return shortened(stderr) || `exit code ${exitCode}`;
}

/** The end of what a command in a pod said: not trusted, not long, on one line. */
function shortened(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(-500);
}
