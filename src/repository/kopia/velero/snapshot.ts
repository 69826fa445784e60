import { availableParallelism } from 'node:os';
import type { TreeSource } from '../../trees/source.ts';
import { readContent } from '../access/contents.ts';
import type { IndexedKopia } from '../access/indexed.ts';
import { loadManifests, type Manifests } from '../access/manifests.ts';
import { listKopiaSnapshots, type StoredKopiaSnapshot } from '../access/snapshots.ts';
import {
  type KopiaSnapshotOptions,
  type KopiaTreeSnapshot,
  snapshotKopiaTree,
} from '../backup/snapshot-tree.ts';
import { policyLabels } from '../format/policy.ts';
import { sourceLabels } from '../format/snapshot-manifest.ts';
import { policiesFor } from '../policies/stored-policies.ts';
import type { KopiaSource } from '../walking/directory-source.ts';
import { ManifestChanges } from '../writing/manifests.ts';
import { openKopiaWriter } from '../writing/plain-writer.ts';
import {
  type VeleroVolume,
  veleroDescription,
  veleroIdentity,
  veleroPins,
  veleroSource,
  veleroTags,
} from './names.ts';
import { veleroPolicy } from './policy.ts';

export interface VeleroSnapshotOptions
  extends Pick<
    KopiaSnapshotOptions,
    | 'checkpointEvery'
    | 'clock'
    | 'dryRun'
    | 'onFailure'
    | 'openWriter'
    | 'progress'
    | 'root'
    | 'rootName'
    | 'signal'
  > {
  /** Read every file, whatever an earlier snapshot has. */
  readonly force?: boolean | undefined;
}

/**
 * Stores a volume as Velero's node agent does: its policy first, then a snapshot that is compared with the latest one of the same volume
 * and requester, and that Velero takes for its own. The id is what a PodVolumeBackup or a DataUpload calls it by.
 *
 * @throws as `snapshotKopiaTree` does
 */
export async function snapshotVeleroVolume(
  repository: IndexedKopia,
  { volume, tree }: { readonly volume: VeleroVolume; readonly tree: TreeSource & Partial<KopiaSource> },
  options: VeleroSnapshotOptions,
): Promise<KopiaTreeSnapshot> {
  const { signal, dryRun = false, force = false } = options;
  const source = veleroSource(volume);
  const before = await loadManifests(repository, { signal });
  if (!dryRun) await writePolicy(repository, volume, before, options);
  const manifests = dryRun ? before : await loadManifests(repository, { signal });
  const known = await listKopiaSnapshots(repository, { manifests, labels: sourceLabels(source), signal });
  return snapshotKopiaTree(repository, tree, {
    ...options,
    source,
    identity: veleroIdentity,
    tags: veleroTags(volume),
    description: veleroDescription,
    pins: veleroPins,
    policies: policiesFor(manifests, source),
    previous: force ? [] : previousOfVolume(known, volume),
    superseded: known,
  });
}

/** In place of the volume's own, as Velero does it before every snapshot. */
async function writePolicy(
  repository: IndexedKopia,
  volume: VeleroVolume,
  manifests: Manifests,
  { clock, signal }: VeleroSnapshotOptions,
): Promise<void> {
  const labels = policyLabels(veleroSource(volume));
  const policy = veleroPolicy({ parallelFileReads: availableParallelism(), multipart: true });
  const changes = new ManifestChanges({ clock });
  changes.replace(manifests.find(labels), labels, policy);
  await using writer = openKopiaWriter(repository, { clock, identity: veleroIdentity, signal });
  const read = (id: string): Promise<Buffer> => readContent(repository, id, { signal });
  await changes.write(writer, { repository, read });
  await writer.flush({ signal });
}

/**
 * What Velero compares the next snapshot of a volume with: the latest one, if any, that is complete, and by the same requester and uploader.
 *
 * @param known all of that volume, in the order in which they were begun
 */
export function previousOfVolume(
  known: readonly StoredKopiaSnapshot[],
  volume: VeleroVolume,
): readonly StoredKopiaSnapshot[] {
  return known.filter(each => isComparable(each, volume)).slice(-1);
}

function isComparable(
  { snapshot: { tags, incomplete } }: StoredKopiaSnapshot,
  volume: VeleroVolume,
): boolean {
  const wanted = veleroTags(volume);
  return (
    incomplete === '' &&
    ['snapshot-requester', 'snapshot-uploader'].every(name => tags[name] === wanted[name])
  );
}
