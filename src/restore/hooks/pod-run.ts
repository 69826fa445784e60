import type { RunReport, Subject } from '#archive/runs/run-report.ts';
import { describeThrown } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import { after } from '#foundation/timed-signals.ts';
import type { KubeApi, PodKey } from '#kube/api.ts';
import { listAt, textAt, valueAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { boundedExec } from '#kube/pods/bounded-exec.ts';
import { hasEnded } from '#kube/pods/pods.ts';
import { refusalOf } from '../apply/refusal.ts';
import type { ExecHook, HookCounts } from './hook.ts';
import { hookTexts } from './messages.ts';
import type { PodWatch } from './pod-watch.ts';

export interface PodRun {
  readonly api: Pick<KubeApi, 'exec'>;
  readonly report: RunReport;
  readonly counts: HookCounts;
  readonly watch: Pick<PodWatch, 'until'>;
  /** The pod as it was created. */
  readonly pod: KubeObject;
  readonly hooks: readonly ExecHook[];
  /** Aborted where the restore is stopped. */
  readonly stop: AbortSignal;
  /** Aborted where the restore waits no longer for hooks that set no limit; its reason is the milliseconds waited. */
  readonly patience: AbortSignal;
  /** Runs a command when its turn has come: there is a bound on how many run at a time. */
  readonly turn: <T>(work: () => Promise<T>) => Promise<T>;
  readonly now: () => number;
}

/**
 * Runs the hooks of one pod, one after the other: those of a container as soon as it runs (or is ready, where one of
 * them asks for that), whichever container comes first. What goes wrong is reported and counted; rejects only where
 * the restore cannot go on. Stopped, it resolves without having begun what was left.
 */
export async function runPodHooks(run: PodRun): Promise<void> {
  const begun = run.now();
  run.counts.attempted += run.hooks.length;
  let left = run.hooks;
  const done = (hooks: readonly ExecHook[]): void => {
    left = left.filter(hook => !hooks.includes(hook));
  };
  const unable = left.filter(hook => hook.problem !== undefined);
  done(unable);
  let goesOn = unable
    .map(hook => fail(hook, hookTexts.notRun(hook, hook.problem ?? hookTexts.podEnded()), run))
    .every(Boolean);
  while (left.length > 0 && goesOn) {
    if (run.stop.aborted) return notBegun(left, run);
    const next = await nextHooks(left, begun, run);
    done(next.hooks);
    goesOn = await next.carryOut();
  }
  for (const hook of left) fail(hook, hookTexts.notRun(hook, hookTexts.otherFailed()), run);
}

/** For the log of a restore that was stopped, which says enough by itself. */
function notBegun(hooks: readonly ExecHook[], { report, pod }: PodRun): void {
  for (const { name, container } of hooks) {
    report.info(`restore hook ${name} in container ${container} was not begun`, podSubject(pod));
  }
}

interface Next {
  readonly hooks: readonly ExecHook[];
  /** False where the pod's other hooks are not to be begun. */
  readonly carryOut: () => boolean | Promise<boolean>;
}

/** Waits for what is next: a container that is up, the end of the pod, or the end of somebody's patience. */
async function nextHooks(left: readonly ExecHook[], begun: number, run: PodRun): Promise<Next> {
  const { watch, pod, stop, patience } = run;
  const deadline = Math.min(...left.map(hook => hook.waitMs ?? Number.POSITIVE_INFINITY)) + begun;
  using limit = Number.isFinite(deadline) ? after(Math.max(0, deadline - run.now())) : undefined;
  const unlimited = left.every(hook => hook.waitMs === undefined);
  const signals = [stop, ...(unlimited ? [patience] : []), ...(limit === undefined ? [] : [limit.signal])];
  const refuse = (hooks: readonly ExecHook[], why: (hook: ExecHook) => Message): Next => ({
    hooks,
    carryOut: () => hooks.map(hook => fail(hook, hookTexts.notRun(hook, why(hook)), run)).every(Boolean),
  });
  try {
    const found = await watch.until(pod.metadata.name, now => lookFor(left, now), AbortSignal.any(signals));
    if (found === 'gone') return refuse(left, hookTexts.podGone);
    if (found === 'ended') return refuse(left, hookTexts.podEnded);
    return { hooks: found, carryOut: () => runAll(found, run) };
  } catch (thrown) {
    if (stop.aborted) return { hooks: [], carryOut: () => true };
    if (limit?.signal.aborted === true) {
      const late = left.filter(({ waitMs }) => waitMs !== undefined && begun + waitMs <= deadline);
      return refuse(late, hook => hookTexts.notUp(hook, hook.waitMs ?? 0));
    }
    if (patience.aborted) return refuse(left, hook => hookTexts.notUp(hook, Number(patience.reason)));
    const reason = hookTexts.reason(refusalOf(thrown, stop));
    return refuse(left, () => reason);
  }
}

/** The hooks whose container is up, `ended` or `gone` where none ever will be, nothing where that is to be waited for. */
function lookFor(
  left: readonly ExecHook[],
  pod: KubeObject | 'gone',
): readonly ExecHook[] | 'gone' | 'ended' | undefined {
  if (pod === 'gone') return 'gone';
  if (hasEnded(pod)) return 'ended';
  for (const { container } of left) {
    const hooks = left.filter(hook => hook.container === container);
    const forReady = hooks.some(hook => hook.waitForReady);
    if (isUp(pod, container, forReady)) return hooks;
  }
  return undefined;
}

function isUp(pod: KubeObject, container: string, forReady: boolean): boolean {
  const lists = ['containerStatuses', 'initContainerStatuses'].flatMap(list => listAt(pod, 'status', list));
  const status = lists.find(each => textAt(each, 'name') === container);
  if (forReady) return valueAt(status, 'ready') === true;
  return valueAt(status, 'state', 'running') !== undefined;
}

/** The hooks of one container, up to the first whose failure stops the others. */
async function runAll(hooks: readonly ExecHook[], run: PodRun): Promise<boolean> {
  for (const [index, hook] of hooks.entries()) {
    if (await runOne(hook, run)) continue;
    for (const other of hooks.slice(index + 1)) {
      fail(other, hookTexts.notRun(other, hookTexts.otherFailed()), run);
    }
    return false;
  }
  return true;
}

/** False where the pod's other hooks are not to be begun. */
async function runOne(hook: ExecHook, run: PodRun): Promise<boolean> {
  const { report, api, stop } = run;
  const subject = podSubject(run.pod);
  const end = await run.turn(async () => {
    if (stop.aborted) return undefined;
    report.info(`running restore hook ${hook.name} (${hook.source}) in container ${hook.container}`, subject);
    return boundedExec(keyOf(run.pod), hook, {
      api,
      signal: stop,
      onLine: (line, stream) => report.info(`restore hook ${hook.name}, ${stream}: ${line}`, subject),
    });
  });
  if (end === undefined) {
    notBegun([hook], run);
    return true;
  }
  switch (end.ended) {
    case 'exited':
      return end.exitCode === 0 || fail(hook, hookTexts.exited(hook, end), run);
    case 'timed-out':
      return fail(hook, hookTexts.timedOut(hook, end), run);
    case 'given-up':
      return fail(hook, hookTexts.givenUp(hook), run);
    case 'broken':
      return fail(hook, hookTexts.notRun(hook, hookTexts.reason(describeThrown(end.thrown))), run);
  }
}

/** Reports and counts a failure; false where the pod's other hooks are not to be begun because of it. */
function fail({ onError }: ExecHook, text: Message, { report, counts, pod }: PodRun): boolean {
  counts.failed++;
  if (onError === 'Continue') report.warning(text, podSubject(pod));
  else report.error(text, podSubject(pod));
  return onError !== 'Fail';
}

export function podSubject({ metadata }: KubeObject): Subject {
  return { resource: 'pods', namespace: metadata.namespace, name: metadata.name };
}

function keyOf({ metadata }: KubeObject): PodKey {
  return { namespace: metadata.namespace ?? '', name: metadata.name };
}
