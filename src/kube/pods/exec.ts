import type { ExecOptions, ExecResult, PodKey } from '../api.ts';
import { objectPath } from '../client/paths.ts';
import type { Transport } from '../client/transport.ts';
import { raise } from '../errors.ts';
import { formatKey } from '../objects.ts';
import { KubeStatusError, readStatus } from '../status.ts';
import { Channels, channel } from './channels.ts';
import { podType } from './pods.ts';
import { openWebSocket } from './websocket.ts';

/**
 * v5 (Kubernetes 1.30 and newer, by the API server) can end a command's input, v4 (the kubelet's own) cannot.
 * Source: `k8s.io/apimachinery/pkg/util/remotecommand`, `k8s.io/kubelet/pkg/cri/streaming/remotecommand`.
 */
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

/** Runs a command in a container; see {@link KubeApi.exec}. Rejects with `kube.exec-failed` where it could not be run to its end. */
export async function execInPod(
  transport: Transport,
  pod: PodKey,
  options: ExecOptions,
): Promise<ExecResult> {
  const { signal } = options;
  const socket = await openWebSocket(transport, {
    path: objectPath(podType, pod, 'exec'),
    query: {
      container: options.container,
      command: options.command,
      stdin: options.stdin !== undefined,
      stdout: true,
      stderr: true,
    },
    protocols,
    what: `EXEC in pod ${formatKey(pod)}`,
    signal,
  });
  const channels = new Channels(socket);
  const onAbort = (): void => channels.terminate();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal?.aborted === true) onAbort();
    return await converse(transport, pod, channels, options);
  } catch (thrown) {
    signal?.throwIfAborted();
    throw thrown;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    channels.terminate();
  }
}

async function converse(
  transport: Transport,
  pod: PodKey,
  channels: Channels,
  options: ExecOptions,
): Promise<ExecResult> {
  if (options.stdin !== undefined && channels.protocol !== 'v5.channel.k8s.io') {
    throw raise['exec-stdin-unsupported']({ server: transport.server });
  }
  const input = new Input(channels, options.stdin);
  const stdout = new Output(options.stdout);
  const stderr = new Output(options.stderr);
  try {
    const exitCode = await receive(pod, channels, stdout, stderr);
    const truncated = stdout.truncated || stderr.truncated;
    return { exitCode, stdout: stdout.text(), stderr: stderr.text(), ...(truncated ? { truncated } : {}) };
  } catch (thrown) {
    throw input.failure ?? thrown;
  } finally {
    input.stop();
  }
}

async function receive(pod: PodKey, channels: Channels, stdout: Output, stderr: Output): Promise<number> {
  for await (const { channel: from, data } of channels.messages()) {
    if (from === channel.stdout) await stdout.write(data);
    else if (from === channel.stderr) await stderr.write(data);
    else if (from === channel.status) return exitCodeOf(pod, data.toString('utf8'));
  }
  const reason = `the connection closed before the command ended${channels.failure ? `: ${channels.failure.message}` : ''}`;
  throw raise['exec-failed']({ pod: formatKey(pod), reason }, { cause: channels.failure });
}

/** The `Status` at the end: Success, or NonZeroExitCode with the code among its causes, or what went wrong. */
function exitCodeOf(pod: PodKey, body: string): number {
  if (/"status":\s*"Success"/.test(body)) return 0;
  const status = readStatus({ code: 500, body });
  const code = Number(status.causes.find(cause => cause.reason === 'ExitCode')?.message);
  if (status.reason === 'NonZeroExitCode' && Number.isInteger(code)) return code;
  throw raise['exec-failed'](
    { pod: formatKey(pod), reason: status.message },
    { cause: new KubeStatusError(status) },
  );
}

/** Sends a command's input while its output is read. */
class Input {
  readonly #iterator: AsyncIterator<Uint8Array> | undefined;
  readonly #channels: Channels;
  #stopped = false;
  /** What the source of the input threw. */
  failure: Error | undefined;

  constructor(channels: Channels, source: AsyncIterable<Uint8Array> | undefined) {
    this.#channels = channels;
    this.#iterator = source?.[Symbol.asyncIterator]();
    if (this.#iterator !== undefined) void this.#pump(this.#iterator);
  }

  /** The command needs no more: what the source still has is not asked for. */
  stop(): void {
    this.#stopped = true;
    this.#channels.terminate();
    // A source that hangs in `next` must not hang us: its end is not waited for.
    void this.#iterator?.return?.().catch(() => {});
  }

  async #pump(iterator: AsyncIterator<Uint8Array>): Promise<void> {
    for (;;) {
      const next = await this.#next(iterator);
      if (next === undefined || this.#stopped) return;
      try {
        if (next.done === true) return await this.#channels.close(channel.stdin);
        await this.#channels.send(channel.stdin, next.value);
      } catch {
        return; // the connection is gone; the reading side says why
      }
    }
  }

  async #next(iterator: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array, unknown> | undefined> {
    try {
      return await iterator.next();
    } catch (thrown) {
      this.failure = thrown instanceof Error ? thrown : new Error(String(thrown));
      this.#channels.terminate();
      return undefined;
    }
  }
}

const mostCollected = 1024 * 1024;

/** Where one of a command's outputs goes: to the caller, or into memory up to 1 MiB. */
class Output {
  readonly #sink: ExecOptions['stdout'];
  readonly #chunks: Buffer[] = [];
  #size = 0;
  truncated = false;

  constructor(sink: ExecOptions['stdout']) {
    this.#sink = sink;
  }

  async write(chunk: Buffer): Promise<void> {
    if (this.#sink !== undefined) return this.#sink(chunk);
    const room = mostCollected - this.#size;
    if (chunk.length > room) this.truncated = true;
    const kept = chunk.subarray(0, room);
    this.#size += kept.length;
    if (kept.length > 0) this.#chunks.push(kept);
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}
