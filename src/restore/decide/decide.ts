import type { KubeObject } from '#kube/objects.ts';
import { formatKey, keyOf } from '#kube/objects.ts';
import type { Context, Item } from '../item.ts';
import { type Note, note } from '../notes.ts';
import { transformed } from '../transform/transform.ts';
import type { Decision } from './decision.ts';
import { decideExisting } from './existing.ts';
import { whyLeftOut } from './leave-out.ts';
import { claimNotes } from './volumes.ts';

/**
 * What is to become of an item, given the object of its name in the cluster, or that there is none. Pure: the same
 * arguments decide the same. Nothing is looked up and nothing is sent.
 */
export function decide(item: Item, live: KubeObject | undefined, context: Context): Decision {
  const left = whyLeftOut(item);
  if (left !== undefined)
    return { ...left, notes: left.reason === 'volume-snapshot' ? [note('snapshot-left-out')] : [] };
  const wanted = transformed(item, context);
  if (live !== undefined) return decideExisting({ item, wanted, live }, context);
  return {
    action: 'create',
    reason: 'absent',
    object: wanted,
    notes: [...claimNotes(item, wanted), ...hookNotes(wanted)],
  };
}

const hookAnnotation = /^(post|init)\.hook\.restore\.velero\.io\//;

/** Velero would run what these annotations ask for. */
function hookNotes(wanted: KubeObject): Note[] {
  if (wanted.kind !== 'Pod') return [];
  const found = Object.keys(wanted.metadata.annotations ?? {}).filter(key => hookAnnotation.test(key));
  if (found.length === 0) return [];
  return [note('hooks-not-run', { annotations: found.join(', ') })];
}

/** `ConfigMap shop/settings`. */
export function describe(object: KubeObject): string {
  return `${object.kind} ${formatKey(keyOf(object))}`;
}
