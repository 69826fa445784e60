import type { RunReport } from '#archive/runs/run-report.ts';
import { forEachConcurrent } from '#foundation/concurrency.ts';
import { isHozonError } from '#foundation/errors.ts';
import { afterAbort } from '#foundation/timed-signals.ts';
import type { KubeApi, PodKey } from '#kube/api.ts';
import { formatKey, type KubeObject } from '#kube/objects.ts';
import { raise } from '../errors.ts';
import { podSubject } from './exec.ts';
import type { HookCounts, PodHooks } from './hook.ts';
import { runHooks } from './run.ts';

export interface HookedPod {
  readonly pod: KubeObject;
  readonly hooks: PodHooks;
}

export interface HookOptions {
  readonly api: KubeApi;
  readonly report: RunReport;
  readonly counts: HookCounts;
  /** The run's signal. */
  readonly signal?: AbortSignal | undefined;
  /** How long, once the signal has aborted, a pre hook that runs is waited for, and post hooks after it; 30 s unless told. */
  readonly graceMs?: number | undefined;
}

const defaultGraceMs = 30_000;

/**
 * Runs `work`, which stores the pods and what belongs to them, between their pre and their post hooks. `work` gets the
 * pods that may be stored: not one of whose pre hooks a failure counts. The order is that of the pods, one at a time.
 *
 * Post hooks run for the pods that `work` was given, and for any other in which a pre hook had an effect or may have
 * had one (it succeeded before a later one failed, it timed out, its connection broke): Velero leaves such a pod
 * quiesced. They run also when `work` rejects and when the run is aborted.
 *
 * An abort lets the pre hook that runs come to its end, because its command could not be stopped and might
 * quiesce the pod after the post hook released it; then runs the post hooks of the pods that pre hooks ran in, all at
 * once, within the grace period; and then rejects with the signal's reason, or as {@link endedEarly} says.
 */
export async function betweenHooks<T>(
  pods: readonly HookedPod[],
  options: HookOptions,
  work: (ready: ReadonlySet<KubeObject>) => Promise<T>,
): Promise<T> {
  const held: HookedPod[] = [];
  let result: T;
  try {
    const ready = await quiesce(pods, held, options);
    options.signal?.throwIfAborted();
    result = await work(ready);
  } catch (thrown) {
    await release(held.filter(preHooked), options);
    throw endedEarly(thrown, options.counts);
  }
  await release(held, options);
  return result;
}

/**
 * What to throw where a run ends early: `thrown`, or around it a `backup.left-quiesced` where post hooks have failed,
 * since the report that has their failures is lost with the run.
 */
export function endedEarly(thrown: unknown, { unreleased }: HookCounts): unknown {
  if (unreleased.length === 0 || isHozonError(thrown, 'backup.left-quiesced')) return thrown;
  return raise['left-quiesced']({ failures: [...unreleased] }, { cause: thrown });
}

/** Runs the pre hooks; puts into `held` the pods whose post hooks are to run, as soon as that is so. */
async function quiesce(
  pods: readonly HookedPod[],
  held: HookedPod[],
  { signal, graceMs = defaultGraceMs, ...options }: HookOptions,
): Promise<Set<KubeObject>> {
  const ready = new Set<KubeObject>();
  using grace = afterAbort(signal, graceMs);
  for (const hooked of pods) {
    signal?.throwIfAborted();
    const key = podKey(hooked.pod);
    for (const warning of hooked.hooks.warnings) options.report.warning(warning, podSubject(key));
    const hooks = { ...options, stop: signal, giveUp: grace.signal };
    const { result, effect } = await runHooks(hooked.hooks.pre, key, hooks);
    if (result === 'ok') ready.add(hooked.pod);
    if (result === 'ok' || effect) held.push(hooked);
  }
  return ready;
}

const mostUnreleased = 100;

/** Runs the post hooks: in order, but all at once where the run was aborted, so that one that hangs holds up no other. */
async function release(
  held: readonly HookedPod[],
  { signal, graceMs = defaultGraceMs, ...options }: HookOptions,
): Promise<void> {
  using grace = afterAbort(signal, graceMs);
  const atOnce = signal?.aborted === true ? Math.max(1, held.length) : 1;
  const { unreleased } = options.counts;
  await forEachConcurrent(held, atOnce, async hooked => {
    const key = podKey(hooked.pod);
    const { failures } = await runHooks(hooked.hooks.post, key, { ...options, giveUp: grace.signal });
    if (!preHooked(hooked)) return;
    for (const text of failures.slice(0, mostUnreleased - unreleased.length)) {
      unreleased.push({ pod: formatKey(key), text });
    }
  });
}

function preHooked({ hooks }: HookedPod): boolean {
  return hooks.pre.length > 0;
}

function podKey(pod: KubeObject): PodKey {
  return { namespace: pod.metadata.namespace ?? '', name: pod.metadata.name };
}
