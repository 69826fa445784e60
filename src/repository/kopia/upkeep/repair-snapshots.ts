import type { Clock } from '#foundation/clock.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import type { KopiaIdentity } from '../access/identity.ts';
import { type IndexedKopia, loadContents } from '../access/indexed.ts';
import type { OpenKopia } from '../access/open.ts';
import { listKopiaSnapshots, type StoredKopiaSnapshot } from '../access/snapshots.ts';
import { ObjectWholeness } from '../checking/object-wholeness.ts';
import { snapshotLabels, writeSnapshotManifest } from '../format/snapshot-manifest.ts';
import { refuseVelero, type VeleroAllowance, withoutVelero } from '../velero/own-snapshots.ts';
import type { ManifestChanges } from '../writing/manifests.ts';
import { changeManifests } from './change-manifests.ts';
import { type Replacement, TreeRepair } from './repair-trees.ts';

export interface RepairSnapshotsOptions extends StoreOptions, VeleroAllowance {
  readonly identity: KopiaIdentity;
  /** Whole ids; all unless told. */
  readonly snapshots?: readonly string[] | undefined;
  readonly replacement?: Replacement | undefined;
  /** Removes the damaged snapshots once the mended ones are stored. */
  readonly forget?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly clock?: Clock | undefined;
}

/** A snapshot of which something cannot be read. */
export interface RepairedSnapshot {
  readonly before: string;
  /** The mended one; `undefined` in a dry run, or where nothing of it can be read. */
  readonly after: string | undefined;
  /** What of it is lost: paths from its root on. */
  readonly lost: readonly string[];
}

/**
 * Stores snapshots anew without what cannot be read of them: contents that no index names, or whose blob is gone or too short. Those that
 * are whole stay as they are. Contents that were changed are found by checking with every byte read; giving up their packs makes
 * them lost ones. Of one of Velero's that is kept beside, the mended one is not Velero's: it does not know it, and would never remove it.
 *
 * @throws `repository.snapshot-of-velero` where a damaged one of Velero's would be removed, unless that is allowed; then nothing is changed
 */
export async function repairKopiaSnapshots(
  open: OpenKopia,
  options: RepairSnapshotsOptions,
): Promise<readonly RepairedSnapshot[]> {
  const { signal, dryRun = false, replacement = 'stub' } = options;
  const repository = await loadContents(open, { signal });
  const objects = new ObjectWholeness(repository, await lostContents(repository, { signal }), { signal });
  const wanted = await chosen(repository, options);
  return changeManifests(repository, options, async (changes, _, writer) => {
    const repair = new TreeRepair(repository, objects, {
      signal,
      replacement,
      writer: dryRun ? undefined : writer,
    });
    const repaired: RepairedSnapshot[] = [];
    const damaged: StoredKopiaSnapshot[] = [];
    for (const stored of wanted) {
      const outcome = await repairOne(stored, { repair, changes, options });
      if (outcome === undefined) continue;
      repaired.push(outcome);
      damaged.push(stored);
    }
    const { forget = false, allowVelero } = options;
    if (forget) refuseVelero(damaged, { url: repository.store.url, allowVelero });
    return repaired;
  });
}

async function chosen(
  repository: IndexedKopia,
  { snapshots: ids, signal }: RepairSnapshotsOptions,
): Promise<readonly StoredKopiaSnapshot[]> {
  const all = await listKopiaSnapshots(repository, { signal, onDamage: () => {} });
  return ids === undefined ? all : all.filter(({ id }) => ids.includes(id));
}

interface Repairing {
  readonly repair: TreeRepair;
  readonly changes: ManifestChanges;
  readonly options: RepairSnapshotsOptions;
}

async function repairOne(
  { id, manifest, snapshot }: StoredKopiaSnapshot,
  { repair, changes, options }: Repairing,
): Promise<RepairedSnapshot | undefined> {
  const { rootEntry } = snapshot;
  if (rootEntry === undefined) return undefined;
  const { entry: root, lost: below } = await repair.mend(rootEntry);
  if (below.length === 0) return undefined;
  const lost = below.map(path => (path === '' ? '/' : path));
  if (options.dryRun === true) return { before: id, after: undefined, lost };
  if (options.forget === true) changes.remove(manifest);
  if (root === undefined) return { before: id, after: undefined, lost };
  const mended = { ...(options.forget === true ? snapshot : withoutVelero(snapshot)), rootEntry: root };
  const after = changes.put(snapshotLabels(mended), writeSnapshotManifest(mended));
  return { before: id, after, lost };
}

/** 1 for every content whose blob is gone or too short. */
async function lostContents(repository: IndexedKopia, options: StoreOptions): Promise<Uint8Array> {
  const { index, blobs } = repository;
  const sizes = new Map<string, number>();
  for (const letter of ['p', 'q']) {
    for await (const { id, size } of blobs.list(letter, options)) sizes.set(id, size);
  }
  const lost = new Uint8Array(index.size);
  for (const content of index.numbers()) {
    const size = sizes.get(index.packs[index.packNumber(content)] ?? '');
    if (size === undefined || index.offset(content) + index.sealedLength(content) > size) lost[content] = 1;
  }
  return lost;
}
