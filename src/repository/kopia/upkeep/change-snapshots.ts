import type { IndexedKopia } from '../access/indexed.ts';
import type { StoredKopiaSnapshot } from '../access/snapshots.ts';
import { type SnapshotManifest, snapshotLabels, writeSnapshotManifest } from '../format/snapshot-manifest.ts';
import { refuseVelero, type VeleroAllowance } from '../velero/own-snapshots.ts';
import { type ChangeOptions, changeManifests } from './change-manifests.ts';
import { editTags, type TagEdit } from './tag-names.ts';

/** A snapshot that has another id now: kopia changes none, it stores another in its place. */
export interface ChangedSnapshot {
  readonly before: string;
  readonly after: string;
  readonly snapshot: SnapshotManifest;
}

/** Removes snapshots, all at once; what only they used stays until maintenance collects it. How many were still there. */
export async function removeKopiaSnapshots(
  repository: IndexedKopia,
  ids: readonly string[],
  options: ChangeOptions,
): Promise<number> {
  return changeManifests(repository, options, async (changes, manifests) => {
    const found = ids.map(id => manifests.get(id)).filter(each => each !== undefined);
    for (const manifest of found) changes.remove(manifest);
    return found.length;
  });
}

/**
 * Stores snapshots anew as `change` makes them, all at once; those for which it returns nothing stay as they are.
 *
 * @throws `repository.snapshot-of-velero` where one of Velero's would get another id, unless that is allowed; then nothing is changed
 */
export async function changeSnapshots(
  repository: IndexedKopia,
  snapshots: readonly StoredKopiaSnapshot[],
  change: (snapshot: SnapshotManifest) => SnapshotManifest | undefined,
  options: ChangeOptions & VeleroAllowance,
): Promise<readonly ChangedSnapshot[]> {
  const others = snapshots.flatMap(stored => {
    const snapshot = change(stored.snapshot);
    return snapshot === undefined ? [] : [{ stored, snapshot }];
  });
  refuseVelero(
    others.map(({ stored }) => stored),
    { url: repository.store.url, allowVelero: options.allowVelero },
  );
  return changeManifests(repository, options, async changes =>
    others.map(({ stored: { manifest }, snapshot }) => {
      const after = changes.replace([manifest], snapshotLabels(snapshot), writeSnapshotManifest(snapshot));
      return { before: manifest.id, after, snapshot };
    }),
  );
}

/** Changes the tags of snapshots. Those that changed. @throws as {@link changeSnapshots} */
export async function tagSnapshots(
  repository: IndexedKopia,
  snapshots: readonly StoredKopiaSnapshot[],
  edit: TagEdit,
  options: ChangeOptions & VeleroAllowance,
): Promise<readonly ChangedSnapshot[]> {
  const change = (snapshot: SnapshotManifest): SnapshotManifest | undefined => {
    const tags = editTags(snapshot.tags, edit);
    return tags === undefined ? undefined : { ...snapshot, tags };
  };
  return changeSnapshots(repository, snapshots, change, options);
}

/** Names for which snapshots are kept, whatever a policy says. */
export interface PinEdit {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** Pins snapshots, or lets them go, as `kopia snapshot pin` does. Those that changed. @throws as {@link changeSnapshots} */
export async function pinSnapshots(
  repository: IndexedKopia,
  snapshots: readonly StoredKopiaSnapshot[],
  edit: PinEdit,
  options: ChangeOptions & VeleroAllowance,
): Promise<readonly ChangedSnapshot[]> {
  const change = (snapshot: SnapshotManifest): SnapshotManifest | undefined => {
    const pins = pinsAfter(snapshot.pins, edit);
    return pins === undefined ? undefined : { ...snapshot, pins };
  };
  return changeSnapshots(repository, snapshots, change, options);
}

/** Sorted; what is both added and removed is removed. `undefined` where nothing changes. */
export function pinsAfter(pins: readonly string[], { add, remove }: PinEdit): readonly string[] | undefined {
  const after = [...new Set([...pins, ...add])].filter(pin => !remove.includes(pin)).sort();
  const same = after.length === new Set(pins).size && after.every(pin => pins.includes(pin));
  return same ? undefined : after;
}
