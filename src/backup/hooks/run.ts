import type { RunReport } from '#archive/runs/run-report.ts';
import type { Message } from '#foundation/language.ts';
import type { KubeApi, PodKey } from '#kube/api.ts';
import { execHook, podSubject } from './exec.ts';
import type { HookCounts, ResolvedHook } from './hook.ts';

export interface RunHooksOptions {
  readonly api: KubeApi;
  readonly report: RunReport;
  readonly counts: HookCounts;
  /** No further hook is begun once it has aborted. */
  readonly stop?: AbortSignal | undefined;
  /** The hook that runs is no longer waited for once it has aborted. */
  readonly giveUp: AbortSignal;
}

/** How the hooks of one phase of one pod went. */
export interface HooksOutcome {
  /** `failed` where a hook with `onError: Fail` did. */
  readonly result: 'ok' | 'failed';
  /** Of every hook that failed, whatever its failure means. */
  readonly failures: readonly Message[];
  /** Whether any of them has, or may have, done something that lasts. */
  readonly effect: boolean;
}

/**
 * Runs the hooks of one phase of a pod, one after the other, up to the first whose failure counts. Failures go into
 * the report, as an error or a warning by the hook's `onError`, and into the counts; none rejects.
 */
export async function runHooks(
  hooks: readonly ResolvedHook[],
  pod: PodKey,
  options: RunHooksOptions,
): Promise<HooksOutcome> {
  const { counts, report, stop } = options;
  const failures: Message[] = [];
  let effect = false;
  let result: HooksOutcome['result'] = 'ok';
  counts.attempted += hooks.length;
  for (const hook of hooks) {
    if (result === 'failed' || stop?.aborted === true) {
      report.info(`${hook.phase} hook ${hook.name} was not begun`, podSubject(pod));
      continue;
    }
    const attempt = await begin(hook, pod, options);
    effect ||= attempt.effect;
    if (attempt.failure === undefined) continue;
    failures.push(attempt.failure);
    counts.failed++;
    if (hook.onError === 'Fail') result = 'failed';
  }
  return { result, failures, effect };
}

async function begin(
  hook: ResolvedHook,
  pod: PodKey,
  { api, report, giveUp }: RunHooksOptions,
): ReturnType<typeof execHook> {
  const subject = podSubject(pod);
  report.info(
    `running ${hook.phase} hook ${hook.name} (${hook.source}) in container ${hook.container}`,
    subject,
  );
  const attempt = await execHook(hook, pod, { api, report, signal: giveUp });
  if (attempt.failure === undefined) return attempt;
  if (hook.onError === 'Fail') report.error(attempt.failure, subject);
  else report.warning(attempt.failure, subject);
  return attempt;
}
