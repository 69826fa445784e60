import { type Clock, systemClock } from '#foundation/clock.ts';
import { ReplayableBody, replayable, streamOf } from './bodies.ts';
import { extendRetention } from './extend-retention.ts';
import type { Body, ObjectStore, PutOptions, StoredBody, StoreOptions } from './object-store.ts';

/** How much may pass in each direction, over all operations of a store together. */
export interface ThrottleLimits {
  /** Bytes a second; without it, as many as can. */
  readonly upload?: number | undefined;
  readonly download?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** Bytes that pass in one go: what is written comes in pieces of at most that. */
const slice = 64 * 1024;

/**
 * Lets bodies pass no faster than the limits say. A store that collects a body before it sends it (a part of an upload to S3)
 * sends what it collected at once, so that the limit holds on average, not for each moment.
 */
export function throttled(inner: ObjectStore, limits: ThrottleLimits): ObjectStore {
  const { upload, download, clock = systemClock } = limits;
  const up = upload === undefined ? undefined : new Pace(upload, clock);
  const down = download === undefined ? undefined : new Pace(download, clock);
  if (up === undefined && down === undefined) return inner;
  const read = async (body: StoredBody, options: StoreOptions = {}): Promise<StoredBody> =>
    down === undefined ? body : pacedBody(body, down, options);
  const write = (body: Body, options: PutOptions = {}): Body =>
    up === undefined ? body : pacedWrite(body, up, options);
  return {
    url: inner.url,
    get: async (key, options) => read(await inner.get(key, options), options),
    getRange: async (key, range, options) => read(await inner.getRange(key, range, options), options),
    put: (key, body, options) => inner.put(key, write(body, options), sized(body, options)),
    putIfAbsent: (key, body, options) => inner.putIfAbsent(key, write(body, options), sized(body, options)),
    head: (key, options) => inner.head(key, options),
    list: (prefix, options) => inner.list(prefix, options),
    listPrefixes: (prefix, options) => inner.listPrefixes(prefix, options),
    delete: (key, options) => inner.delete(key, options),
    presign: (key, options) => inner.presign(key, options),
    pathOf: async (key, options) => (down === undefined ? inner.pathOf?.(key, options) : undefined),
    begin: async (key, options) => (up === undefined ? inner.begin?.(key, options) : undefined),
    extendRetention: (key, retention, options) => extendRetention(inner, key, retention, options),
    unfinished: (prefix, options) => inner.unfinished(prefix, options),
    abandon: (unfinished, options) => inner.abandon(unfinished, options),
    close: () => inner.close(),
  };
}

/** Hands out time: who comes waits until all who came before have had theirs. */
class Pace {
  readonly #bytesPerMillisecond: number;
  readonly #clock: Clock;
  /** When the next one may begin. */
  #next = 0;

  constructor(bytesPerSecond: number, clock: Clock) {
    this.#bytesPerMillisecond = bytesPerSecond / 1000;
    this.#clock = clock;
  }

  async pass(bytes: number, { signal }: StoreOptions): Promise<void> {
    const now = this.#clock.monotonic();
    const begin = Math.max(this.#next, now);
    this.#next = begin + bytes / this.#bytesPerMillisecond;
    if (begin > now) await this.#clock.sleep(begin - now, signal);
  }
}

function pacedBody(body: StoredBody, pace: Pace, options: StoreOptions): StoredBody {
  const { size, version } = body;
  return {
    ...(size === undefined ? {} : { size }),
    ...(version === undefined ? {} : { version }),
    [Symbol.asyncIterator]: () => paced(body, pace, options),
  };
}

/** What can be read again still can be. */
function pacedWrite(body: Body, pace: Pace, options: StoreOptions): Body {
  const again = (): AsyncGenerator<Uint8Array> => paced(streamOf(body), pace, options);
  return body instanceof Uint8Array || body instanceof ReplayableBody ? replayable(again) : again();
}

function sized(body: Body, options: PutOptions = {}): PutOptions {
  return body instanceof Uint8Array ? { size: body.length, ...options } : options;
}

async function* paced(
  body: AsyncIterable<Uint8Array>,
  pace: Pace,
  options: StoreOptions,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length; at += slice) {
      const piece = chunk.subarray(at, at + slice);
      await pace.pass(piece.length, options);
      yield piece;
    }
  }
}
