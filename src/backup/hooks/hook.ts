import type { Message } from '#foundation/language.ts';

/** When a hook runs: before the items of its pod are stored, or after. */
export type HookPhase = 'pre' | 'post';

/** What a failed hook means: `Fail`, the pod is not stored and the phase's other hooks do not run; `Continue`, a warning. */
export type OnError = 'Continue' | 'Fail';

/** A command to run in one container of one pod, with every default filled in. */
export interface ResolvedHook {
  readonly phase: HookPhase;
  /** The name of the spec's entry; `<from-annotation>` (Velero's word) for one of a pod's annotations. */
  readonly name: string;
  readonly source: 'annotation' | 'spec';
  readonly container: string;
  readonly command: readonly string[];
  readonly onError: OnError;
  readonly timeoutMs: number;
  /** Why it cannot be run at all; it then counts as failed without being tried. */
  readonly problem?: Message;
}

/** The hooks of one pod, each list in the order in which they run. */
export interface PodHooks {
  readonly pre: readonly ResolvedHook[];
  readonly post: readonly ResolvedHook[];
  /** What was wrong with the pod's annotations, for which a default is used. */
  readonly warnings: readonly Message[];
}

/** `status.hookStatus` of a Backup while it runs. */
export interface HookCounts {
  /** As Velero counts: also hooks that were not begun because an earlier one of the pod failed. */
  attempted: number;
  failed: number;
}

export function newHookCounts(): HookCounts {
  return { attempted: 0, failed: 0 };
}
