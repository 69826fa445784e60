import type { RawData, WebSocket } from 'ws';

/** A message on one channel of a `*.channel.k8s.io` WebSocket: its first byte says which. */
export interface ChannelMessage {
  readonly channel: number;
  readonly data: Buffer;
}

/** Channels of exec; port-forward has data and error, in this order, for each port. */
export const channel = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 } as const;

/** Servers read a message whole into memory. Bytes. */
const longestMessage = 32 * 1024;

/** Messages that may wait for the reader before the socket is paused. */
const mostWaiting = 16;

/** Milliseconds between pings, and without any sign of life until the connection counts as dead. */
const pingEvery = 15_000;
const deadAfter = 240_000;

/**
 * The channels in one WebSocket. Messages are read with {@link messages}, which pauses the socket while the
 * reader is behind; {@link send} resolves when the data has left.
 */
export class Channels {
  readonly protocol: string;
  readonly #socket: WebSocket;
  readonly #waiting: ChannelMessage[] = [];
  readonly #pinger: NodeJS.Timeout;
  #lastSign = performance.now();
  #ended = false;
  #failure: Error | undefined;
  #wake: () => void = () => {};

  /** Takes over a paused socket. */
  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.protocol = socket.protocol;
    this.#pinger = setInterval(() => this.#ping(), pingEvery);
    socket.on('message', data => this.#received(data));
    socket.on('pong', () => {
      this.#lastSign = performance.now();
    });
    socket.on('error', thrown => {
      this.#failure = thrown;
    });
    socket.on('close', () => this.#end());
    if (socket.readyState === socket.OPEN) socket.resume();
    else this.#end();
  }

  /** What arrives, in order, until the socket closes; one reader. Why it closed is in {@link failure}. */
  async *messages(): AsyncGenerator<ChannelMessage> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next !== undefined) {
        if (this.#waiting.length < mostWaiting && this.#socket.isPaused) this.#socket.resume();
        yield next;
      } else if (this.#ended) {
        return;
      } else {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#wake = resolve;
        await promise;
      }
    }
  }

  /** What broke the connection, where something did. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  async send(to: number, data: Uint8Array): Promise<void> {
    for (let from = 0; from < data.length; from += longestMessage) {
      const part = data.subarray(from, from + longestMessage);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      this.#socket.send(Buffer.concat([Buffer.of(to), part]), failure => {
        if (failure) reject(failure);
        else resolve();
      });
      await promise;
    }
  }

  /** Tells the other side that nothing more comes on a channel (`v5.channel.k8s.io` only). */
  async close(which: number): Promise<void> {
    await this.send(channel.close, Buffer.of(which));
  }

  /** Cuts the connection. */
  terminate(): void {
    this.#end();
    this.#socket.terminate();
  }

  #received(raw: RawData): void {
    this.#lastSign = performance.now();
    const data = Buffer.isBuffer(raw) ? raw : Buffer.concat(Array.isArray(raw) ? raw : [Buffer.from(raw)]);
    if (data.length < 2) return; // an empty message only says that the connection stands
    this.#waiting.push({ channel: data[0] as number, data: data.subarray(1) });
    if (this.#waiting.length >= mostWaiting) this.#socket.pause();
    this.#wake();
  }

  #ping(): void {
    if (this.#socket.isPaused) this.#lastSign = performance.now();
    if (performance.now() - this.#lastSign > deadAfter) {
      this.#failure = new Error(`no sign of life for ${deadAfter / 1000} s`);
      this.#socket.terminate();
    } else if (this.#socket.readyState === this.#socket.OPEN) {
      this.#socket.ping();
    }
  }

  #end(): void {
    clearInterval(this.#pinger);
    this.#ended = true;
    this.#wake();
  }
}
