import { raise } from '../../errors.ts';
import type { StoredKopiaSnapshot } from '../access/snapshots.ts';
import type { SnapshotManifest } from '../format/snapshot-manifest.ts';
import { veleroPins, veleroTagNames } from './names.ts';

type Marked = Pick<SnapshotManifest, 'pins' | 'tags'>;

/** Whether a snapshot is one of Velero's, by its pin or its tags: a PodVolumeBackup or a DataUpload may name it by its id. */
export function isOfVelero({ pins, tags }: Marked): boolean {
  return pins.some(pin => veleroPins.includes(pin)) || veleroTagNames.some(name => name in tags);
}

/** Who may take away the ids by which Velero names its snapshots: nobody, unless it is said. */
export interface VeleroAllowance {
  readonly allowVelero?: boolean | undefined;
}

/**
 * Refuses snapshots of Velero's among those whose ids are to go: Velero's own records name them by these.
 *
 * @throws `repository.snapshot-of-velero`
 */
export function refuseVelero(
  snapshots: readonly Pick<StoredKopiaSnapshot, 'id' | 'snapshot'>[],
  { url, allowVelero = false }: VeleroAllowance & { readonly url: string },
): void {
  if (allowVelero) return;
  const found = snapshots.filter(({ snapshot }) => isOfVelero(snapshot));
  const [first] = found;
  if (first !== undefined) throw raise['snapshot-of-velero']({ url, id: first.id, count: found.length });
}

/** A snapshot without what makes Velero take it for its own, and keeps every policy from removing it. */
export function withoutVelero<T extends Marked>(snapshot: T): T {
  const { pins, tags } = snapshot;
  return {
    ...snapshot,
    pins: pins.filter(pin => !veleroPins.includes(pin)),
    tags: Object.fromEntries(Object.entries(tags).filter(([name]) => !veleroTagNames.includes(name))),
  };
}
