import type { Dispatcher } from 'undici';
import { type Clock, systemClock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import { type Backoff, retry } from '#foundation/retry.ts';
import { raise } from '../errors.ts';
import { type KubeStatus, readStatus, statusError } from '../status.ts';
import { readBounded } from './body.ts';
import type { ClusterConnection } from './connection.ts';
import { retryVerdict, transferError } from './failure.ts';
import { type Session, Sessions } from './session.ts';
import { Throttle, type ThrottleStats } from './throttle.ts';
import { userAgent } from './user-agent.ts';

export interface TransportOptions {
  /** Requests at once, watches and log streams not counted; 16 unless told. */
  readonly concurrency?: number | undefined;
  /** How long a server may send nothing while something is due, milliseconds; 65 s unless told: the API server gives up on a request after 60 s by itself. */
  readonly idleTimeout?: number | undefined;
  /** Milliseconds; 10 s unless told. */
  readonly connectTimeout?: number | undefined;
  readonly backoff?: Backoff | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: (() => number) | undefined;
  readonly userAgent?: string | undefined;
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the server's URL: `/api/v1/pods`. */
  readonly path: string;
  readonly query?: Query | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** `application/json` unless told. */
  readonly contentType?: string | undefined;
  readonly accept?: string | undefined;
  /** How errors name it: `GET pods shop/web-0`. */
  readonly what: string;
  /** Whether sending it twice does what sending it once does: then it is sent again after any passing fault. */
  readonly repeatable: boolean;
  /** Bytes of the answer, 32 MiB unless told. */
  readonly maxBytes?: number | undefined;
  /** How long a body may pause, milliseconds, in place of the transport's own; 0: for ever. */
  readonly bodyTimeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of each failure that the request is sent again after. */
  readonly onRetry?: ((thrown: unknown) => void) | undefined;
}

export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** A whole answer. */
export interface Answer {
  readonly bytes: Buffer;
  /** The server's clock, where it says. */
  readonly date: Date | undefined;
}

/** An answer of JSON. */
export interface JsonAnswer extends Omit<Answer, 'bytes'> {
  readonly value: unknown;
}

export interface TransportStats extends ThrottleStats {
  /** Requests sent, repetitions included. */
  readonly requests: number;
  readonly retries: number;
  /** Milliseconds that were spent waiting before repetitions. */
  readonly retryWait: number;
}

const defaultMaxBytes = 32 * 1024 * 1024;
const mostErrorBytes = 256 * 1024;
const defaultIdleTimeout = 65_000;

/** Patient enough for an API server that restarts: some 25 s in all. */
const defaultBackoff: Backoff = { attempts: 10, firstDelay: 100, maxDelay: 10_000 };

/** A server that has never answered is given up sooner than one that has: its address is probably wrong. */
const mostFirstTries = 4;

/**
 * Sends requests to one API server: authenticated, bounded in size and silence, repeated where that is safe,
 * and throttled together when the server asks for it.
 */
export class Transport {
  readonly server: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly backoff: Backoff;
  readonly idleTimeout: number;
  readonly #sessions: Sessions;
  readonly #throttle: Throttle;
  readonly #userAgent: string;
  #answered = false;
  #requests = 0;
  #retries = 0;
  #retryWait = 0;

  constructor(connection: ClusterConnection, options: TransportOptions = {}) {
    this.server = connection.server;
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? Math.random;
    this.backoff = options.backoff ?? defaultBackoff;
    this.idleTimeout = options.idleTimeout ?? defaultIdleTimeout;
    this.#userAgent = options.userAgent ?? userAgent;
    this.#sessions = new Sessions(connection, {
      idleTimeout: this.idleTimeout,
      connectTimeout: options.connectTimeout ?? 10_000,
    });
    this.#throttle = new Throttle(options.concurrency ?? 16, () => this.clock.monotonic());
  }

  /** Sends a request and reads its answer whole. Rejects with a `kube.*` error. */
  async json(request: ApiRequest): Promise<JsonAnswer> {
    const { bytes, date } = await this.bytes(request);
    return { value: this.#parse(request, bytes), date };
  }

  /** {@link json} without making a value of the answer. */
  async bytes(request: ApiRequest): Promise<Answer> {
    return this.#retrying(request, () =>
      this.#throttle.run(() => this.#attemptWhole(request), request.signal),
    );
  }

  /**
   * Sends a request and resolves once it has succeeded so far that its body can be streamed; what breaks after that rejects the
   * iteration and is not repeated. Takes no place in the throttle.
   */
  async stream(request: ApiRequest): Promise<AsyncIterable<Uint8Array>> {
    const response = await this.#retrying(request, () => this.#attempt(request));
    return this.#chunks(request, response.body);
  }

  /** What a WebSocket is opened with. */
  async session(signal?: AbortSignal): Promise<Session> {
    const session = await this.#sessions.current(signal);
    return { ...session, headers: { ...session.headers, 'User-Agent': this.#userAgent } };
  }

  /** Forgets the credentials after a 401; false where there is nothing else to try. */
  refreshCredentials(): boolean {
    return this.#sessions.refresh();
  }

  stats(): TransportStats {
    return {
      requests: this.#requests,
      retries: this.#retries,
      retryWait: this.#retryWait,
      ...this.#throttle.stats(),
    };
  }

  /** Cuts every connection. */
  async close(): Promise<void> {
    await this.#sessions.close();
  }

  async #retrying<T>(request: ApiRequest, action: () => Promise<T>): Promise<T> {
    let refreshed = false;
    let tries = 0;
    return retry(action, {
      backoff: this.backoff,
      clock: this.clock,
      random: this.random,
      signal: request.signal,
      retryable: thrown => {
        if (isHozonError(thrown, 'kube.unauthorized')) {
          if (refreshed || !this.#sessions.refresh()) return false;
          refreshed = true;
          return true;
        }
        if (!this.#answered && ++tries >= mostFirstTries) return false;
        return retryVerdict(thrown, request.repeatable);
      },
      onRetry: (thrown, wait) => {
        request.onRetry?.(thrown);
        this.#retries++;
        this.#retryWait += wait;
      },
    });
  }

  async #attemptWhole(request: ApiRequest): Promise<Answer> {
    const response = await this.#attempt(request);
    const limit = request.maxBytes ?? defaultMaxBytes;
    const bytes = await this.#guard(request, () => readBounded(response.body, limit));
    if (bytes === undefined) throw raise['response-too-large']({ what: request.what, limit });
    return { bytes, date: dateOf(response) };
  }

  /** One try; resolves with a success, whose body is still to be read. */
  async #attempt(request: ApiRequest): Promise<Dispatcher.ResponseData> {
    const session = await this.#sessions.current(request.signal);
    this.#requests++;
    const response = await this.#guard(request, () => session.pool.request(this.#options(request, session)));
    this.#answered = true;
    if (response.statusCode < 300) {
      this.#throttle.succeeded();
      return response;
    }
    const status = await this.#readRefusal(request, response);
    if (status.code === 429) this.#throttle.refused();
    throw statusError(this.server, request.what, status);
  }

  #options(request: ApiRequest, session: Session): Dispatcher.RequestOptions {
    const { body, bodyTimeout, signal } = request;
    const headers: Record<string, string | string[]> = {
      ...session.headers,
      'User-Agent': this.#userAgent,
      Accept: request.accept ?? 'application/json',
    };
    if (body !== undefined) headers['Content-Type'] = request.contentType ?? 'application/json';
    return {
      method: request.method,
      path: this.url(request).slice(new URL(this.server).origin.length),
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
      ...(bodyTimeout === undefined ? {} : { bodyTimeout }),
    };
  }

  /** The whole URL of a request. */
  url(request: { readonly path: string; readonly query?: Query | undefined }): string {
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(request.query ?? {})) {
      const values = Array.isArray(value) ? (value as readonly string[]) : [value];
      for (const one of values) if (one !== undefined && one !== '') query.append(key, String(one));
    }
    const text = query.toString();
    return `${this.server}${request.path}${text === '' ? '' : `?${text}`}`;
  }

  async #readRefusal(request: ApiRequest, response: Dispatcher.ResponseData): Promise<KubeStatus> {
    const body = await this.#guard(request, () => readBounded(response.body, mostErrorBytes));
    const retryAfter = response.headers['retry-after'];
    return readStatus({
      code: response.statusCode,
      retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
      body: body?.toString('utf8') ?? '',
    });
  }

  #parse(request: ApiRequest, body: Buffer): unknown {
    try {
      return JSON.parse(body.toString('utf8'));
    } catch (thrown) {
      const reason = 'not JSON';
      throw raise['bad-response']({ server: this.server, what: request.what, reason }, { cause: thrown });
    }
  }

  async *#chunks(request: ApiRequest, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
    } catch (thrown) {
      throw this.#named(request, thrown);
    }
  }

  async #guard<T>(request: ApiRequest, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (thrown) {
      throw this.#named(request, thrown);
    }
  }

  #named(request: ApiRequest, thrown: unknown): Error {
    request.signal?.throwIfAborted();
    const idleTimeout = request.bodyTimeout ?? this.idleTimeout;
    return transferError({ server: this.server, what: request.what, idleTimeout }, thrown) as Error;
  }
}

function dateOf(response: Dispatcher.ResponseData): Date | undefined {
  const text = response.headers['date'];
  const date = typeof text === 'string' ? new Date(text) : undefined;
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date;
}
