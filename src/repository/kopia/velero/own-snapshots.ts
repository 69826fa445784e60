import type { SnapshotManifest } from '../format/snapshot-manifest.ts';
import { veleroPins, veleroTagNames } from './names.ts';

type Marked = Pick<SnapshotManifest, 'pins' | 'tags'>;

/** Whether a snapshot is one of Velero's, by its pin or its tags: a PodVolumeBackup or a DataUpload may name it by its id. */
export function isOfVelero({ pins, tags }: Marked): boolean {
  return pins.some(pin => veleroPins.includes(pin)) || veleroTagNames.some(name => name in tags);
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
