import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { type DirectorySourceOptions, directorySource } from '../directory-source.ts';
import type { SourceEvent, TreeSource } from '../source.ts';
import { workingDirectory } from '../working-directory.ts';
import { unpackEvents } from './event-batch.ts';
import type { FromWalk, WalkSetup } from './messages.ts';

/** A source that is at work before it is asked, until it is disposed of. */
export type WalkingSource = TreeSource & AsyncDisposable;

/**
 * {@link directorySource} in a thread of its own, which begins at once: while a repository is being opened, and while what it
 * found is being stored, it goes on, as far as some ten thousand entries ahead. It can be asked for its events once.
 *
 * @throws what that throws
 */
export function walkingSource(
  targets: readonly Buffer[],
  options: DirectorySourceOptions = {},
): WalkingSource {
  const { base = workingDirectory(), excludes = {} } = options;
  const { roots } = directorySource(targets, { ...options, base });
  const setup: WalkSetup = { targets, base, excludes };
  const thread = new Thread(setup);
  return {
    roots,
    events: ({ signal }) => thread.events(signal),
    [Symbol.asyncDispose]: () => thread.stop(),
  };
}

class Thread {
  readonly #worker: Worker;
  readonly #said: FromWalk[] = [];
  #heard: () => void = () => {};
  #asked = false;

  constructor(setup: WalkSetup) {
    this.#worker = new Worker(workerUrl(), { workerData: setup, name: 'walk', execArgv: [] });
    this.#worker.on('message', (message: FromWalk) => this.#hear(message));
    this.#worker.on('error', error => this.#hear({ kind: 'failed', error: asError(error) }));
    this.#worker.on('exit', () => this.#hear({ kind: 'failed', error: new Error('the walk ended early') }));
  }

  async *events(signal: AbortSignal | undefined): AsyncGenerator<readonly SourceEvent[]> {
    if (this.#asked) throw new Error('a walk can be followed once');
    this.#asked = true;
    const wake = (): void => this.#heard();
    signal?.addEventListener('abort', wake);
    try {
      for (;;) {
        const message = await this.#next(signal);
        if (message.kind === 'end') return;
        if (message.kind === 'failed') throw message.error;
        this.#worker.postMessage(undefined, []);
        yield unpackEvents(message.batch);
      }
    } finally {
      signal?.removeEventListener('abort', wake);
      await this.stop();
    }
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  async #next(signal: AbortSignal | undefined): Promise<FromWalk> {
    for (;;) {
      signal?.throwIfAborted();
      const message = this.#said.shift();
      if (message !== undefined) return message;
      await new Promise<void>(resolve => (this.#heard = resolve));
    }
  }

  #hear(message: FromWalk): void {
    this.#said.push(message);
    this.#heard();
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** The thread's program: beside this file, or, in a bundle, beside `hozon.js`. */
function workerUrl(): URL {
  if (import.meta.url.endsWith('.ts')) return new URL('./walk-worker.ts', import.meta.url);
  const built = ['./walk-worker.js', '../walk-worker.js'].map(path => new URL(path, import.meta.url));
  const found = built.find(url => existsSync(url));
  if (found === undefined) throw new Error(`walk-worker.js is missing near ${import.meta.url}`);
  return found;
}
