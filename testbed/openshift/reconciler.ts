import { systemClock } from '#foundation/clock.ts';
import { describeThrown, isHozonError } from '#foundation/errors.ts';
import type { KubeApi, WatchEvent } from '#kube/api.ts';
import type { KubeObject, ObjectKey, ResourceType } from '#kube/objects.ts';

/** A type that is watched, and whose reconciliation an object of it asks for. */
export interface Source {
  readonly type: ResourceType;
  readonly labelSelector?: string;
  readonly keys: (object: KubeObject) => readonly ObjectKey[] | Promise<readonly ObjectKey[]>;
}

export interface StandInOptions {
  readonly signal?: AbortSignal | undefined;
  /** Which namespaces the stand-in plays in; all unless told, so tests that share a cluster should tell. */
  readonly covers?: ((namespace: string) => boolean) | undefined;
  /** Told of failed attempts; each is tried again. A process warning unless told. */
  readonly onFault?: ((thrown: unknown) => void) | undefined;
}

/** A running stand-in for a controller. Disposing it stops its watches and waits for what it has under way. */
export interface StandIn extends AsyncDisposable {
  stop(): Promise<void>;
}

export interface ReconcilerOptions extends StandInOptions {
  readonly sources: readonly Source[];
  /** Brings one object to its desired state from what the server says now; called again after each failure. */
  readonly reconcile: (key: ObjectKey, signal: AbortSignal) => Promise<void>;
}

const retryMilliseconds = 250;

/**
 * Calls `reconcile` for every key that the sources name, one at a time, and again whenever one of their objects
 * changes. Watches that end are begun again, which names every object once more.
 */
export function startReconciler(client: KubeApi, options: ReconcilerOptions): StandIn {
  const stopping = new AbortController();
  const signal =
    options.signal === undefined ? stopping.signal : AbortSignal.any([stopping.signal, options.signal]);
  const queue = new KeyQueue(signal);
  const fault = options.onFault ?? warn;
  const running = Promise.allSettled([
    ...options.sources.map(source =>
      follow(client, source, { queue, signal, fault, covers: options.covers }),
    ),
    work(queue, options.reconcile, { signal, fault }),
  ]);
  const stop = async (): Promise<void> => {
    stopping.abort();
    await running;
  };
  return { stop, [Symbol.asyncDispose]: stop };
}

/** Several stand-ins as one. */
export function together(...parts: readonly StandIn[]): StandIn {
  const stop = async (): Promise<void> => {
    await Promise.all(parts.map(part => part.stop()));
  };
  return { stop, [Symbol.asyncDispose]: stop };
}

interface Following {
  readonly queue: KeyQueue;
  readonly signal: AbortSignal;
  readonly fault: (thrown: unknown) => void;
  readonly covers: ((namespace: string) => boolean) | undefined;
}

async function follow(client: KubeApi, source: Source, following: Following): Promise<void> {
  const { signal, fault } = following;
  const { type, labelSelector } = source;
  while (!signal.aborted) {
    try {
      for await (const event of client.watch(type, { signal, labelSelector }))
        await enqueue(event, source, following);
    } catch (thrown) {
      if (signal.aborted) return;
      fault(thrown);
    }
    await pause(signal);
  }
}

async function enqueue(event: WatchEvent, source: Source, { queue, covers }: Following): Promise<void> {
  if (event.type === 'BOOKMARK') return;
  for (const key of await source.keys(event.object))
    if (covers?.(key.namespace ?? key.name) !== false) queue.add(key);
}

async function work(
  queue: KeyQueue,
  reconcile: ReconcilerOptions['reconcile'],
  { signal, fault }: Pick<Following, 'signal' | 'fault'>,
): Promise<void> {
  for await (const key of queue) {
    try {
      await reconcile(key, signal);
    } catch (thrown) {
      if (signal.aborted) return;
      if (!changedMeanwhile(thrown)) fault(thrown);
      await pause(signal);
      queue.add(key);
    }
  }
}

/** Everyday life of a controller: the object was written or deleted after it was read, or its namespace is going. */
function changedMeanwhile(thrown: unknown): boolean {
  if (isHozonError(thrown, 'kube.forbidden')) return thrown.message.includes('it is being terminated');
  return isHozonError(thrown, 'kube.conflict') || isHozonError(thrown, 'kube.not-found');
}

async function pause(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await systemClock.sleep(retryMilliseconds, signal).catch((thrown: unknown) => {
    if (!signal.aborted) throw thrown;
  });
}

function warn(thrown: unknown): void {
  process.emitWarning(describeThrown(thrown), 'TestbedStandIn');
}

/** Keys in the order of their first naming, each once; ends when the signal aborts. */
class KeyQueue implements AsyncIterable<ObjectKey> {
  readonly #keys = new Map<string, ObjectKey>();
  readonly #signal: AbortSignal;
  #wake: () => void = () => {};

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#wake(), { once: true });
  }

  add(key: ObjectKey): void {
    this.#keys.set(`${key.namespace ?? ''}/${key.name}`, key);
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ObjectKey> {
    while (!this.#signal.aborted) {
      const [first] = this.#keys;
      if (first !== undefined) {
        this.#keys.delete(first[0]);
        yield first[1];
        continue;
      }
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
  }
}
