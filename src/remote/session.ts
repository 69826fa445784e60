import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { HozonError } from '#foundation/errors.ts';
import { afterAbort } from '#foundation/timed-signals.ts';
import type { Argument, CommandOptions, CommandStream, Ending } from './host.ts';
import { behindMark, SupervisedStderr } from './session-output.ts';
import { endOfInput, framed, supervision } from './supervisor.ts';

/** A way to a machine's shell. */
export interface Transport {
  /** Starts a process whose stdin, stdout and stderr are those of the supervisor's bootstrap on the machine. */
  start(signal: AbortSignal | undefined): Promise<ChildProcessWithoutNullStreams>;
  /** Asks the processes of a supervisor, by their group, to end the command; where its stdin cannot say it. */
  interrupt(group: number): Promise<void>;
  /** What went wrong where the supervisor never began. */
  refusal(said: string): HozonError;
  /** What went wrong where the supervisor never told how the command ended. */
  loss(command: string, said: string): HozonError;
  readonly patience?: Patience;
}

/** Milliseconds that an aborted command may take to end, before it is told so another way; and before it is given up. */
export interface Patience {
  readonly first: number;
  readonly last: number;
}

const usualPatience: Patience = { first: 2000, last: 10_000 };

/** Runs one command on a machine. */
export function startCommand(
  transport: Transport,
  command: readonly Argument[],
  options: CommandOptions,
): CommandStream {
  const session = openSession(transport, command, options);
  session.ended.catch(() => {}); // whoever reads stdout meets it there
  return { stdout: outputOf(session), ended: session.ended };
}

interface Session {
  readonly child: Promise<ChildProcessWithoutNullStreams>;
  readonly mark: string;
  readonly ended: Promise<Ending>;
  stop(reason: unknown): void;
  /** What went wrong where the end of stdout never came. */
  cut(): HozonError;
}

function openSession(transport: Transport, command: readonly Argument[], options: CommandOptions): Session {
  const mark = `hozon-${randomBytes(16).toString('hex')}`;
  const left = new AbortController();
  const signal = options.signal === undefined ? left.signal : AbortSignal.any([options.signal, left.signal]);
  const child = begin(transport, supervision(command, mark), signal);
  const name = nameOf(command);
  const ended = watch({ transport, child, mark, signal, name, stdin: options.stdin ?? '' });
  child.catch(() => {}); // `ended` says it
  return {
    child,
    mark,
    ended,
    stop: reason => left.abort(reason),
    cut: () => transport.loss(name, 'not all of its output arrived'),
  };
}

async function begin(
  transport: Transport,
  program: Buffer,
  signal: AbortSignal,
): Promise<ChildProcessWithoutNullStreams> {
  signal.throwIfAborted();
  const child = await transport.start(signal);
  child.stdin.on('error', () => {}); // how the command ended says more
  child.stdin.write(program);
  return child;
}

interface Watched {
  readonly transport: Transport;
  readonly child: Promise<ChildProcessWithoutNullStreams>;
  readonly mark: string;
  readonly signal: AbortSignal;
  readonly name: string;
  readonly stdin: Uint8Array | string | AsyncIterable<Uint8Array>;
}

async function watch({ transport, child: starting, mark, signal, name, stdin }: Watched): Promise<Ending> {
  const child = await starting;
  const stderr = new SupervisedStderr(mark);
  child.stderr.on('data', (chunk: Buffer) => {
    stderr.push(chunk);
    if (stderr.code !== undefined) child.stdin.end(); // which lets the supervisor go
  });
  const over = new AbortController();
  const fed: { failure?: Error } = {};
  feed(child, stdin, AbortSignal.any([signal, over.signal])).catch((thrown: unknown) => {
    fed.failure = thrown instanceof Error ? thrown : new Error(String(thrown));
    child.stdin.destroy(); // the command must not take it for the whole
  });
  const stop = (): void => {
    child.stdin.destroy();
    child.stdout.destroy();
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  using insistence = insist(transport, child, stderr, signal);
  await closed(child, insistence.givenUp);
  signal.removeEventListener('abort', stop);
  over.abort();
  signal.throwIfAborted();
  if (fed.failure !== undefined) throw fed.failure;
  if (stderr.code !== undefined) return { code: stderr.code, stderr: stderr.said };
  if (stderr.group === undefined) throw transport.refusal(stderr.before);
  throw transport.loss(name, stderr.said);
}

/** Where a command does not end although it was told to: the signal another way, then the end of the way itself. */
function insist(
  transport: Transport,
  child: ChildProcessWithoutNullStreams,
  stderr: SupervisedStderr,
  signal: AbortSignal,
): Disposable & { readonly givenUp: AbortSignal } {
  const { patience = usualPatience } = transport;
  const first = afterAbort(signal, patience.first);
  const last = afterAbort(signal, patience.last);
  const interrupt = (): void => {
    if (stderr.group === undefined) child.kill('SIGKILL');
    else transport.interrupt(stderr.group).catch(() => child.kill('SIGKILL'));
  };
  const kill = (): void => {
    child.kill('SIGKILL');
    child.unref();
    for (const stream of [child.stdout, child.stderr]) stream.destroy();
  };
  first.signal.addEventListener('abort', interrupt, { once: true });
  last.signal.addEventListener('abort', kill, { once: true });
  return {
    givenUp: last.signal,
    [Symbol.dispose]() {
      for (const timed of [first, last]) timed[Symbol.dispose]();
    },
  };
}

/**
 * Waits until a process and its streams are closed, or it is given up. What it emits as an error is that a signal could not be sent
 * to it, as to one of another user.
 */
async function closed(child: ChildProcessWithoutNullStreams, givenUp: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  child.once('close', () => resolve()).on('error', () => {});
  givenUp.addEventListener('abort', () => resolve(), { once: true });
  await promise;
}

/** Hands the command its stdin, no faster than it reads. Ends without an error where the command did not want all of it. */
async function feed(
  child: ChildProcessWithoutNullStreams,
  stdin: Uint8Array | string | AsyncIterable<Uint8Array>,
  over: AbortSignal,
): Promise<void> {
  for await (const bytes of piecesOf(stdin)) {
    for (const piece of framed(bytes)) {
      if (over.aborted || child.stdin.writableEnded || child.stdin.destroyed) return;
      if (!child.stdin.write(piece)) await roomIn(child, over);
    }
    if (over.aborted) return;
  }
  if (!child.stdin.writableEnded && !child.stdin.destroyed) child.stdin.write(endOfInput);
}

async function roomIn(child: ChildProcessWithoutNullStreams, over: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = (): void => resolve();
  over.addEventListener('abort', done, { once: true });
  child.stdin.once('drain', done).once('close', done);
  await promise;
  over.removeEventListener('abort', done);
  child.stdin.off('drain', done).off('close', done);
}

async function* piecesOf(stdin: Uint8Array | string | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (typeof stdin === 'string') yield Buffer.from(stdin);
  else if (stdin instanceof Uint8Array) yield stdin;
  else yield* stdin;
}

async function* outputOf(session: Session): AsyncGenerator<Buffer> {
  try {
    const child = await session.child;
    const whole = yield* behindMark(child.stdout as AsyncIterable<Buffer>, session.mark);
    await session.ended;
    if (!whole) throw session.cut();
  } catch (thrown) {
    await session.ended; // says better why reading failed
    throw thrown;
  } finally {
    session.stop(new Error('nobody reads its output any more'));
    await session.ended.catch(() => {});
  }
}

function nameOf(command: readonly Argument[]): string {
  const [program = ''] = command;
  return typeof program === 'string' ? program : Buffer.from(program).toString('utf8');
}
