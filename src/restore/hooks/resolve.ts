import type { Message } from '#foundation/language.ts';
import type { KubeObject } from '#kube/objects.ts';
import { lastingContainers } from '#kube/pods/pods.ts';
import { annotatedHook } from './annotations.ts';
import type { ExecHook, HookRules, WrittenHook } from './hook.ts';
import { initContainers } from './init.ts';
import { hookTexts } from './messages.ts';

/** The commands to run in a restored pod, in the order in which they run, and what was wrong with its annotations. */
export interface PodHooks {
  readonly hooks: readonly ExecHook[];
  readonly warnings: readonly Message[];
}

/** `pod` as it is in the cluster. A command of its annotations stands in the place of all those of the rules. Pure. */
export function hooksFor(pod: KubeObject, rules: HookRules): PodHooks {
  const annotated = annotatedHook(pod);
  if (annotated !== undefined) {
    const origin = { name: '<from-annotation>', source: 'annotation' } as const;
    return { hooks: [resolved(pod, annotated.hook, origin)], warnings: annotated.warnings };
  }
  const hooks = rules
    .filter(rule => rule.exec.length > 0 && rule.appliesTo(pod))
    .flatMap(({ name, exec }) => exec.map(hook => resolved(pod, hook, { name, source: 'spec' })));
  return { hooks, warnings: [] };
}

/** Whether anything is to be run in the pod, or put into it. */
export function asksForHooks(pod: KubeObject, rules: HookRules): boolean {
  return hooksFor(pod, rules).hooks.length > 0 || initContainers(pod, rules, '').length > 0;
}

function resolved(pod: KubeObject, hook: WrittenHook, origin: Pick<ExecHook, 'name' | 'source'>): ExecHook {
  const names = lastingContainers(pod);
  const container = hook.container ?? names[0] ?? '';
  const problem = names.includes(container) ? {} : { problem: hookTexts.noContainer(container) };
  return { ...origin, ...hook, container, ...problem };
}
