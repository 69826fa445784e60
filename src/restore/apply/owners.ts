import { isHozonError } from '#foundation/errors.ts';
import { listAt, textAt } from '#kube/fields.ts';
import { type KubeObject, keyOf } from '#kube/objects.ts';
import type { Item } from '../item.ts';
import { note } from '../notes.ts';
import { refusalOf } from './refusal.ts';
import { fieldManager, nameIn, report, subjectOf, type Target } from './target.ts';

/**
 * Whether fields of an object belong to somebody who applies them (server-side apply): whoever creates the object anew
 * owns all of them, and the next apply would be refused as a conflict.
 */
export function hasAppliedFields(object: KubeObject): boolean {
  return listAt(object, 'metadata', 'managedFields').some(
    entry => textAt(entry, 'operation') === 'Apply' && !textAt(entry, 'subresource'),
  );
}

/**
 * Gives an object that was just created the owners of its fields that the backup holds, in a request of its own: an API
 * server honours them only where nothing else changes. A refusal is reported.
 */
export async function restoreOwners(item: Item, created: KubeObject, target: Target): Promise<void> {
  if (!hasAppliedFields(item.object)) return;
  const { managedFields } = item.object.metadata;
  const { api, signal } = target;
  try {
    const body = { metadata: { managedFields } };
    await api.patch(item.type, keyOf(created), { type: 'merge', body }, { fieldManager, signal });
  } catch (thrown) {
    if (isHozonError(thrown, 'kube.not-found')) return; // somebody has deleted it since
    const reason = refusalOf(thrown, signal);
    report(target, note('owners-refused', { reason }), subjectOf(item.type, nameIn(item, target)));
  }
}
