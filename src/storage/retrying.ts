import { isHozonError } from '#foundation/errors.ts';
import { retry } from '#foundation/retry.ts';
import { beginningOf, checkedChunks, type HeldStream, ReplayableBody, WatchedBody } from './bodies.ts';
import { raise } from './errors.ts';
import { extendRetention } from './extend-retention.ts';
import type {
  BegunWrite,
  Body,
  ByteRange,
  ListOptions,
  ObjectInfo,
  ObjectStore,
  PutOptions,
  ReadOptions,
  Retention,
  StoredBody,
  StoreOptions,
  UnfinishedWrite,
} from './object-store.ts';
import { readAll } from './read-all.ts';
import { mayPass, type RetryPolicy, resumed } from './resumed-read.ts';
import { sameBytes } from './same-bytes.ts';

/**
 * Tries again what `inner` rejects with an error that may pass (`retry: 'later'`), and only what may be repeated:
 *
 * - A read that is cut is resumed where it was cut, if the object still has the same version; a listing goes on
 *   after the last key it yielded.
 * - A put is repeated if its body can be had again: bytes, a {@link ReplayableBody}, or a stream of up to
 *   {@link heldBody} bytes, which is held in memory. A longer stream is handed on; once more of it than that was taken, its failure is final.
 * - A `putIfAbsent` that finds the key taken after an attempt whose answer was lost looks whether the object is
 *   the one it wrote itself, byte for byte. Rivals must therefore write bodies that differ (a lock names its
 *   holder), or two of them may believe that they won.
 */
export function retrying(inner: ObjectStore, policy: RetryPolicy = {}): ObjectStore {
  return new RetryingStore(inner, policy);
}

/** Bytes of a stream that are held so that its put can be repeated: 4 MiB. */
export const heldBody = 4 * 1024 * 1024;

type Write = (body: Body, options: PutOptions) => Promise<ObjectInfo>;

class RetryingStore implements ObjectStore {
  readonly url: string;
  readonly #inner: ObjectStore;
  readonly #policy: RetryPolicy;

  constructor(inner: ObjectStore, policy: RetryPolicy) {
    this.url = inner.url;
    this.#inner = inner;
    this.#policy = policy;
  }

  async get(key: string, options: ReadOptions = {}): Promise<StoredBody> {
    const inner = this.#inner;
    const body = await this.#repeat(options, () => inner.get(key, options));
    return resumed({ inner, key, range: undefined, options, policy: this.#policy }, body);
  }

  async getRange(key: string, range: ByteRange, options: ReadOptions = {}): Promise<StoredBody> {
    const inner = this.#inner;
    const body = await this.#repeat(options, () => inner.getRange(key, range, options));
    return resumed({ inner, key, range, options, policy: this.#policy }, body);
  }

  async put(key: string, body: Body, options: PutOptions = {}): Promise<ObjectInfo> {
    return this.#write(key, body, options, (again, how) => this.#inner.put(key, again, how));
  }

  async putIfAbsent(key: string, body: Body, options: PutOptions = {}): Promise<ObjectInfo> {
    let answerLost = false;
    return this.#write(key, body, options, async (again, how) => {
      try {
        return await this.#inner.putIfAbsent(key, again, how);
      } catch (thrown) {
        const own = answerLost && isHozonError(thrown, 'storage.already-exists');
        const found = own ? await this.#ownObject(key, again, how) : undefined;
        answerLost ||= mayPass(thrown);
        if (found === undefined) throw thrown;
        return found;
      }
    });
  }

  async head(key: string, options: StoreOptions = {}): Promise<ObjectInfo | undefined> {
    return this.#repeat(options, () => this.#inner.head(key, options));
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ObjectInfo> {
    let after = options.after;
    const open = () => this.#inner.list(prefix, { ...options, after });
    for await (const info of this.#repeatList(open, options)) {
      after = info.key;
      yield info;
    }
  }

  async *listPrefixes(prefix: string, options: StoreOptions = {}): AsyncGenerator<string> {
    const open = () => this.#inner.listPrefixes(prefix, options);
    yield* this.#repeatDistinct(open, options, folder => folder);
  }

  async delete(key: string, options: StoreOptions = {}): Promise<void> {
    return this.#repeat(options, () => this.#inner.delete(key, options));
  }

  async presign(
    key: string,
    options: StoreOptions & { readonly expiresIn: number },
  ): Promise<string | undefined> {
    return this.#repeat(options, () => this.#inner.presign(key, options));
  }

  async pathOf(key: string, options: StoreOptions = {}): Promise<string | undefined> {
    return this.#repeat(options, async () => this.#inner.pathOf?.(key, options));
  }

  async begin(key: string, options: StoreOptions = {}): Promise<BegunWrite | undefined> {
    return this.#repeat(options, async () => this.#inner.begin?.(key, options));
  }

  async extendRetention(key: string, retention: Retention, options: StoreOptions = {}): Promise<void> {
    return this.#repeat(options, () => extendRetention(this.#inner, key, retention, options));
  }

  async *unfinished(prefix: string, options: StoreOptions = {}): AsyncGenerator<UnfinishedWrite> {
    const open = () => this.#inner.unfinished(prefix, options);
    yield* this.#repeatDistinct(open, options, write => `${write.id} ${write.key}`);
  }

  async abandon(write: UnfinishedWrite, options: StoreOptions = {}): Promise<void> {
    return this.#repeat(options, () => this.#inner.abandon(write, options));
  }

  async close(): Promise<void> {
    return this.#inner.close();
  }

  async #repeat<T>(options: StoreOptions, action: () => Promise<T>): Promise<T> {
    return retry(action, { ...this.#policy, signal: options.signal, retryable: mayPassAtOnce });
  }

  async #write(key: string, body: Body, options: PutOptions, write: Write): Promise<ObjectInfo> {
    if (body instanceof Uint8Array) return this.#repeat(options, () => write(body, options));
    if (body instanceof ReplayableBody) return this.#writeAgain(body, options, write);
    const chunks = checkedChunks(body, { url: this.url, key, size: options.size, signal: options.signal });
    const beginning = await beginningOf(chunks, heldBody);
    const { whole } = beginning;
    if (whole !== undefined) return this.#repeat(options, () => write(whole, options));
    return this.#writeHeld(beginning.stream, options, write);
  }

  async #writeHeld(stream: HeldStream, options: PutOptions, write: Write): Promise<ObjectInfo> {
    try {
      return await retry(() => write(stream, options), {
        ...this.#policy,
        signal: options.signal,
        retryable: thrown => stream.isWhole && mayPass(thrown),
      });
    } finally {
      stream.close().catch(() => {}); // not waited for: after an abort it may never end
    }
  }

  /** An error of the body itself is final even if it says that it may pass: it is not the store's. */
  async #writeAgain(body: ReplayableBody, options: PutOptions, write: Write): Promise<ObjectInfo> {
    let watched = new WatchedBody(body);
    const attempt = () => {
      watched = new WatchedBody(body);
      return write(watched, options);
    };
    return retry(attempt, {
      ...this.#policy,
      signal: options.signal,
      retryable: thrown => !watched.threw(thrown) && mayPass(thrown),
    });
  }

  async #ownObject(key: string, body: Body, options: StoreOptions): Promise<ObjectInfo | undefined> {
    const info = await this.#inner.head(key, options);
    if (info === undefined) throw raise.unavailable({ url: this.url, reason: `"${key}" came and went` });
    return (await this.#holds(info, body, options)) ? info : undefined;
  }

  async #holds(info: ObjectInfo, body: Body, options: StoreOptions): Promise<boolean> {
    if (body instanceof Uint8Array) {
      if (info.size !== body.length) return false;
      return (
        Buffer.compare(await readAll(this.#inner, info.key, { ...options, limit: body.length }), body) === 0
      );
    }
    if (!(body instanceof WatchedBody)) return false;
    return sameBytes(await this.#inner.get(info.key, options), body);
  }

  /** A listing in an order that it can be continued in: `open` is asked for what comes after the last item. */
  async *#repeatList<T>(open: () => AsyncIterable<T>, options: StoreOptions): AsyncGenerator<T> {
    let iterator = open()[Symbol.asyncIterator]();
    const next = (attempt: number) => {
      if (attempt > 1) iterator = open()[Symbol.asyncIterator]();
      return iterator.next();
    };
    try {
      for (;;) {
        const item = await retry(next, { ...this.#policy, signal: options.signal, retryable: mayPass });
        if (item.done === true) return;
        yield item.value;
      }
    } finally {
      await iterator.return?.();
    }
  }

  /** A short listing that is begun anew, of which what was yielded before is left out. */
  async *#repeatDistinct<T>(
    open: () => AsyncIterable<T>,
    options: StoreOptions,
    identity: (item: T) => string,
  ): AsyncGenerator<T> {
    const seen = new Set<string>();
    for await (const item of this.#repeatList(open, options)) {
      if (seen.has(identity(item))) continue;
      seen.add(identity(item));
      yield item;
    }
  }
}

/**
 * A call that rejects with `truncated` was asked for bytes beyond the object's end, and one that rejects with
 * `changed` for a version that is gone: asking again does not help.
 */
function mayPassAtOnce(thrown: unknown): boolean {
  const isVerdict = isHozonError(thrown, 'storage.truncated') || isHozonError(thrown, 'storage.changed');
  return mayPass(thrown) && !isVerdict;
}
