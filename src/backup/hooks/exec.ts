import type { RunReport, Subject } from '#archive/run-report.ts';
import { describeThrown, isHozonError } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import type { KubeApi, PodKey } from '#kube/api.ts';
import { podType } from '#kube/pods.ts';
import { KubeStatusError } from '#kube/status.ts';
import type { ResolvedHook } from './hook.ts';
import { hookTexts } from './messages.ts';
import { HookOutput } from './output.ts';
import { hasEnded } from './resolve.ts';
import { after } from './timers.ts';

/** How one hook went. */
export interface Attempt {
  /** Why it failed; absent where it did not. */
  readonly failure?: Message;
  /** Whether its command has, or may have, done something that lasts: not where it failed by its own account. */
  readonly effect: boolean;
}

export interface ExecHookOptions {
  readonly api: KubeApi;
  readonly report: RunReport;
  /** Gives the hook up: its command is no longer waited for. */
  readonly signal: AbortSignal;
}

const done: Attempt = { effect: true };

/**
 * Runs one hook and waits for it, its timeout or the signal; never rejects for what goes wrong with it. Kubernetes has no
 * way to end a command that is no longer waited for, so it may run on.
 */
export async function execHook(hook: ResolvedHook, pod: PodKey, options: ExecHookOptions): Promise<Attempt> {
  if (hook.problem !== undefined) return notBegun(hook, hook.problem);
  const { api, report, signal } = options;
  const subject = podSubject(pod);
  const stdout = outputOf(hook, 'stdout', line => report.info(line, subject));
  const stderr = outputOf(hook, 'stderr', line => report.info(line, subject));
  using timeout = after(hook.timeoutMs);
  try {
    const { exitCode } = await api.exec(pod, {
      container: hook.container,
      command: hook.command,
      stdout: chunk => stdout.write(chunk),
      stderr: chunk => stderr.write(chunk),
      signal: AbortSignal.any([signal, timeout.signal]),
    });
    if (exitCode === 0) return done;
    const output = stderr.tail || stdout.tail;
    return { failure: hookTexts.exited(hook, { exitCode, output }), effect: false };
  } catch (thrown) {
    if (signal.aborted) return { failure: hookTexts.givenUp(hook), effect: true };
    if (timeout.signal.aborted) {
      return { failure: hookTexts.timedOut(hook, { output: stderr.tail || stdout.tail }), effect: true };
    }
    return await explained(hook, pod, thrown, options);
  } finally {
    stdout.end();
    stderr.end();
  }
}

/** The pod as the subject of what is logged and found about its hooks. */
export function podSubject(pod: PodKey): Subject {
  return { resource: 'pods', namespace: pod.namespace, name: pod.name };
}

function outputOf(hook: ResolvedHook, stream: 'stdout' | 'stderr', log: (line: string) => void): HookOutput {
  return new HookOutput(line => log(`${hook.phase} hook ${hook.name}, ${stream}: ${line}`));
}

function notBegun(hook: ResolvedHook, reason: Message): Attempt {
  return { failure: hookTexts.notRun(hook, { reason }), effect: false };
}

/** A command that could not be run, or whose end is not known. In a pod that has ended since it was listed there is nothing to run. */
async function explained(
  hook: ResolvedHook,
  pod: PodKey,
  thrown: unknown,
  { api, report, signal }: ExecHookOptions,
): Promise<Attempt> {
  // What keeps the pod from being read keeps the hook from being run, and that is reported.
  const now = await api.get(podType, pod, { signal }).catch(() => undefined);
  if (now !== undefined && hasEnded(now)) {
    report.info(`${hook.phase} hook ${hook.name} was not run: the pod has ended meanwhile`, podSubject(pod));
    return { effect: false };
  }
  const reason = hookTexts.reason({ text: describeThrown(thrown) });
  return { failure: hookTexts.notRun(hook, { reason }), effect: isCutOff(thrown) };
}

/** Whether the connection was lost while the command ran, rather than the command refused by server or runtime. */
function isCutOff(thrown: unknown): boolean {
  return isHozonError(thrown, 'kube.exec-failed') && !(thrown.cause instanceof KubeStatusError);
}
