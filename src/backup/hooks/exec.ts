import type { RunReport, Subject } from '#archive/runs/run-report.ts';
import { describeThrown } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import type { KubeApi, PodKey } from '#kube/api.ts';
import { boundedExec } from '#kube/pods/bounded-exec.ts';
import { hasEnded, podType } from '#kube/pods/pods.ts';
import type { ResolvedHook } from './hook.ts';
import { hookTexts } from './messages.ts';

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
  const end = await boundedExec(pod, hook, {
    api,
    signal,
    onLine: (line, stream) => report.info(`${hook.phase} hook ${hook.name}, ${stream}: ${line}`, subject),
  });
  switch (end.ended) {
    case 'exited':
      return end.exitCode === 0 ? done : { failure: hookTexts.exited(hook, end), effect: false };
    case 'timed-out':
      return { failure: hookTexts.timedOut(hook, end), effect: true };
    case 'given-up':
      return { failure: hookTexts.givenUp(hook), effect: true };
    case 'broken':
      return explained(hook, pod, end, options);
  }
}

/** The pod as the subject of what is logged and found about its hooks. */
export function podSubject(pod: PodKey): Subject {
  return { resource: 'pods', namespace: pod.namespace, name: pod.name };
}

function notBegun(hook: ResolvedHook, reason: Message): Attempt {
  return { failure: hookTexts.notRun(hook, { reason }), effect: false };
}

/** A command that could not be run, or whose end is not known. In a pod that has ended since it was listed there is nothing to run. */
async function explained(
  hook: ResolvedHook,
  pod: PodKey,
  { thrown, cutOff }: { readonly thrown: unknown; readonly cutOff: boolean },
  { api, report, signal }: ExecHookOptions,
): Promise<Attempt> {
  // What keeps the pod from being read keeps the hook from being run, and that is reported.
  const now = await api.get(podType, pod, { signal }).catch(() => undefined);
  if (now !== undefined && hasEnded(now)) {
    report.info(`${hook.phase} hook ${hook.name} was not run: the pod has ended meanwhile`, podSubject(pod));
    return { effect: false };
  }
  const reason = hookTexts.reason({ text: describeThrown(thrown) });
  return { failure: hookTexts.notRun(hook, { reason }), effect: cutOff };
}
