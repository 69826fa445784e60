import { Duplex } from 'node:stream';
import type { PodKey, RequestOptions } from '../api.ts';
import { objectPath } from '../client/paths.ts';
import type { Transport } from '../client/transport.ts';
import { raise } from '../errors.ts';
import { formatKey } from '../objects.ts';
import { type ChannelMessage, Channels } from './channels.ts';
import { podType } from './pods.ts';
import { openWebSocket } from './websocket.ts';

const dataChannel = 0;
const errorChannel = 1;

/**
 * A connection to a port inside a pod, over a WebSocket of its own. The API server passes `v4.channel.k8s.io`
 * through to the kubelet and the container runtime, which begin each channel with the port in two bytes.
 * Source: `k8s.io/kubelet/pkg/cri/streaming/portforward/websocket.go`.
 */
export async function forwardPort(
  transport: Transport,
  pod: PodKey,
  port: number,
  options: RequestOptions = {},
): Promise<Duplex> {
  const socket = await openWebSocket(transport, {
    path: objectPath(podType, pod, 'portforward'),
    query: { ports: port },
    protocols: ['v4.channel.k8s.io'],
    what: `PORT-FORWARD to pod ${formatKey(pod)}`,
    signal: options.signal,
  });
  const channels = new Channels(socket);
  return new ForwardedConnection(channels, options.signal, reason =>
    raise['port-forward-failed']({ pod: formatKey(pod), port, reason }, { cause: channels.failure }),
  );
}

class ForwardedConnection extends Duplex {
  readonly #channels: Channels;
  readonly #fail: (reason: string) => Error;
  #wanted: () => void = () => {};

  constructor(channels: Channels, signal: AbortSignal | undefined, fail: (reason: string) => Error) {
    super({ ...(signal === undefined ? {} : { signal }), allowHalfOpen: true });
    this.#channels = channels;
    this.#fail = fail;
    void this.#receive();
  }

  override _read(): void {
    this.#wanted();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (failure?: Error) => void): void {
    void this.#send(chunk, done);
  }

  override _destroy(failure: Error | null, done: (failure: Error | null) => void): void {
    this.#channels.terminate();
    this.#wanted();
    done(failure);
  }

  async #send(chunk: Buffer, done: (failure?: Error) => void): Promise<void> {
    let failure: Error | undefined;
    try {
      await this.#channels.send(dataChannel, chunk);
    } catch (thrown) {
      failure = this.#fail(thrown instanceof Error ? thrown.message : String(thrown));
    }
    done(failure);
  }

  async #receive(): Promise<void> {
    const greeted = new Set<number>();
    for await (const message of this.#channels.messages()) {
      if (!greeted.has(message.channel)) {
        greeted.add(message.channel);
        await this.#take({ ...message, data: message.data.subarray(2) });
      } else {
        await this.#take(message);
      }
    }
    const { failure } = this.#channels;
    if (failure !== undefined && !this.destroyed) this.destroy(this.#fail(failure.message));
    else this.push(null);
  }

  async #take(message: ChannelMessage): Promise<void> {
    if (message.data.length === 0 || this.destroyed) return;
    if (message.channel === errorChannel) {
      this.destroy(
        this.#fail(
          message.data
            .toString('utf8')
            .slice(0, 1024)
            .replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' '),
        ),
      );
    } else if (!this.push(message.data)) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wanted = resolve;
      await promise;
    }
  }
}
