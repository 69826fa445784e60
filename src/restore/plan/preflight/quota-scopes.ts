import { fieldsAt, listAt, textAt, valueAt } from '#kube/fields.ts';
import { groupResource, type KubeObject, type ResourceType } from '#kube/objects.ts';

/** What the scopes of quotas ask about an object; plain JSON. Only pods are in any scope. */
export type ScopeFacts =
  | { readonly pod: false }
  | {
      readonly pod: true;
      /** It is to end by itself after some time. */
      readonly terminating: boolean;
      /** None of its containers asks for, or is limited to, processor time or memory. */
      readonly bestEffort: boolean;
      readonly priorityClass: string;
      /** It wants to be near to, or far from, pods of other namespaces. */
      readonly crossNamespaceAffinity: boolean;
    };

export function scopeFacts(type: ResourceType, object: KubeObject): ScopeFacts {
  if (groupResource(type) !== 'pods') return { pod: false };
  return {
    pod: true,
    terminating: valueAt(object, 'spec', 'activeDeadlineSeconds') !== undefined,
    bestEffort: isBestEffort(object),
    priorityClass: textAt(object, 'spec', 'priorityClassName') ?? '',
    crossNamespaceAffinity: affinityTerms(object).some(
      term => listAt(term, 'namespaces').length > 0 || valueAt(term, 'namespaceSelector') !== undefined,
    ),
  };
}

function isBestEffort(pod: KubeObject): boolean {
  const containers = [...listAt(pod, 'spec', 'containers'), ...listAt(pod, 'spec', 'initContainers')];
  const asked = containers.flatMap(container => [
    fieldsAt(container, 'resources', 'requests'),
    fieldsAt(container, 'resources', 'limits'),
  ]);
  return asked.every(amounts => !('cpu' in amounts) && !('memory' in amounts));
}

function affinityTerms(pod: KubeObject): unknown[] {
  return ['podAffinity', 'podAntiAffinity'].flatMap(kind => [
    ...listAt(pod, 'spec', 'affinity', kind, 'requiredDuringSchedulingIgnoredDuringExecution'),
    ...listAt(pod, 'spec', 'affinity', kind, 'preferredDuringSchedulingIgnoredDuringExecution').map(each =>
      valueAt(each, 'podAffinityTerm'),
    ),
  ]);
}

/**
 * Whether a quota counts an object: one without scopes counts all, one with scopes what is in every one of them.
 * Source: Kubernetes' documentation of ResourceQuota. `undefined` for a scope that is not known.
 */
export function countsInQuota(quota: KubeObject, facts: ScopeFacts): boolean | undefined {
  const plain = listAt(quota, 'spec', 'scopes').map(scope => ({ scopeName: scope, operator: 'Exists' }));
  const selected = listAt(quota, 'spec', 'scopeSelector', 'matchExpressions');
  const answers = [...plain, ...selected].map(scope => isInScope(scope, facts));
  if (answers.includes(undefined)) return undefined;
  return answers.every(Boolean);
}

function isInScope(scope: unknown, facts: ScopeFacts): boolean | undefined {
  const name = textAt(scope, 'scopeName');
  if (name === undefined || !knownScopes.has(name)) return undefined;
  if (!facts.pod) return false;
  switch (name) {
    case 'Terminating':
      return facts.terminating;
    case 'NotTerminating':
      return !facts.terminating;
    case 'BestEffort':
      return facts.bestEffort;
    case 'NotBestEffort':
      return !facts.bestEffort;
    case 'CrossNamespacePodAffinity':
      return facts.crossNamespaceAffinity;
    default:
      return fitsPriority(scope, facts.priorityClass);
  }
}

const knownScopes: ReadonlySet<string> = new Set([
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'CrossNamespacePodAffinity',
  'PriorityClass',
]);

function fitsPriority(scope: unknown, priorityClass: string): boolean | undefined {
  const values = listAt(scope, 'values');
  switch (textAt(scope, 'operator') ?? '') {
    case 'In':
      return values.includes(priorityClass);
    case 'NotIn':
      return !values.includes(priorityClass);
    case 'Exists':
      return priorityClass !== '';
    case 'DoesNotExist':
      return priorityClass === '';
    default:
      return undefined;
  }
}
