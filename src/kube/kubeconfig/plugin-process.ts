import { spawn } from 'node:child_process';
import { raise } from '../errors.ts';

export interface PluginRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Hands the terminal over: stdin and stderr are ours. */
  readonly interactive: boolean;
  /** What to say where the command is not there. */
  readonly installHint: string;
}

const longestOutput = 1024 * 1024;
const longestComplaint = 2048;

/** A plugin that talks to nobody is given up after this long. Milliseconds. */
const patience = 60_000;

/**
 * Runs a credential plugin and resolves with its standard output (at most 1 MiB). Rejects with
 * `kube.credential-plugin-missing` or `kube.credential-plugin-failed`, which quote its standard error, never its output.
 */
export function runPlugin(run: PluginRun): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn(run.command, [...run.args], {
    env: { ...run.env },
    stdio: [run.interactive ? 'inherit' : 'ignore', 'pipe', run.interactive ? 'inherit' : 'pipe'],
  });
  const output: Buffer[] = [];
  let size = 0;
  let complaint = '';
  const fail = (reason: string): void => {
    const said = complaint
      .slice(0, longestComplaint)
      .replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ')
      .trim();
    const { command } = run;
    reject(
      raise['credential-plugin-failed']({ command, reason: said === '' ? reason : `${reason}: ${said}` }),
    );
  };
  // A plugin's own children may outlive it and hold the pipes: they are not waited for.
  const giveUp = (reason: string): void => {
    child.kill('SIGKILL');
    child.stdout?.destroy();
    child.stderr?.destroy();
    fail(reason);
  };
  const timer = run.interactive
    ? undefined
    : setTimeout(() => giveUp(`it did not end within ${patience / 1000} s`), patience);
  child.stdout?.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= longestOutput) output.push(chunk);
    else giveUp('it printed more than 1 MiB');
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    if (complaint.length < longestComplaint) complaint += chunk.toString('utf8');
  });
  child.on('error', thrown => reject(startError(run, thrown)));
  child.on('close', (code, signal) => {
    clearTimeout(timer);
    if (code === 0) resolve(Buffer.concat(output).toString('utf8'));
    else fail(signal === null ? `exit code ${code}` : `killed by ${signal}`);
  });
  return promise;
}

function startError(run: PluginRun, thrown: Error): Error {
  const { command, installHint } = run;
  return 'code' in thrown && thrown.code === 'ENOENT'
    ? raise['credential-plugin-missing']({ command, installHint: installHint.trim() }, { cause: thrown })
    : raise['credential-plugin-failed']({ command, reason: thrown.message }, { cause: thrown });
}
