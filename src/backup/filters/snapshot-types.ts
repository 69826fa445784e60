import type { GroupResource } from '#kube/objects.ts';

/**
 * Snapshots of volumes come as companions of the volumes, never as objects in their own right: every Backup excludes
 * them by itself, and is recorded as excluding them, as Velero does.
 */
export const snapshotTypes: readonly GroupResource[] = [
  'volumesnapshots.snapshot.storage.k8s.io',
  'volumesnapshotcontents.snapshot.storage.k8s.io',
];

/** Whether an entry of a list is the full name of one of them. */
export function isSnapshotType(entry: string): boolean {
  return snapshotTypes.some(name => name === entry);
}
