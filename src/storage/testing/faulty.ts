import { setTimeout as delay } from 'node:timers/promises';
import { abortable, streamOf } from '../bodies.ts';
import { raise } from '../errors.ts';
import { extendRetention } from '../extend-retention.ts';
import type {
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
} from '../object-store.ts';

/** What happens to one call. */
export type Fault =
  /** Throws `storage.unavailable` (or `error`) without asking the store. */
  | { readonly kind: 'before'; readonly error?: Error }
  /** Lets the store do it and then throws: the lost answer. For reads and listings the same as `before`. */
  | { readonly kind: 'after'; readonly error?: Error }
  /** Waits until `until` resolves, or the call is aborted; then goes on. Without `until`, for ever. */
  | { readonly kind: 'stall'; readonly until?: Promise<void> }
  /** Waits that many milliseconds and then goes on. */
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** Of a read: throws `storage.truncated` after that many bytes. Of a listing: fails after that many entries. */
  | { readonly kind: 'truncate'; readonly after: number }
  /** Of a put: reads that many bytes of the body and throws `storage.unavailable`; nothing is stored. */
  | { readonly kind: 'cut-body'; readonly after: number };

export type Operation = Exclude<keyof ObjectStore, 'url' | 'close'>;

export interface Call {
  readonly operation: Operation;
  /** The key or prefix. */
  readonly key: string;
  /** Of a put. */
  readonly body?: Body;
  /** Counts all calls of the store, from 1. */
  readonly number: number;
}

/** Decides about each call as it comes: a script, or `seededFaults`. */
export type FaultPlan = (call: Call) => Fault | undefined;

/** A store in front of `inner` whose calls fail as the plan says. */
export function faulty(inner: ObjectStore, plan: FaultPlan): ObjectStore {
  return new FaultyStore(inner, plan);
}

class FaultyStore implements ObjectStore {
  readonly url: string;
  readonly #inner: ObjectStore;
  readonly #plan: FaultPlan;
  #calls = 0;

  constructor(inner: ObjectStore, plan: FaultPlan) {
    this.url = inner.url;
    this.#inner = inner;
    this.#plan = plan;
  }

  async get(key: string, options: ReadOptions = {}): Promise<StoredBody> {
    const fault = await this.#beforeRead('get', key, options);
    const body = await this.#inner.get(key, options);
    return fault?.kind === 'truncate' ? cutBody(this.#inner, key, body, fault.after) : body;
  }

  async getRange(key: string, range: ByteRange, options: ReadOptions = {}): Promise<StoredBody> {
    const fault = await this.#beforeRead('getRange', key, options);
    const body = await this.#inner.getRange(key, range, options);
    return fault?.kind === 'truncate' ? cutBody(this.#inner, key, body, fault.after) : body;
  }

  async put(key: string, body: Body, options: PutOptions = {}): Promise<ObjectInfo> {
    return this.#write('put', key, body, options);
  }

  async putIfAbsent(key: string, body: Body, options: PutOptions = {}): Promise<ObjectInfo> {
    return this.#write('putIfAbsent', key, body, options);
  }

  async head(key: string, options: StoreOptions = {}): Promise<ObjectInfo | undefined> {
    await this.#beforeRead('head', key, options);
    return this.#inner.head(key, options);
  }

  list(prefix: string, options: ListOptions = {}): AsyncIterable<ObjectInfo> {
    return this.#listing('list', prefix, options, this.#inner.list(prefix, options));
  }

  listPrefixes(prefix: string, options: StoreOptions = {}): AsyncIterable<string> {
    return this.#listing('listPrefixes', prefix, options, this.#inner.listPrefixes(prefix, options));
  }

  async delete(key: string, options: StoreOptions = {}): Promise<void> {
    const fault = await this.#before('delete', key, options);
    await this.#inner.delete(key, options);
    this.#after(fault);
  }

  async presign(
    key: string,
    options: StoreOptions & { readonly expiresIn: number },
  ): Promise<string | undefined> {
    await this.#beforeRead('presign', key, options);
    return this.#inner.presign(key, options);
  }

  unfinished(prefix: string, options: StoreOptions = {}): AsyncIterable<UnfinishedWrite> {
    return this.#listing('unfinished', prefix, options, this.#inner.unfinished(prefix, options));
  }

  async abandon(write: UnfinishedWrite, options: StoreOptions = {}): Promise<void> {
    const fault = await this.#before('abandon', write.key, options);
    await this.#inner.abandon(write, options);
    this.#after(fault);
  }

  async extendRetention(key: string, retention: Retention, options: StoreOptions = {}): Promise<void> {
    const fault = await this.#before('extendRetention', key, options);
    await extendRetention(this.#inner, key, retention, options);
    this.#after(fault);
  }

  async close(): Promise<void> {
    return this.#inner.close();
  }

  async #write(
    operation: 'put' | 'putIfAbsent',
    key: string,
    body: Body,
    options: PutOptions,
  ): Promise<ObjectInfo> {
    const fault = await this.#before(operation, key, options, body);
    if (fault?.kind === 'cut-body') await swallow(this.#inner, body, fault.after, options);
    const info = await this.#inner[operation](key, body, options);
    this.#after(fault);
    return info;
  }

  async *#listing<T>(
    operation: Operation,
    prefix: string,
    options: StoreOptions,
    items: AsyncIterable<T>,
  ): AsyncGenerator<T> {
    const fault = await this.#beforeRead(operation, prefix, options);
    let left = fault?.kind === 'truncate' ? fault.after : Number.POSITIVE_INFINITY;
    for await (const item of items) {
      if (left-- <= 0) throw lostAnswer(this.#inner);
      yield item;
    }
  }

  async #before(
    operation: Operation,
    key: string,
    options: StoreOptions,
    body?: Body,
  ): Promise<Fault | undefined> {
    const number = ++this.#calls;
    const fault = this.#plan({ operation, key, number, ...(body === undefined ? {} : { body }) });
    await meet(this.#inner, fault, options);
    return fault;
  }

  /** What changes nothing can as well fail before as after. */
  async #beforeRead(operation: Operation, key: string, options: StoreOptions): Promise<Fault | undefined> {
    const fault = await this.#before(operation, key, options);
    this.#after(fault);
    return fault;
  }

  #after(fault: Fault | undefined): void {
    if (fault?.kind === 'after') throw fault.error ?? lostAnswer(this.#inner);
  }
}

/** The first calls of an operation meet these faults, in their order; `undefined` lets one pass. */
export function scripted(script: Partial<Record<Operation, readonly (Fault | undefined)[]>>): FaultPlan {
  const met = new Map<Operation, number>();
  return ({ operation }) => {
    const count = met.get(operation) ?? 0;
    met.set(operation, count + 1);
    return script[operation]?.[count];
  };
}

/**
 * Faults that may pass, in that share of all calls, the same ones for the same seed; never two in a row on one key.
 * The answer to the put of a stream is never lost: whoever handed it on could not send it again.
 */
export function seededFaults(seed: number, share: number): FaultPlan {
  const random = randomOf(seed);
  const failing = new Set<string>();
  return call => {
    const place = `${call.operation} ${call.key}`;
    if (failing.delete(place) || random() >= share) return undefined;
    failing.add(place);
    return faultOf(call, random);
  };
}

/** What changes a location and has no body. */
const changing: ReadonlySet<Operation> = new Set(['delete', 'abandon', 'extendRetention']);

function faultOf({ operation, body }: Call, random: () => number): Fault {
  const kind = random();
  const after = Math.floor(random() * 2000);
  if (kind < 0.35) return { kind: 'before' };
  if (body !== undefined) {
    return kind < 0.7 && body instanceof Uint8Array ? { kind: 'after' } : { kind: 'cut-body', after };
  }
  if (changing.has(operation)) return { kind: 'after' };
  return { kind: 'truncate', after: operation.startsWith('get') ? after : after % 7 };
}

/** mulberry32: a small generator of evenly spread numbers in [0, 1). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function meet(inner: ObjectStore, fault: Fault | undefined, options: StoreOptions) {
  const signal = options.signal;
  signal?.throwIfAborted();
  if (fault?.kind === 'before')
    throw fault.error ?? raise.unavailable({ url: inner.url, reason: 'injected fault' });
  if (fault?.kind === 'delay')
    await delay(fault.milliseconds, undefined, signal === undefined ? {} : { signal });
  if (fault?.kind === 'stall') await stalled(fault.until, signal);
}

function stalled(until: Promise<void> | undefined, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    until?.then(resolve, reject);
  });
}

function cutBody(inner: ObjectStore, key: string, body: StoredBody, after: number): StoredBody {
  const { size = 0, version } = body;
  async function* cut() {
    let received = 0;
    for await (const chunk of body) {
      if (received + chunk.length > after) {
        if (after > received) yield chunk.subarray(0, after - received);
        throw raise.truncated({ url: inner.url, key, expected: size, received: after });
      }
      received += chunk.length;
      yield chunk;
    }
  }
  return { size, ...(version === undefined ? {} : { version }), [Symbol.asyncIterator]: cut };
}

async function swallow(inner: ObjectStore, body: Body, after: number, options: StoreOptions): Promise<never> {
  let taken = 0;
  for await (const chunk of abortable(streamOf(body), options.signal)) {
    taken += chunk.length;
    if (taken >= after) break;
  }
  throw raise.unavailable({ url: inner.url, reason: `injected fault after ${taken} bytes of the body` });
}

function lostAnswer(inner: ObjectStore): Error {
  return raise.unavailable({ url: inner.url, reason: 'injected fault: the answer was lost' });
}
