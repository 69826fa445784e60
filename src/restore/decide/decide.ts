import type { KubeObject } from '#kube/objects.ts';
import { formatKey, groupResource, keyOf } from '#kube/objects.ts';
import { asksForHooks } from '../hooks/resolve.ts';
import type { Context, Item } from '../item.ts';
import { type Note, note } from '../notes.ts';
import { prepared } from '../transform/prepared.ts';
import type { Decision, Skip } from './decision.ts';
import { decideExisting } from './existing.ts';
import { whyLeftOut } from './leave-out.ts';
import { claimNotes } from './volumes.ts';

/**
 * What is to become of an item, given the object of its name in the cluster, or that there is none. Pure: the same
 * arguments decide the same. Nothing is looked up and nothing is sent.
 */
export function decide(item: Item, live: KubeObject | undefined, context: Context): Decision {
  const left = whyLeftOut(item);
  if (left !== undefined) return { ...left, notes: leftOutNotes(left, item, context) };
  const { missingClass } = item.facts;
  if (missingClass !== undefined) {
    const notes = [note('storage-class-missing', { name: missingClass })];
    return { action: 'refuse', reason: 'storage-class-missing', notes };
  }
  const { object: wanted, modifiers, notes } = prepared(item, context);
  const decision =
    live === undefined ? creation(item, wanted) : decideExisting({ item, wanted, live }, context);
  return {
    ...decision,
    notes: [...notes, ...decision.notes],
    ...(modifiers.length === 0 ? {} : { modifiers }),
  };
}

function creation(item: Item, wanted: KubeObject): Decision {
  return { action: 'create', reason: 'absent', object: wanted, notes: claimNotes(item, wanted) };
}

function leftOutNotes({ reason, by = '' }: Skip, { type, object }: Item, context: Context): Note[] {
  if (reason === 'volume-snapshot') return [note('snapshot-left-out')];
  if (reason !== 'made-again' || groupResource(type) !== 'pods') return [];
  const namespace = context.mapNamespace(object.metadata.namespace ?? '');
  const there = { ...object, metadata: { ...object.metadata, namespace } };
  return asksForHooks(there, context.hooks) ? [note('hooks-not-run', { by })] : [];
}

/** `ConfigMap shop/settings`. */
export function describe(object: KubeObject): string {
  return `${object.kind} ${formatKey(keyOf(object))}`;
}
