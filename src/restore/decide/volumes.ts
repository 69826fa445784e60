import { same } from '#kube/diff/same.ts';
import { textAt, valueAt, without } from '#kube/fields.ts';
import type { KubeObject, ObjectKey } from '#kube/objects.ts';
import type { Item } from '../item.ts';
import { type Note, note } from '../notes.ts';
import type { Decision } from './decision.ts';
import type { Meeting } from './existing.ts';

/**
 * Whether a claim that is to be created, with this key, can have this volume of the cluster: a volume that waits for
 * the claim, or for any. One that was bound to an earlier claim of that name will not take the new one, and one that
 * is being deleted would take the claim with it.
 */
export function isFreeFor(volume: KubeObject | undefined, claim: ObjectKey): boolean {
  if (volume === undefined || volume.metadata.deletionTimestamp !== undefined) return false;
  if (valueAt(volume, 'spec', 'claimRef') === undefined) return true;
  return isClaimOf(volume, claim) && textAt(volume, 'spec', 'claimRef', 'uid') === undefined;
}

function isClaimOf(volume: KubeObject, claim: ObjectKey): boolean {
  return (
    textAt(volume, 'spec', 'claimRef', 'name') === claim.name &&
    textAt(volume, 'spec', 'claimRef', 'namespace') === claim.namespace
  );
}

/**
 * A volume that is there already. Where it is the backup's own, kept by its reclaim policy when its claim went, it
 * is let go, so that the restored claim is bound to it and has its data; where a claim elsewhere has it, it is left.
 */
export function decideVolume({ item, wanted, live }: Meeting): Decision | undefined {
  const claim = claimOf(wanted);
  if (claim === undefined || valueAt(live, 'spec', 'claimRef') === undefined) return undefined;
  if (!isClaimOf(live, claim)) return { action: 'skip', reason: 'volume-in-use', notes: [] };
  const uid = textAt(live, 'spec', 'claimRef', 'uid');
  const bound = item.facts.claim !== undefined && item.facts.claim.metadata.uid === uid;
  if (uid === undefined || bound || !sameVolume(live, wanted)) return undefined;
  return {
    action: 'update',
    reason: 'volume-released',
    patch: { spec: { claimRef: { uid: null, resourceVersion: null } } },
    notes: [],
  };
}

/** The claim that a volume names. */
export function claimOf(volume: KubeObject): ObjectKey | undefined {
  const name = textAt(volume, 'spec', 'claimRef', 'name');
  const namespace = textAt(volume, 'spec', 'claimRef', 'namespace');
  return name === undefined || namespace === undefined ? undefined : { namespace, name };
}

function sameVolume(live: KubeObject, wanted: KubeObject): boolean {
  return same(without(live, 'spec', 'claimRef')['spec'], without(wanted, 'spec', 'claimRef')['spec']);
}

/** Says that a claim comes back without the data that it had. */
export function claimNotes(item: Item, wanted: KubeObject): Note[] {
  const { type, object, facts } = item;
  const volume = textAt(object, 'spec', 'volumeName');
  const ofClaim = type.group === '' && type.resource === 'persistentvolumeclaims';
  if (!ofClaim || !volume || textAt(wanted, 'spec', 'volumeName') !== undefined) return [];
  const method = facts.volumeInfo?.backupMethod;
  if (method !== undefined) return [note('claim-not-filled', { volume, method })];
  return [note(facts.volume === undefined ? 'claim-not-captured' : 'claim-volume-taken', { volume })];
}
