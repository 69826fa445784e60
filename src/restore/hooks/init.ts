import { createHash } from 'node:crypto';
import { type Fields, fieldsAt, listAt, textAt } from '#kube/fields.ts';
import { formatKey, type KubeObject } from '#kube/objects.ts';
import { annotatedContainer } from './annotations.ts';
import type { HookRules } from './hook.ts';

/** The init container by which Velero's pods wait for the data of their volumes: it stays the first. */
const waitContainer = 'restore-wait';

/**
 * The pod, as it is to be created in its new namespace, with the init containers that its annotations ask for, or
 * otherwise the rules: before its own, after the one that waits for volumes. Pure: the same pod of the same restore
 * gets the same containers.
 */
export function withInitHooks(
  pod: KubeObject,
  { rules, restoreName }: { readonly rules: HookRules; readonly restoreName: string },
): KubeObject {
  const added = initContainers(pod, rules, unique(pod, restoreName));
  if (added.length === 0) return pod;
  const own = listAt(pod, 'spec', 'initContainers');
  const waits = textAt(own[0], 'name') === waitContainer ? 1 : 0;
  const containers = [...own.slice(0, waits), ...added, ...own.slice(waits)];
  return { ...pod, spec: { ...fieldsAt(pod, 'spec'), initContainers: containers } };
}

/** Those that {@link withInitHooks} puts into the pod. */
export function initContainers(pod: KubeObject, rules: HookRules, unique: string): readonly Fields[] {
  const annotated = annotatedContainer(pod, unique);
  if (annotated !== undefined) return [annotated];
  return rules.filter(rule => rule.appliesTo(pod)).flatMap(rule => rule.init);
}

function unique({ metadata }: KubeObject, restoreName: string): string {
  return createHash('sha256')
    .update(`${restoreName} ${formatKey(metadata)}`)
    .digest('hex')
    .slice(0, 8);
}
