import type { GroupResource } from '#kube/objects.ts';

/**
 * Types that no restore brings back: they belong to one cluster's life, or to Velero itself
 * (`nonRestorableResources` in Velero 1.18's restore controller).
 */
export const neverRestored: ReadonlySet<GroupResource> = new Set([
  'nodes',
  'events',
  'events.events.k8s.io',
  'backups.velero.io',
  'restores.velero.io',
  'resticrepositories.velero.io',
  'backuprepositories.velero.io',
  'csinodes.storage.k8s.io',
  'volumeattachments.storage.k8s.io',
]);

/** What else a person may call them. */
const otherNames: ReadonlyMap<string, GroupResource> = new Map([
  ['node', 'nodes'],
  ['no', 'nodes'],
  ['event', 'events'],
  ['ev', 'events'],
  ['backups', 'backups.velero.io'],
  ['backup', 'backups.velero.io'],
  ['restores', 'restores.velero.io'],
  ['restore', 'restores.velero.io'],
  ['resticrepositories', 'resticrepositories.velero.io'],
  ['backuprepositories', 'backuprepositories.velero.io'],
  ['csinodes', 'csinodes.storage.k8s.io'],
  ['csinode', 'csinodes.storage.k8s.io'],
  ['volumeattachments', 'volumeattachments.storage.k8s.io'],
  ['volumeattachment', 'volumeattachments.storage.k8s.io'],
]);

/** The type that a name of an include list means, where it is one of {@link neverRestored}. */
export function neverRestoredBy(name: string): GroupResource | undefined {
  const lower = name.toLowerCase();
  const resource = otherNames.get(lower) ?? lower;
  return neverRestored.has(resource) ? resource : undefined;
}
