import type { HookErrorMode } from '#api/velero/hooks.ts';
import type { Message } from '#foundation/language.ts';
import type { Fields } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';

/** A command that somebody wants to be run in restored pods; an absent container means the pod's first. */
export interface WrittenHook {
  readonly container: string | undefined;
  readonly command: readonly string[];
  /**
   * What a failure means. `Fail`: an error, and the pod's other hooks are not begun. `Continue`: a warning. Absent, an
   * error, and the other hooks are run.
   */
  readonly onError: HookErrorMode | undefined;
  /** How long the command may run. */
  readonly timeoutMs: number;
  /** How long its container may take; absent: as long as the restore waits for any. */
  readonly waitMs: number | undefined;
  /** Whether the container has to be ready, too, rather than only running. */
  readonly waitForReady: boolean;
}

/** A command to run in one container of one restored pod. */
export interface ExecHook extends WrittenHook {
  /** The name of the spec's entry; `<from-annotation>`, Velero's word, for one of the pod's annotations. */
  readonly name: string;
  readonly source: 'annotation' | 'spec';
  readonly container: string;
  /** Why it cannot be run at all; it then counts as failed without being tried. */
  readonly problem?: Message;
}

/** One entry of a Restore's `spec.hooks.resources`. */
export interface HookRule {
  readonly name: string;
  /** `pod` as it is in the cluster, in its new namespace. */
  readonly appliesTo: (pod: KubeObject) => boolean;
  readonly exec: readonly WrittenHook[];
  /** Containers as they were written. */
  readonly init: readonly Fields[];
}

/** In the order of the spec. */
export type HookRules = readonly HookRule[];

/** `status.hookStatus` of a Restore, while it runs. Init containers are the pod's own matter and do not count. */
export interface HookCounts {
  attempted: number;
  failed: number;
}

/** What is told of each pod that a restore created. */
export interface PodListener {
  /** `pod` as the server answered its creation. */
  created(pod: KubeObject): void;
}
