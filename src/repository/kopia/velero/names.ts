import type { SnapshotSource } from '../format/snapshot-manifest.ts';

/*
 * How Velero calls what it keeps in kopia repositories: of 1.18.3, pkg/repository/{keys,udmrepo,provider} and pkg/uploader.
 */

/** Who Velero is in each of its repositories, whatever host it runs on: the owner of maintenance, and of every snapshot. */
export const veleroIdentity = { username: 'default', hostname: 'default' } as const;

/** The Secret in Velero's namespace that holds the password of all its repositories, and what Velero writes into it where it makes it. */
export const veleroSecret = { name: 'velero-repo-credentials', key: 'repository-password' } as const;
export const usualVeleroPassword = 'static-passw0rd';

/** Where in a storage location, below its own prefix, the repository of a namespace's volumes is; ends in `/`. */
export function veleroPrefix(namespace: string): string {
  return `kopia/${namespace}/`;
}

/** What Velero calls the BackupRepository of a namespace in a location. */
export function backupRepositoryName(namespace: string, location: string): string {
  return `${namespace}-${location}-kopia`;
}

/** A volume as Velero backs it up: out of a running pod, or out of a snapshot of its claim. */
export type VeleroVolume =
  | {
      readonly kind: 'pod';
      readonly namespace: string;
      readonly pod: string;
      /** Of the claim where it has one, else of the volume. */
      readonly volume: string;
    }
  | {
      readonly kind: 'claim';
      readonly namespace: string;
      readonly claim: string;
      /** What ties the snapshot to the DataUpload that wanted it. */
      readonly operation?: string | undefined;
    };

/** Who asks for a snapshot, as the first part of its path and one of its tags say it. */
const requesters = { pod: 'snapshot-pod-volume', claim: 'snapshot-data-upload-download' } as const;

/** What a volume's snapshots are of. The path is no path of a file system, and begins without a `/`. */
export function veleroSource(volume: VeleroVolume): SnapshotSource {
  const below = volume.kind === 'pod' ? [volume.pod, volume.volume] : [volume.claim];
  const path = [requesters[volume.kind], 'kopia', volume.namespace, ...below].join('/');
  return { host: veleroIdentity.hostname, userName: veleroIdentity.username, path };
}

/** The tags of a volume's snapshots. The first two are what Velero looks for in the one that the next builds on. */
export function veleroTags(volume: VeleroVolume): Readonly<Record<string, string>> {
  const operation = volume.kind === 'claim' ? volume.operation : undefined;
  return {
    'snapshot-requester': requesters[volume.kind],
    'snapshot-uploader': 'kopia',
    ...(operation === undefined ? {} : { 'velero.io/async-operation-id': operation }),
  };
}

/** The names of the tags that {@link veleroTags} has. */
export const veleroTagNames: readonly string[] = [
  'snapshot-requester',
  'snapshot-uploader',
  'velero.io/async-operation-id',
];

/** What every snapshot of Velero's says: it is pinned, so that no policy ever removes it. */
export const veleroDescription = 'Kopia Uploader';
export const veleroPins: readonly string[] = ['velero-pin'];
