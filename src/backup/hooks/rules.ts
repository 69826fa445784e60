import type { BackupResourceHook } from '#api/velero/hooks.ts';
import type { Message } from '#foundation/language.ts';
import type { Discovery } from '#kube/discovery.ts';
import type { KubeObject } from '#kube/objects.ts';
import type { HookPhase, OnError } from './hook.ts';

/** A hook of the spec, not yet applied to a pod: an undefined container means the pod's first. */
export interface SpecHook {
  readonly container: string | undefined;
  readonly command: readonly string[];
  readonly onError: OnError;
  readonly timeoutMs: number;
}

/** One entry of `spec.hooks.resources`. */
export interface HookRule extends Readonly<Record<HookPhase, readonly SpecHook[]>> {
  readonly name: string;
  readonly appliesTo: (pod: KubeObject) => boolean;
}

export type HookRules = readonly HookRule[];

export interface CompiledHooks {
  readonly rules: HookRules;
  /** What makes the Backup invalid; the rules are then not to be used. */
  readonly problems: readonly Message[];
  /** What is allowed and yet surely not meant: an entry that no pod can match. */
  readonly warnings: readonly Message[];
}

/**
 * Compiles `spec.hooks.resources` of a Backup. Pure; never throws for what is wrong in the spec.
 */
export function compileHooks(
  specs: readonly BackupResourceHook[] | null | undefined,
  discovery: Discovery,
): CompiledHooks {
  void specs;
  void discovery;
  throw new Error('not written yet');
}
