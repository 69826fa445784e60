import type { KubeObject } from '#kube/objects.ts';
import type { PodHooks } from './hook.ts';
import type { HookRules } from './rules.ts';

/**
 * The hooks of a pod: for each phase those of its annotations, else those of the spec. A pod that has ended has none.
 */
export function hooksFor(pod: KubeObject, rules: HookRules): PodHooks {
  void pod;
  void rules;
  throw new Error('not written yet');
}
