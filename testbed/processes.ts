import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { testbedErrors } from './errors.ts';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string | Uint8Array;
  readonly signal?: AbortSignal | undefined;
  /** Called with stderr as it comes, beside collecting it. */
  readonly onStderr?: (text: string) => void;
}

export interface RunResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end and collects what it says. Rejects only where it cannot be started or is aborted. */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: options.env === undefined ? process.env : { ...process.env, ...options.env },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  child.stdin.on('error', () => {}); // the command may end without reading all of it
  child.stdin.end(options.stdin ?? '');
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    options.onStderr?.(text);
  });
  const { promise, resolve, reject } = Promise.withResolvers<RunResult>();
  child.on('error', reject);
  child.on('close', (code, signal) => resolve({ exitCode: code ?? signalExit(signal), stdout, stderr }));
  return promise;
}

/** {@link run}, rejecting unless the command exits with 0; resolves with its stdout. */
export async function runOk(command: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await run(command, options);
  if (result.exitCode === 0) return result.stdout;
  const said = (result.stderr || result.stdout).trim().slice(-4000);
  throw new Error(`${command.slice(0, 3).join(' ')} … exited with ${result.exitCode}: ${said}`);
}

export interface DaemonOptions {
  /** For messages, and the name of its log file. */
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly logDir: string;
  /** A directory of the cgroup file system that the process is put into before it begins. */
  readonly cgroup?: string | undefined;
}

/** A process that runs until it is stopped. It is killed by the kernel when this process ends, however it ends. */
export interface Daemon {
  readonly name: string;
  readonly pid: number;
  readonly log: string;
  readonly running: boolean;
  /** Resolves with how it ended: `exit code 1`, `SIGKILL`. */
  readonly exited: Promise<string>;
  /** Ends it: `signal` first, SIGKILL after `graceSeconds`. Resolves when it is gone. */
  stop(options?: { signal?: NodeJS.Signals; graceSeconds?: number }): Promise<void>;
  /** The error that says that it ended on its own, with the end of its log. */
  failure(): Promise<Error>;
}

/**
 * Joins the cgroup, if any, asks the kernel to kill it with its parent, and becomes the command. The environment
 * of the command carries secrets; its arguments never do, since they are visible to every user of the machine.
 */
const launcher =
  'if [ -n "$0" ]; then echo $$ > "$0/cgroup.procs" || exit 126; fi; exec setpriv --pdeathsig KILL -- "$@"';

/** Starts a {@link Daemon} in a session of its own, so that a Ctrl-C at the terminal is its owner's to handle. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const log = join(options.logDir, `${options.name}.log`);
  const output = openSync(log, 'a', 0o600);
  const child = spawn('/bin/sh', ['-c', launcher, options.cgroup ?? '', ...options.command], {
    stdio: ['ignore', output, output],
    detached: true,
    cwd: isAbsolute(options.logDir) ? options.logDir : process.cwd(),
    env: { PATH: `${process.env['PATH']}:/usr/sbin:/sbin`, HOME: options.logDir, ...options.env },
  });
  closeSync(output);
  const started = Promise.withResolvers<void>();
  child.once('error', started.reject);
  child.once('spawn', started.resolve);
  await started.promise;
  child.unref();
  return daemonOf(child, options.name, log);
}

function daemonOf(child: ChildProcess, name: string, log: string): Daemon {
  const ended = Promise.withResolvers<string>();
  child.on('exit', (code, signal) => ended.resolve(signal ?? `exit code ${code}`));
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    name,
    pid: child.pid ?? 0,
    log,
    exited: ended.promise,
    get running() {
      return running();
    },
    async stop({ signal = 'SIGTERM', graceSeconds = 10 } = {}) {
      if (!running()) return;
      child.ref();
      child.kill(signal);
      const hard = setTimeout(() => child.kill('SIGKILL'), graceSeconds * 1000);
      await ended.promise;
      clearTimeout(hard);
    },
    async failure() {
      const outcome = await ended.promise;
      return testbedErrors.raise['process-exited']({ name, outcome, log, lastLines: await endOf(log) });
    },
  };
}

async function endOf(path: string, bytes = 3000): Promise<string> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  const from = Math.max(0, size - bytes);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, from);
  return buffer.toString('utf8', 0, bytesRead).trim();
}

function signalExit(signal: NodeJS.Signals | null): number {
  return signal === null ? 1 : 128;
}
