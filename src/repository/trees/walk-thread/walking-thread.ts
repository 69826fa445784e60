import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { endThread } from '../../posix/thread-end.ts';
import type { SourceEvent, SourceTotals } from '../source.ts';
import { unpackEvents } from './event-batch.ts';
import type { FromWalk } from './messages.ts';

type Told = Exclude<FromWalk, { kind: 'totals' }>;

/** A thread that walks, as {@link serveWalk} makes one. It begins at once, and can be followed once. */
export class WalkingThread<Setup, Result = undefined> {
  readonly #worker: Worker;
  readonly #said: Told[] = [];
  #heard: () => void = () => {};
  #asked = false;
  #result: Result | undefined;
  #totals: SourceTotals | undefined;

  /** @param program its file, which {@link workerProgram} finds */
  constructor(program: URL, setup: Setup) {
    this.#worker = new Worker(program, { workerData: setup, name: 'walk', execArgv: [] });
    this.#worker.on('message', (message: FromWalk) => this.#hear(message));
    this.#worker.on('error', error => this.#hear({ kind: 'failed', error: asError(error) }));
    this.#worker.on('exit', () => this.#hear({ kind: 'failed', error: new Error('the walk ended early') }));
  }

  /** What the walk said when it ended; `undefined` before. */
  get result(): Result | undefined {
    return this.#result;
  }

  /** What there is in all, once the thread has counted it. */
  get totals(): SourceTotals | undefined {
    return this.#totals;
  }

  async *events(signal: AbortSignal | undefined): AsyncGenerator<readonly SourceEvent[]> {
    if (this.#asked) throw new Error('a walk can be followed once');
    this.#asked = true;
    const wake = (): void => this.#heard();
    signal?.addEventListener('abort', wake);
    try {
      for (;;) {
        const message = await this.#next(signal);
        if (message.kind === 'failed') throw message.error;
        if (message.kind === 'end') {
          this.#result = message.result as Result;
          return;
        }
        this.#worker.postMessage(undefined, []);
        yield unpackEvents(message.batch);
      }
    } finally {
      signal?.removeEventListener('abort', wake);
      await this.stop();
    }
  }

  async stop(): Promise<void> {
    await endThread(this.#worker);
  }

  async #next(signal: AbortSignal | undefined): Promise<Told> {
    for (;;) {
      signal?.throwIfAborted();
      const message = this.#said.shift();
      if (message !== undefined) return message;
      await new Promise<void>(resolve => (this.#heard = resolve));
    }
  }

  #hear(message: FromWalk): void {
    if (message.kind === 'totals') {
      this.#totals = message.totals;
      return;
    }
    this.#said.push(message);
    this.#heard();
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/**
 * The program of a thread: the source beside the asking module, or, in a bundle, `NAME.js` beside `hozon.js`.
 *
 * @param asking `import.meta.url` of the asking module
 */
export function workerProgram(asking: string, source: string, name: string): URL {
  if (asking.endsWith('.ts')) return new URL(source, asking);
  const built = [`./${name}.js`, `../${name}.js`].map(path => new URL(path, asking));
  const found = built.find(url => existsSync(url));
  if (found === undefined) throw new Error(`${name}.js is missing near ${asking}`);
  return found;
}
