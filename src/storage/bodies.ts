import { raise } from './errors.ts';
import type { Body } from './object-store.ts';

/** A stream that begins anew each time it is iterated, so that a put of it can be tried again. */
export class ReplayableBody implements AsyncIterable<Uint8Array> {
  readonly #open: () => AsyncIterable<Uint8Array>;

  constructor(open: () => AsyncIterable<Uint8Array>) {
    this.#open = open;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.#open()[Symbol.asyncIterator]();
  }
}

/** A body made by calling `open` whenever it has to be read (again); it must yield the same bytes each time. */
export function replayable(open: () => AsyncIterable<Uint8Array>): ReplayableBody {
  return new ReplayableBody(open);
}

/** A body that remembers what it threw, so that its own errors can be told from those of the store. */
export class WatchedBody implements AsyncIterable<Uint8Array> {
  readonly #body: Body;
  #failure: { readonly thrown: unknown } | undefined;

  constructor(body: Body) {
    this.#body = body;
  }

  /** Whether `thrown` came out of the body. */
  threw(thrown: unknown): boolean {
    return this.#failure !== undefined && this.#failure.thrown === thrown;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      yield* streamOf(this.#body);
    } catch (thrown) {
      this.#failure = { thrown };
      throw thrown;
    }
  }
}

/** What is written where, for the errors of {@link checkedChunks}. */
export interface Announced {
  readonly url: string;
  readonly key: string;
  readonly size?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The non-empty chunks of a body as they come. Throws `storage.wrong-size` as soon as it is known that their
 * sum is not the announced size, the body's own error if it throws, and the signal's reason once it aborts, even
 * while the body stalls.
 */
export async function* checkedChunks(body: Body, announced: Announced): AsyncGenerator<Uint8Array> {
  const { size, signal } = announced;
  let received = 0;
  const wrongSize = () =>
    raise['wrong-size']({ url: announced.url, key: announced.key, expected: size ?? 0, received });
  for await (const chunk of abortable(streamOf(body), signal)) {
    received += chunk.length;
    if (size !== undefined && received > size) throw wrongSize();
    if (chunk.length > 0) yield chunk;
  }
  if (size !== undefined && received !== size) throw wrongSize();
}

/** A body as a stream. */
export async function* streamOf(body: Body): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) yield body;
  else yield* body;
}

/** `source`, ended by the signal's reason as soon as it aborts; the source is then told to stop, not waited for. */
export async function* abortable<T>(source: AsyncIterable<T>, signal?: AbortSignal): AsyncGenerator<T> {
  signal?.throwIfAborted();
  const iterator = source[Symbol.asyncIterator]();
  let open = true;
  try {
    for (;;) {
      const next = await (signal === undefined ? iterator.next() : nextOrAbort(iterator, signal));
      if (next.done === true) {
        open = false;
        return;
      }
      yield next.value;
    }
  } catch (thrown) {
    if (signal?.aborted !== true) open = false;
    throw thrown;
  } finally {
    if (open) {
      const stopped = Promise.resolve(iterator.return?.());
      if (signal?.aborted === true) stopped.catch(() => {});
      else await stopped;
    }
  }
}

function nextOrAbort<T>(iterator: AsyncIterator<T>, signal: AbortSignal): Promise<IteratorResult<T>> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const settle =
      <V>(deliver: (value: V) => void) =>
      (value: V) => {
        signal.removeEventListener('abort', onAbort);
        deliver(value);
      };
    iterator.next().then(settle(resolve), settle(reject));
  });
}

/** A stream whose beginning is held: it can be read again as long as nothing beyond that was taken. */
export class HeldStream implements AsyncIterable<Uint8Array> {
  #held: readonly Uint8Array[] | undefined;
  readonly #rest: AsyncGenerator<Uint8Array>;

  constructor(held: readonly Uint8Array[], rest: AsyncGenerator<Uint8Array>) {
    this.#held = held;
    this.#rest = rest;
  }

  /** Whether it can be read from its beginning (again). */
  get isWhole(): boolean {
    return this.#held !== undefined;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    if (this.#held === undefined) throw new Error('the stream was read beyond what is held of it');
    yield* this.#held;
    this.#held = undefined;
    yield* this.#rest;
  }

  /** Ends the stream that it is the beginning of. */
  async close(): Promise<void> {
    await this.#rest.return(undefined);
  }
}

/** The beginning of a body: all of it where it is no longer than the limit, otherwise a stream of everything. */
export type Beginning =
  | { readonly whole: Uint8Array }
  | { readonly whole: undefined; readonly stream: HeldStream };

/** Reads up to `limit` bytes (and at most one chunk more) to find out whether a body is small enough to be held. */
export async function beginningOf(chunks: AsyncGenerator<Uint8Array>, limit: number): Promise<Beginning> {
  const held: Uint8Array[] = [];
  let length = 0;
  while (length <= limit) {
    const next = await chunks.next();
    if (next.done === true) return { whole: concatenated(held, length) };
    held.push(next.value);
    length += next.value.length;
  }
  return { whole: undefined, stream: new HeldStream(held, chunks) };
}

/** The chunks as one array; without a copy where there is only one. */
export function concatenated(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, length);
}
