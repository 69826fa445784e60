import { veleroLabels } from '#api/velero/names.ts';
import { withoutLabels } from '#kube/diff/form.ts';
import { same } from '#kube/diff/same.ts';
import { fieldsAt, listAt, textAt } from '#kube/fields.ts';
import { groupResource, type KubeObject } from '#kube/objects.ts';
import type { Context, Item } from '../item.ts';
import { note } from '../notes.ts';
import { comparable } from '../transform/transform.ts';
import type { Decision } from './decision.ts';
import { mergePatch } from './same.ts';
import { decideVolume } from './volumes.ts';

export interface Meeting {
  readonly item: Item;
  /** The item as it would be created. */
  readonly wanted: KubeObject;
  /** The object that has its name. */
  readonly live: KubeObject;
}

/** What is to become of an item whose name is taken. Pure. */
export function decideExisting(meeting: Meeting, context: Context): Decision {
  const { item, wanted, live } = meeting;
  if (live.metadata.deletionTimestamp !== undefined) {
    return { action: 'keep', reason: 'exists-deleting', notes: [note('exists-deleting')] };
  }
  const ofKind = groupResource(item.type) === 'persistentvolumes' ? decideVolume(meeting) : undefined;
  if (ofKind !== undefined) return ofKind;
  const there = compared(live, context);
  const asked = compared(wanted, context);
  if (same(there, asked)) return { action: 'skip', reason: 'exists-same', notes: [] };
  if (groupResource(item.type) === 'serviceaccounts') return mergedAccount(there, asked);
  if (context.existing === 'none') {
    return { action: 'keep', reason: 'exists-differs', notes: [note('exists-differs')] };
  }
  return { action: 'update', reason: 'policy-update', patch: updatePatch(there, asked, wanted), notes: [] };
}

const marks: ReadonlySet<string> = new Set([veleroLabels.backupName, veleroLabels.restoreName]);

/** An object as decisions and plans look at it; which restore made it is not what it is. Pure. */
export function compared(object: KubeObject, context: Context): KubeObject {
  return withoutLabels(comparable(object, context), marks);
}

function updatePatch(there: KubeObject, asked: KubeObject, wanted: KubeObject): Record<string, unknown> {
  const patch = mergePatch(there, asked);
  const labels = Object.fromEntries(
    [...marks].map(key => [key, textAt(wanted, 'metadata', 'labels', key)] as const),
  );
  const metadata = fieldsAt(patch, 'metadata');
  // A map that is removed as a whole is emptied key by key, or the marks would go with it.
  const gone = Object.fromEntries(
    metadata['labels'] === null ? Object.keys(there.metadata.labels ?? {}).map(key => [key, null]) : [],
  );
  return {
    ...patch,
    metadata: { ...metadata, labels: { ...fieldsAt(metadata, 'labels'), ...gone, ...labels } },
  };
}

/**
 * A service account that the cluster made keeps what it has and is given what it lacks, whatever the policy, as in
 * Velero: secrets, pull secrets, labels and annotations.
 */
function mergedAccount(there: KubeObject, asked: KubeObject): Decision {
  const patch: Record<string, unknown> = {};
  for (const list of ['secrets', 'imagePullSecrets']) {
    const known = new Set(listAt(there, list).map(reference => textAt(reference, 'name')));
    const missing = listAt(asked, list).filter(reference => !known.has(textAt(reference, 'name')));
    if (missing.length > 0) patch[list] = [...listAt(there, list), ...missing];
  }
  const metadata: Record<string, unknown> = {};
  for (const map of ['labels', 'annotations']) {
    const known = fieldsAt(there, 'metadata', map);
    const missing = Object.entries(fieldsAt(asked, 'metadata', map)).filter(
      ([key]) => !Object.hasOwn(known, key),
    );
    if (missing.length > 0) metadata[map] = Object.fromEntries(missing);
  }
  if (Object.keys(metadata).length > 0) patch['metadata'] = metadata;
  if (Object.keys(patch).length === 0) return { action: 'skip', reason: 'exists-same', notes: [] };
  return { action: 'update', reason: 'account-merged', patch, notes: [] };
}
