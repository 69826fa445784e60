import type { RunReport } from '#archive/run-report.ts';
import type { KubeApi } from '#kube/api.ts';
import type { KubeObject } from '#kube/objects.ts';
import type { HookCounts, PodHooks, ResolvedHook } from './hook.ts';

export interface HookOptions {
  readonly api: KubeApi;
  readonly report: RunReport;
  readonly counts: HookCounts;
  /** The run's signal. */
  readonly signal?: AbortSignal | undefined;
  /** How long hooks may go on after the signal has aborted; 30 s unless told. */
  readonly graceMs?: number | undefined;
}

/** Runs hooks of one phase of a pod, one after the other. */
export async function runHooks(
  hooks: readonly ResolvedHook[],
  pod: KubeObject,
  options: HookOptions,
): Promise<'ok' | 'failed'> {
  void hooks;
  void pod;
  void options;
  throw new Error('not written yet');
}

export interface HookedPod {
  readonly pod: KubeObject;
  readonly hooks: PodHooks;
}
