import { HozonError, isHozonError } from '#foundation/errors.ts';
import { backoffDelay } from '#foundation/retry.ts';
import type { WatchEvent, WatchOptions } from '../api.ts';
import { groupResource, type KubeObject, type ResourceType } from '../objects.ts';
import { readStatus, statusError } from '../status.ts';
import { lines } from './body.ts';
import { pages } from './list.ts';
import { collectionPath } from './paths.ts';
import type { Transport } from './transport.ts';
import { KnownObjects } from './watch-known.ts';

export interface WatchTuning {
  /** How long the server is asked to keep one connection open, seconds. */
  readonly seconds?: number;
}

/** A server that sends nothing for this much longer than the connection was to last is not there any more. Milliseconds. */
const grace = 30_000;
const longestLine = 64 * 1024 * 1024;
const reconnect = { attempts: Number.POSITIVE_INFINITY, firstDelay: 100, maxDelay: 30_000 };

/** Changes of the objects of a type; see {@link KubeApi.watch} for what it promises. */
export async function* watchObjects(
  transport: Transport,
  type: ResourceType,
  options: WatchOptions = {},
  tuning: WatchTuning = {},
): AsyncGenerator<WatchEvent> {
  const watch = new Watch(transport, type, options, tuning);
  for (;;) {
    try {
      if (watch.needsList) yield* watch.list();
      yield* watch.changes();
    } catch (thrown) {
      await watch.recover(thrown);
    }
  }
}

/** Where a watch stands between its connections. */
class Watch {
  readonly #transport: Transport;
  readonly #type: ResourceType;
  readonly #options: WatchOptions;
  readonly #seconds: number;
  /** What was yielded, so that a new list can tell what changed; absent where the caller said where to begin. */
  readonly #known: KnownObjects | undefined;
  #resourceVersion: string | undefined;
  #failures = 0;

  constructor(transport: Transport, type: ResourceType, options: WatchOptions, tuning: WatchTuning) {
    this.#transport = transport;
    this.#type = type;
    this.#options = options;
    // Spread out, so that many watches do not come back at the same moment.
    this.#seconds = Math.ceil((tuning.seconds ?? 300) * (0.75 + transport.random() / 4));
    this.#resourceVersion = options.resourceVersion;
    this.#known = options.resourceVersion === undefined ? new KnownObjects(type) : undefined;
  }

  get needsList(): boolean {
    return this.#resourceVersion === undefined;
  }

  /** What is there now, as the difference to what was yielded before. */
  async *list(): AsyncGenerator<WatchEvent> {
    const known = this.#known as KnownObjects;
    const round = known.beginRound();
    let resourceVersion = '';
    for await (const page of pages(this.#transport, this.#type, this.#options)) {
      resourceVersion = page.resourceVersion;
      for (const object of page.items) yield* round.listed(object);
    }
    yield* round.end();
    this.#resourceVersion = resourceVersion;
    this.#failures = 0;
    yield { type: 'BOOKMARK', resourceVersion };
  }

  /** What comes on one connection. */
  async *changes(): AsyncGenerator<WatchEvent> {
    const { namespace, labelSelector, fieldSelector, signal } = this.#options;
    const body = await this.#transport.stream({
      method: 'GET',
      path: collectionPath(this.#type, namespace),
      query: {
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion: this.#resourceVersion,
        timeoutSeconds: this.#seconds,
        labelSelector,
        fieldSelector,
      },
      what: this.#what,
      repeatable: true,
      bodyTimeout: this.#seconds * 1000 + grace,
      signal,
    });
    for await (const line of lines(body, longestLine)) {
      if (line.trim() === '') continue;
      yield* this.#event(JSON.parse(line) as RawEvent);
      this.#failures = 0;
    }
    // A connection that ended before anything came must not be opened again at once, for ever.
    if (this.#failures++ > 0) await this.#pause();
  }

  /** Prepares the next try after a fault, or throws it where there is none. */
  async recover(thrown: unknown): Promise<void> {
    this.#options.signal?.throwIfAborted();
    if (isHozonError(thrown, 'kube.gone') && this.#known !== undefined) {
      this.#resourceVersion = undefined;
    } else if (!isPassing(thrown)) {
      throw thrown;
    }
    this.#options.onInterruption?.(thrown);
    this.#failures++;
    await this.#pause();
  }

  async #pause(): Promise<void> {
    const delay = backoffDelay(Math.max(1, this.#failures), reconnect, this.#transport.random);
    await this.#transport.clock.sleep(delay, this.#options.signal);
  }

  *#event(event: RawEvent): Generator<WatchEvent> {
    if (event.type === 'ERROR') throw this.#serverError(event.object);
    const resourceVersion = event.object.metadata.resourceVersion ?? '';
    if (resourceVersion !== '') this.#resourceVersion = resourceVersion;
    if (event.type === 'BOOKMARK') {
      yield { type: 'BOOKMARK', resourceVersion };
      return;
    }
    this.#known?.changed(event.type, event.object);
    yield { type: event.type, object: event.object };
  }

  #serverError(object: unknown): HozonError {
    const code = (object as { code?: unknown }).code;
    const status = readStatus({ code: typeof code === 'number' ? code : 500, body: JSON.stringify(object) });
    return statusError(this.#transport.server, this.#what, status);
  }

  get #what(): string {
    const { namespace } = this.#options;
    return `WATCH ${groupResource(this.#type)}${namespace ? ` in ${namespace}` : ''}`;
  }
}

type RawEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: KubeObject }
  | { readonly type: 'ERROR'; readonly object: unknown };

/** Faults that a watch waits out. A line cut in the middle is no JSON. */
function isPassing(thrown: unknown): boolean {
  return (
    thrown instanceof SyntaxError ||
    (thrown instanceof HozonError && thrown.retry === 'later' && thrown.code !== 'kube.gone')
  );
}
