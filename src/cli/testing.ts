import { Readable, Writable } from 'node:stream';
import type { Clock } from '#foundation/clock.ts';
import type { Env } from './context.ts';
import { run } from './run.ts';

/** A stream that keeps what is written to it, and may call itself a terminal. */
export class CapturedStream extends Writable {
  readonly isTTY: boolean;
  columns: number;
  text = '';

  constructor(options: { readonly isTTY?: boolean; readonly columns?: number } = {}) {
    super({ decodeStrings: false });
    this.isTTY = options.isTTY ?? false;
    this.columns = options.columns ?? 80;
  }

  override _write(chunk: string | Uint8Array, _encoding: string, done: () => void): void {
    this.text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    done();
  }
}

/** A clock that stands still until it is moved. */
export class HeldClock implements Clock {
  #milliseconds = 0;
  readonly #start: number;

  constructor(start = '2026-01-02T03:04:05.000Z') {
    this.#start = Date.parse(start);
  }

  advance(milliseconds: number): void {
    this.#milliseconds += milliseconds;
  }

  now(): Date {
    return new Date(this.#start + this.#milliseconds);
  }

  monotonic(): number {
    return this.#milliseconds;
  }

  async sleep(milliseconds: number): Promise<void> {
    this.#milliseconds += milliseconds;
  }
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly env?: Env;
  readonly signal?: AbortSignal;
  readonly stdin?: string;
  readonly out?: CapturedStream;
  readonly err?: CapturedStream;
  /** One that stands still unless given. */
  readonly clock?: Clock;
}

/** Runs a command line in this process. The environment is empty but for what is given. */
export async function runHere(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const out = options.out ?? new CapturedStream();
  const err = options.err ?? new CapturedStream();
  const code = await run({
    argv,
    env: options.env ?? {},
    stdin: Readable.from(options.stdin === undefined ? [] : [options.stdin]),
    out,
    err,
    clock: options.clock ?? new HeldClock(),
    signal: options.signal ?? new AbortController().signal,
  });
  return { code, out: out.text, err: err.text };
}
