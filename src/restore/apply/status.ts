import { labelValue, veleroLabels } from '#api/velero/names.ts';
import { isHozonError } from '#foundation/errors.ts';
import { fieldsAt, textAt } from '#kube/fields.ts';
import { groupResource, type KubeObject, keyOf } from '#kube/objects.ts';
import type { Item } from '../item.ts';
import { note } from '../notes.ts';
import { refusalOf } from './refusal.ts';
import { fieldManager, nameIn, report, subjectOf, type Target } from './target.ts';

interface Fresh {
  readonly item: Item;
  /** As the server answered. */
  readonly created: KubeObject;
  /** As it was sent: its annotation decides, too. */
  readonly wanted: KubeObject;
}

/**
 * Gives an object that was just created the status that the backup holds, where the restore or the object's own
 * annotation asks for that. A refusal is reported.
 */
export async function restoreStatus(fresh: Fresh, target: Target): Promise<void> {
  const status = fresh.item.object['status'];
  const subject = subjectOf(fresh.item.type, nameIn(fresh.item, target));
  if (!isAsked(fresh, target) || status === undefined || status === null) return;
  try {
    await write(fresh, { status }, target);
    target.report.info('status restored', subject);
  } catch (thrown) {
    report(target, note('status-refused', { reason: refusalOf(thrown, target.signal) }), subject);
  }
}

/**
 * The same for an object that an earlier restore of the backup created, and could not give its status: it has none, and
 * is otherwise what the backup holds.
 */
export async function restoreMissingStatus(item: Item, live: KubeObject, target: Target): Promise<void> {
  const ofBackup = textAt(live, 'metadata', 'labels', veleroLabels.backupName);
  if (!isBlank(fieldsAt(live, 'status')) || ofBackup !== labelValue(target.context.backupName)) return;
  await restoreStatus({ item, created: live, wanted: live }, target);
}

/** Whether there is nothing but empty fields: servers give many types such a status. */
function isBlank(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === null;
  return Object.values(value).every(isBlank);
}

/** The annotation wins over the Restore. Source: Velero 1.18, `determineRestoreStatus`. */
function isAsked({ item, wanted }: Fresh, target: Target): boolean {
  const asked = target.context.restoresStatus(groupResource(item.type));
  const value = textAt(wanted, 'metadata', 'annotations', 'velero.io/restore-status');
  const own = value?.trim().toLowerCase();
  if (own === 'true' || own === 'false') return own === 'true';
  if (value !== undefined) {
    const subject = subjectOf(item.type, nameIn(item, target));
    report(target, note('status-annotation', { value: value.slice(0, 100) }), subject);
  }
  return asked;
}

/** How often a status is written again because somebody else wrote in between. */
const mostTries = 5;

/** As a replacement: a controller may have begun a status of its own. Types without the subresource take it as any field. */
async function write(
  { item, created }: Fresh,
  { status }: { readonly status: unknown },
  { api, signal }: Target,
): Promise<void> {
  const { type } = item;
  const key = keyOf(created);
  let live: KubeObject | undefined = created;
  for (let tries = 1; ; tries++) {
    try {
      await api.replace(type, { ...live, status }, { subresource: 'status', fieldManager, signal });
      return;
    } catch (thrown) {
      if (isHozonError(thrown, 'kube.not-found')) {
        await api.patch(type, key, { type: 'merge', body: { status } }, { fieldManager, signal });
        return;
      }
      live = await api.get(type, key, { signal });
      if (live === undefined || tries >= mostTries || !isHozonError(thrown, 'kube.conflict')) throw thrown;
    }
  }
}
