import { describeThrown } from '#foundation/errors.ts';
import { type GroupResource, type KubeObject, parseApiVersion } from '#kube/objects.ts';
import { matches } from '#kube/selectors.ts';
import { applyJsonPatch } from './json-patch.ts';
import { knowsStrategicMerge } from './merge-keys.ts';
import { applyMergePatch } from './merge-patch.ts';
import type { ModifierRule, RulePatches } from './read.ts';
import { applyStrategicMerge } from './strategic-merge.ts';

/** An object after the rules: which of them changed it, and which could not be applied and why. */
export interface Modified {
  readonly object: KubeObject;
  readonly applied: readonly number[];
  readonly problems: readonly { readonly rule: number; readonly problem: string }[];
}

/**
 * Applies the rules to an object in their order. Conditions look at the object as it was before the first rule, as
 * Velero's do; its namespace is the one it has in the backup. A rule that cannot be applied is left out and named.
 */
export function applyModifiers(
  rules: readonly ModifierRule[],
  original: KubeObject,
  resource: GroupResource,
): Modified {
  const applied: number[] = [];
  const problems: { rule: number; problem: string }[] = [];
  let object = original;
  for (const rule of rules) {
    try {
      if (!isMeant(rule, original, resource)) continue;
      object = patched(object, rule.patches);
      applied.push(rule.number);
    } catch (thrown) {
      problems.push({ rule: rule.number, problem: describeThrown(thrown) });
    }
  }
  return { object, applied, problems };
}

/** Whether the conditions of a rule hold for the object. */
export function isMeant(rule: ModifierRule, object: KubeObject, resource: GroupResource): boolean {
  const { name, namespace, labels } = object.metadata;
  if (namespace !== undefined && namespace !== '' && !rule.inNamespace(namespace)) return false;
  if (!rule.groupResource.test(resource)) return false;
  if (rule.name?.test(name) === false) return false;
  if (rule.selector !== undefined && !matches(rule.selector, labels ?? {})) return false;
  if (rule.matches.length === 0) return true;
  const tested = applyJsonPatch(object, rule.matches);
  if (tested.outcome === 'invalid') throw new Error(tested.problem);
  return tested.outcome === 'patched';
}

function patched(object: KubeObject, change: RulePatches): KubeObject {
  const result = change.family === 'json' ? jsonPatched(object, change.steps) : mergePatched(object, change);
  if (result.kind !== object.kind || typeof result.metadata?.name !== 'string') {
    throw new Error("a patch may not change an object's kind or take its name away");
  }
  return result;
}

function jsonPatched(object: KubeObject, steps: Parameters<typeof applyJsonPatch>[1]): KubeObject {
  const result = applyJsonPatch(object, steps);
  if (result.outcome === 'patched') return result.object;
  if (result.outcome === 'test-failed') return object; // a test in a patch is a condition
  throw new Error(result.outcome === 'missing' ? `${result.path} is not there` : result.problem);
}

function mergePatched(
  object: KubeObject,
  { family, patches }: Exclude<RulePatches, { family: 'json' }>,
): KubeObject {
  if (family === 'strategic' && !knowsStrategicMerge(parseApiVersion(object.apiVersion).group)) {
    throw new Error(`${object.apiVersion} ${object.kind} knows no strategic merge; use mergePatches`);
  }
  const apply = (target: KubeObject, patch: Readonly<Record<string, unknown>>) =>
    family === 'merge' ? applyMergePatch(target, patch) : applyStrategicMerge(object.kind, target, patch);
  return patches.reduce<KubeObject>((target, patch) => apply(target, patch) as KubeObject, object);
}
