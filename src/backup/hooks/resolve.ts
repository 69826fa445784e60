import type { Message } from '#foundation/language.ts';
import type { KubeObject } from '#kube/objects.ts';
import { hasEnded, lastingContainers } from '#kube/pods/pods.ts';
import { annotatedHook } from './annotations.ts';
import type { HookPhase, PodHooks, ResolvedHook, WrittenHook } from './hook.ts';
import { hookTexts } from './messages.ts';
import type { HookRules } from './rules.ts';

/**
 * The hooks of a pod. Phase by phase, a hook of its annotations stands in the place of all those of the spec: a pod
 * annotated with a pre hook alone still has the spec's post hooks. A pod that has ended has none. Pure.
 */
export function hooksFor(pod: KubeObject, rules: HookRules): PodHooks {
  if (hasEnded(pod)) return { pre: [], post: [], warnings: [] };
  const applying = rules.filter(rule => rule.appliesTo(pod));
  const pre = phaseHooks(pod, 'pre', applying);
  const post = phaseHooks(pod, 'post', applying);
  return { pre: pre.hooks, post: post.hooks, warnings: [...pre.warnings, ...post.warnings] };
}

function phaseHooks(
  pod: KubeObject,
  phase: HookPhase,
  rules: HookRules,
): { hooks: ResolvedHook[]; warnings: readonly Message[] } {
  const annotated = annotatedHook(pod, phase);
  if (annotated !== undefined) {
    const name = '<from-annotation>';
    return {
      hooks: [resolved(pod, annotated.hook, { phase, name, source: 'annotation' })],
      warnings: annotated.warnings,
    };
  }
  const hooks = rules.flatMap(rule =>
    rule[phase].map(hook => resolved(pod, hook, { phase, name: rule.name, source: 'spec' })),
  );
  return { hooks, warnings: [] };
}

function resolved(
  pod: KubeObject,
  hook: WrittenHook,
  origin: Pick<ResolvedHook, 'phase' | 'name' | 'source'>,
): ResolvedHook {
  const names = lastingContainers(pod);
  const container = hook.container ?? names[0] ?? '';
  const problem = problemOf(hook, names);
  return { ...origin, ...hook, container, ...(problem === undefined ? {} : { problem }) };
}

function problemOf(hook: WrittenHook, names: readonly string[]): Message | undefined {
  if (names.length === 0) return hookTexts.noContainers();
  if (hook.container !== undefined && !names.includes(hook.container)) {
    return hookTexts.noContainer({ container: hook.container });
  }
  return hook.command.length === 0 ? hookTexts.noCommand() : undefined;
}
