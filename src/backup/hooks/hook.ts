import type { HookErrorMode } from '#api/velero/hooks.ts';
import type { Message } from '#foundation/language.ts';

/** When a hook runs: before the items of its pod are stored, or after. */
export type HookPhase = 'pre' | 'post';

/**
 * What a failure of the hook means. `Fail`: an error of the run, the pod is not stored, and its other hooks of the
 * phase are not begun. `Continue`: a warning.
 */
export type OnError = HookErrorMode;

/** A command to run in one container of one pod, with every default filled in. */
export interface ResolvedHook {
  readonly phase: HookPhase;
  /** The name of the spec's entry; `<from-annotation>`, Velero's word, for one of the pod's annotations. */
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
  /** What was wrong with the pod's annotations; a default is used in its place. */
  readonly warnings: readonly Message[];
}

/** `status.hookStatus` of a Backup, while it runs. */
export interface HookCounts {
  /** As Velero counts it: with those that were not begun because an earlier one of the pod had failed. */
  attempted: number;
  failed: number;
  /** Post hooks that failed in pods that a pre hook had run in; the first hundred. */
  readonly unreleased: ReleaseFailure[];
}

export function newHookCounts(): HookCounts {
  return { attempted: 0, failed: 0, unreleased: [] };
}

/** A hook as somebody wrote it, before it is applied to a pod; an absent container means the pod's first. */
export interface WrittenHook {
  readonly container: string | undefined;
  readonly command: readonly string[];
  readonly onError: OnError;
  readonly timeoutMs: number;
}

/** A post hook that failed, so that its pod may still be quiesced. */
export interface ReleaseFailure {
  /** `namespace/name`. */
  readonly pod: string;
  readonly text: Message;
}
