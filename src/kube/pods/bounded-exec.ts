import { isHozonError } from '#foundation/errors.ts';
import { after } from '#foundation/timed-signals.ts';
import type { KubeApi, PodKey } from '../api.ts';
import { KubeStatusError } from '../status.ts';
import { CommandOutput } from './command-output.ts';

/** A command for a container, and how long it is waited for. */
export interface BoundedCommand {
  readonly container: string;
  readonly command: readonly string[];
  readonly timeoutMs: number;
}

/** How a command ended, or the waiting for it. `output` is the last KiB of what it said, on one line. */
export type CommandEnd =
  | { readonly ended: 'exited'; readonly exitCode: number; readonly output: string }
  | { readonly ended: 'timed-out'; readonly output: string }
  | { readonly ended: 'given-up' }
  /** `cutOff`: the connection broke while the command may have run; otherwise server or runtime refused it. */
  | { readonly ended: 'broken'; readonly thrown: unknown; readonly cutOff: boolean };

export interface BoundedExecOptions {
  readonly api: Pick<KubeApi, 'exec'>;
  /** Told of each line as it comes, 64 KiB of each output. */
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Gives the command up. */
  readonly signal: AbortSignal;
}

/**
 * Runs a command and waits for its end, its timeout or the signal; never rejects. Kubernetes has no way to end a
 * command that is no longer waited for, so it may run on. What is held of its output is bounded.
 */
export async function boundedExec(
  pod: PodKey,
  { container, command, timeoutMs }: BoundedCommand,
  { api, onLine, signal }: BoundedExecOptions,
): Promise<CommandEnd> {
  const stdout = new CommandOutput(line => onLine(line, 'stdout'));
  const stderr = new CommandOutput(line => onLine(line, 'stderr'));
  const output = (): string => stderr.tail || stdout.tail;
  using timeout = after(timeoutMs);
  try {
    const { exitCode } = await api.exec(pod, {
      container,
      command,
      stdout: chunk => stdout.write(chunk),
      stderr: chunk => stderr.write(chunk),
      signal: AbortSignal.any([signal, timeout.signal]),
    });
    return { ended: 'exited', exitCode, output: output() };
  } catch (thrown) {
    if (signal.aborted) return { ended: 'given-up' };
    if (timeout.signal.aborted) return { ended: 'timed-out', output: output() };
    const cutOff = isHozonError(thrown, 'kube.exec-failed') && !(thrown.cause instanceof KubeStatusError);
    return { ended: 'broken', thrown, cutOff };
  } finally {
    stdout.end();
    stderr.end();
  }
}
