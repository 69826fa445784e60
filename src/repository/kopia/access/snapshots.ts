import { type HozonError, isHozonError } from '#foundation/errors.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { readSnapshotManifest, type SnapshotManifest } from '../format/snapshot-manifest.ts';
import type { IndexedKopia } from './indexed.ts';
import { type Labels, loadManifests, type Manifests, type StoredManifest } from './manifests.ts';
import { naming } from './naming.ts';

/** A snapshot as a manifest holds it. */
export interface StoredKopiaSnapshot {
  /** The manifest's, 32 hexadecimal digits. */
  readonly id: string;
  readonly snapshot: SnapshotManifest;
  readonly manifest: StoredManifest;
}

export interface ListKopiaSnapshotsOptions extends StoreOptions {
  /** Where they were loaded before. */
  readonly manifests?: Manifests | undefined;
  /** Only of manifests with these labels. */
  readonly labels?: Labels | undefined;
  /** Told of a snapshot that cannot be read and is left out; without it, the first one is thrown. */
  readonly onDamage?: ((manifest: string, thrown: HozonError) => void) | undefined;
}

/** The label that tells manifests of snapshots from others. */
export const snapshotType: Labels = { type: 'snapshot' };

/**
 * Every snapshot, incomplete ones too, in the order in which they were begun.
 *
 * @throws `repository.damaged`, `file-missing` and what the store throws
 */
export async function listKopiaSnapshots(
  repository: IndexedKopia,
  options: ListKopiaSnapshotsOptions = {},
): Promise<readonly StoredKopiaSnapshot[]> {
  const manifests = options.manifests ?? (await loadManifests(repository, { signal: options.signal }));
  const found = manifests.find({ ...options.labels, ...snapshotType });
  const read = await Promise.all(found.map(manifest => readOrTell(repository, manifest, options)));
  return read.filter(snapshot => snapshot !== undefined).sort(byStart);
}

async function readOrTell(
  repository: IndexedKopia,
  manifest: StoredManifest,
  { onDamage }: ListKopiaSnapshotsOptions,
): Promise<StoredKopiaSnapshot | undefined> {
  try {
    return await snapshotOf(repository, manifest);
  } catch (thrown) {
    if (onDamage === undefined || !isHozonError(thrown, 'repository.damaged')) throw thrown;
    onDamage(manifest.id, thrown);
    return undefined;
  }
}

async function snapshotOf(repository: IndexedKopia, manifest: StoredManifest): Promise<StoredKopiaSnapshot> {
  const { id, data } = manifest;
  return naming(repository.store, id, async () => ({ id, manifest, snapshot: readSnapshotManifest(data) }));
}

/**
 * The snapshot that a person means: by the beginning of its id, by the id of its root object (the newest that has it), or `latest`, the
 * newest that is complete.
 *
 * @throws `repository.snapshot-not-found`, `snapshot-ambiguous`, `damaged` and what the store throws
 */
export async function findKopiaSnapshot(
  repository: IndexedKopia,
  wanted: string,
  options: ListKopiaSnapshotsOptions = {},
): Promise<StoredKopiaSnapshot> {
  const { url } = repository.store;
  const manifests = options.manifests ?? (await loadManifests(repository, { signal: options.signal }));
  const stored = manifests.find({ ...options.labels, ...snapshotType });
  const byId = wanted === '' ? [] : stored.filter(({ id }) => id.startsWith(wanted));
  const [only] = byId;
  if (byId.length > 1) throw raise['snapshot-ambiguous']({ url, id: wanted, count: byId.length });
  if (only !== undefined) return snapshotOf(repository, only);
  const snapshots = await listKopiaSnapshots(repository, { onDamage: () => {}, ...options, manifests });
  const found = snapshots.findLast(({ snapshot }) =>
    wanted === 'latest' ? snapshot.incomplete === '' : snapshot.rootEntry?.object === wanted,
  );
  if (found === undefined) throw raise['snapshot-not-found']({ url, id: wanted });
  return found;
}

/** Of the same time, the ids decide, so that the order is always the same. */
function byStart(a: StoredKopiaSnapshot, b: StoredKopiaSnapshot): number {
  const [first, second] = [a.snapshot.startTime, b.snapshot.startTime];
  if (first !== second) return first < second ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
