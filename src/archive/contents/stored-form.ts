import { filtered, textAt, valueAt, without } from '#kube/fields.ts';
import { groupResource, type KubeObject, type ResourceType } from '#kube/objects.ts';

/**
 * The object as it is put into the archive of the named backup: the live one, but for claims that are bound. From
 * those goes what Velero's action `velero.io/pv` takes off while it backs up. Velero's restore relies on its absence:
 * a claim that comes back with a data source, or with a selector beside a storage class, waits for ever for an object
 * that the backup does not hold.
 */
export function storedForm(
  item: { readonly type: ResourceType; readonly object: KubeObject },
  backupName: string,
): KubeObject {
  return groupResource(item.type) === 'persistentvolumeclaims' && isBound(item.object)
    ? cleanedClaim(item.object, backupName)
    : item.object;
}

/** Whether a claim is bound to a volume. */
export function isBound(claim: KubeObject): boolean {
  return textAt(claim, 'status', 'phase') === 'Bound' && (textAt(claim, 'spec', 'volumeName') ?? '') !== '';
}

function cleanedClaim(claim: KubeObject, backupName: string): KubeObject {
  const sourceless = without(without(claim, 'spec', 'dataSource'), 'spec', 'dataSourceRef');
  return withoutStaleLabels(withoutSelector(sourceless), backupName);
}

/**
 * A class of `''` asks for a volume that is there already, which only the selector finds; with any other class, the
 * default one too, a new volume is provisioned and the selector stands in the way. Labels that an earlier restore
 * has put into a selector match nothing any more.
 */
function withoutSelector(claim: KubeObject): KubeObject {
  if (valueAt(claim, 'spec', 'storageClassName') !== '') return without(claim, 'spec', 'selector');
  return filtered(claim, ['spec', 'selector', 'matchLabels'], key => !key.startsWith('velero.io/'));
}

const staleLabels: readonly string[] = [
  'velero.io/restore-name',
  'velero.io/volume-snapshot-name',
  'backup.velero.io/must-include-additional-items',
];

function withoutStaleLabels(claim: KubeObject, backupName: string): KubeObject {
  const ofOtherBackup = textAt(claim, 'metadata', 'labels', 'velero.io/backup-name') !== backupName;
  return filtered(
    claim,
    ['metadata', 'labels'],
    key => !staleLabels.includes(key) && !(key === 'velero.io/backup-name' && ofOtherBackup),
  );
}
