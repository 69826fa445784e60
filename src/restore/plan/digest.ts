import { hash } from 'node:crypto';
import { changeData, type FieldChange, fieldChanges } from '#kube/diff/changes.ts';
import { isSecret, withoutSecrets } from '#kube/diff/hidden.ts';
import { canonical } from '#kube/diff/same.ts';
import { without } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import type { Decision } from '../decide/decision.ts';
import { compared } from '../decide/existing.ts';
import type { Context, Item } from '../item.ts';
import { applyMergePatch } from '../modifiers/merge-patch.ts';
import { prepared } from '../transform/prepared.ts';

/** A decision, and the object of the cluster that it is about. */
export interface Decided {
  readonly item: Item;
  readonly live: KubeObject | undefined;
  readonly decision: Decision;
}

/**
 * What changes in the object of the cluster by the decision, or, where it is left alone, what differs in it from the
 * backup; nothing of what Secrets hold. Pure.
 */
export function changesOf({ item, live, decision }: Decided, context: Context): FieldChange[] {
  if (live === undefined) return [];
  return withoutSecrets(live, rawChanges({ item, live, decision }, context));
}

function rawChanges(
  { item, live, decision }: Decided & { readonly live: KubeObject },
  context: Context,
): FieldChange[] {
  const { action, reason } = decision;
  if (action === 'update' && reason !== 'policy-update') {
    return fieldChanges(live, applyMergePatch(live, decision.patch));
  }
  if (action !== 'update' && reason !== 'exists-differs') return [];
  return fieldChanges(compared(live, context), compared(prepared(item, context).object, context));
}

/**
 * Tells a decision from any other about the same object of the same backup. It does not change with what does not
 * matter to the decision: a status, a resourceVersion. Pure.
 */
export function digestOf(decided: Decided, changes: readonly FieldChange[], context: Context): string {
  const { decision, live } = decided;
  const { action, reason, modifiers } = decision;
  const by = decision.action === 'skip' ? decision.by : undefined;
  const writes = action === 'create' || action === 'update';
  // What a Secret is changed from cannot be part of what is saved, so that any write to it counts as a change.
  const version =
    action === 'update' && live !== undefined && isSecret(live) ? live.metadata.resourceVersion : undefined;
  return digest({
    action,
    reason,
    by,
    modifiers,
    version,
    changes: writes ? changeData(changes) : undefined,
    object: decision.action === 'create' ? shape(decision.object, context) : undefined,
  });
}

/** What is created, without the name of the restore and without what a Secret holds. */
function shape(object: KubeObject, context: Context): KubeObject {
  const form = compared(object, context);
  return isSecret(form) ? without(without(form, 'data'), 'stringData') : form;
}

/** Of what is decided without looking at an object: by a filter, about a namespace, about a type. */
export function digest(value: unknown): string {
  return hash('sha256', canonical(value), 'base64url').slice(0, 22);
}
