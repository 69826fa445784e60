import { spawn } from 'node:child_process';
import { raise } from './errors.ts';

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
  const stream = run.interactive ? 'inherit' : 'pipe';
  const child = spawn(run.command, [...run.args], {
    env: { ...run.env },
    stdio: [run.interactive ? 'inherit' : 'ignore', 'pipe', stream],
    ...(run.interactive ? {} : { timeout: patience, killSignal: 'SIGKILL' as const }),
  });
  const output: Buffer[] = [];
  let size = 0;
  let complaint = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= longestOutput) output.push(chunk);
    else child.kill('SIGKILL');
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    if (complaint.length < longestComplaint) complaint += chunk.toString('utf8');
  });
  child.on('error', thrown => reject(startError(run, thrown)));
  child.on('close', (code, signal) => {
    if (code === 0 && size <= longestOutput) return resolve(Buffer.concat(output).toString('utf8'));
    const ending = size > longestOutput ? 'it printed more than 1 MiB' : endingOf(code, signal);
    const said = complaint
      .slice(0, longestComplaint)
      .replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ')
      .trim();
    reject(
      raise['credential-plugin-failed']({
        command: run.command,
        reason: said === '' ? ending : `${ending}: ${said}`,
      }),
    );
  });
  return promise;
}

function startError(run: PluginRun, thrown: Error): Error {
  const { command, installHint } = run;
  return 'code' in thrown && thrown.code === 'ENOENT'
    ? raise['credential-plugin-missing']({ command, installHint: installHint.trim() }, { cause: thrown })
    : raise['credential-plugin-failed']({ command, reason: thrown.message }, { cause: thrown });
}

function endingOf(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === 'SIGKILL') return `it did not end within ${patience / 1000} s`;
  return signal === null ? `exit code ${code}` : `killed by ${signal}`;
}
