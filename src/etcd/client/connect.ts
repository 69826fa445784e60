import { type Client, Metadata } from '@grpc/grpc-js';
import { isHozonError } from '#foundation/errors.ts';
import { raise } from '../errors.ts';
import { openChannel } from './channel.ts';
import { untilConnected } from './connected.ts';
import type { AskOptions, ConnectOptions, EtcdConnection } from './connection.ts';
import { addressOf } from './endpoint.ts';
import { type FailureContext, failureOf } from './failures.ts';
import { gathered } from './gathered.ts';
import {
  alarmsMethod,
  authenticateMethod,
  hashKvMethod,
  type Method,
  memberListMethod,
  rangeMethod,
  snapshotMethod,
  statusMethod,
} from './messages.ts';

const usualTimeoutMs = 5000;
const usualIdleMs = 300_000;
/** For a hash the member reads all of its database, which may have 8 GiB. */
const hashTimeoutMs = 300_000;

/**
 * A connection to one member. Nothing is sent before it is asked something.
 *
 * @throws `etcd.endpoint-invalid`, `etcd.credentials-unreadable`
 */
export function connectEtcd(options: ConnectOptions): EtcdConnection {
  const address = addressOf(options);
  const timeoutMs = options.timeoutMs ?? usualTimeoutMs;
  const caller = new Caller(openChannel(address, options.tls), { address, options, timeoutMs });
  return {
    endpoint: options.endpoint,
    status: asked => caller.ask(statusMethod, undefined, asked),
    members: ({ linearizable = true, ...asked } = {}) =>
      caller.ask(memberListMethod, { linearizable }, asked),
    alarms: asked => caller.ask(alarmsMethod, undefined, asked),
    hashKv: (revision = 0n, asked) =>
      caller.ask(hashKvMethod, { revision }, { ...asked, timeoutMs: Math.max(timeoutMs, hashTimeoutMs) }),
    range: (request, asked) => caller.ask(rangeMethod, request, asked),
    health: asked => healthOf(caller, asked),
    snapshot: asked => caller.bytes(snapshotMethod, undefined, asked),
    [Symbol.asyncDispose]: async () => caller.close(),
  };
}

/** The key that etcdctl asks for; that it is forbidden was decided by the quorum too. */
async function healthOf(caller: Caller, options?: AskOptions): Promise<number> {
  const begun = performance.now();
  try {
    await caller.ask(rangeMethod, { key: Buffer.from('health') }, options);
  } catch (thrown) {
    if (!isHozonError(thrown, 'etcd.permission-denied')) throw thrown;
  }
  return performance.now() - begun;
}

/** Asks over one channel, and says what a failure means. */
class Caller {
  readonly #client: Client;
  readonly #context: FailureContext;
  #token: Promise<string> | undefined;

  constructor(client: Client, context: FailureContext) {
    this.#client = client;
    this.#context = context;
  }

  async ask<Q, A>(
    method: Method<Q, A>,
    question: Q,
    { timeoutMs, ...options }: AskOptions & { readonly timeoutMs?: number } = {},
  ): Promise<A> {
    const signal = this.#signalOf(options);
    signal?.throwIfAborted();
    try {
      const metadata = await this.#metadata(signal);
      return await this.#unary(method, question, { metadata, signal, timeoutMs });
    } catch (thrown) {
      throw await this.#explain(thrown, signal);
    }
  }

  async *bytes<Q>(method: Method<Q, Buffer>, question: Q, options: AskOptions = {}): AsyncGenerator<Buffer> {
    const signal = this.#signalOf(options);
    signal?.throwIfAborted();
    const { endpoint, idleMs = usualIdleMs } = this.#context.options;
    const idle = (): Error => raise['no-answer']({ endpoint, seconds: idleMs / 1000 });
    try {
      const metadata = await this.#metadata(signal);
      await untilConnected(this.#client, { timeoutMs: this.#context.timeoutMs, signal });
      signal?.throwIfAborted();
      const { path, write, read } = method;
      const call = this.#client.makeServerStreamRequest(path, write, read, question, metadata);
      const cancel = (): void => call.cancel();
      signal?.addEventListener('abort', cancel, { once: true });
      try {
        yield* gathered(call, { idleMs, idle });
      } finally {
        signal?.removeEventListener('abort', cancel);
        call.on('error', () => {}); // that it was cancelled, where nobody wants the rest
        call.cancel();
      }
    } catch (thrown) {
      throw await this.#explain(thrown, signal);
    }
  }

  close(): void {
    this.#client.close();
  }

  #unary<Q, A>(method: Method<Q, A>, question: Q, { metadata, signal, timeoutMs }: Asking): Promise<A> {
    const { promise, resolve, reject } = Promise.withResolvers<A>();
    const deadline = Date.now() + (timeoutMs ?? this.#context.timeoutMs);
    const { path, write, read } = method;
    const call = this.#client.makeUnaryRequest(
      path,
      write,
      read,
      question,
      metadata,
      { deadline },
      (error, answer) => {
        if (error !== null) reject(error);
        else if (answer === undefined) reject(new Error('the answer is empty'));
        else resolve(answer);
      },
    );
    const cancel = (): void => call.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    return promise.finally(() => signal?.removeEventListener('abort', cancel));
  }

  /** With authentication, every question carries the token that the first one got. */
  async #metadata(signal: AbortSignal | undefined): Promise<Metadata> {
    const metadata = new Metadata();
    const { user } = this.#context.options;
    if (user === undefined) return metadata;
    this.#token ??= this.#unary(authenticateMethod, user, { metadata: new Metadata(), signal });
    metadata.set('token', await this.#token);
    signal?.throwIfAborted();
    return metadata;
  }

  async #explain(thrown: unknown, signal: AbortSignal | undefined): Promise<unknown> {
    if (signal?.aborted === true) return signal.reason;
    if (isHozonError(thrown)) return thrown;
    this.#token = undefined;
    return failureOf(thrown, this.#context);
  }

  #signalOf({ signal }: AskOptions): AbortSignal | undefined {
    const all = [signal, this.#context.options.signal].filter(each => each !== undefined);
    return all.length > 1 ? AbortSignal.any(all) : all[0];
  }
}

interface Asking {
  readonly metadata: Metadata;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}
