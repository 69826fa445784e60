import type { Progress } from '#foundation/progress.ts';
import type { IndexedKopia } from '../access/indexed.ts';
import type { StoredKopiaSnapshot } from '../access/snapshots.ts';
import { type SnapshotManifest, snapshotLabels, writeSnapshotManifest } from '../format/snapshot-manifest.ts';
import { refuseVelero, type VeleroAllowance, withoutVelero } from '../velero/own-snapshots.ts';
import type { ManifestChanges } from '../writing/manifests.ts';
import { type ChangeOptions, changeManifests } from './change-manifests.ts';
import { type TakesOut, TreeRewrite } from './rewrite-trees.ts';

/** What is to be other than it is. */
export interface KopiaRewrite {
  readonly takesOut?: TakesOut | undefined;
  readonly host?: string | undefined;
  /** When it was begun, in nanoseconds since 1970; it lasted as long as it did. */
  readonly startTime?: bigint | undefined;
  /** Remove the snapshots that were rewritten; otherwise the new ones get the tag `rewrite-of` with the id of the other. */
  readonly forget?: boolean | undefined;
}

export interface RewriteKopiaOptions extends ChangeOptions, VeleroAllowance {
  /** Say what would become of the snapshots; nothing is written. */
  readonly dryRun?: boolean | undefined;
  readonly progress?: Progress | undefined;
}

export interface RewrittenKopiaSnapshot {
  readonly source: StoredKopiaSnapshot;
  /** The new snapshot; absent where nothing is to be changed, or nothing was written. */
  readonly id: string | undefined;
  readonly changed: boolean;
  /** Entries that were taken out; what is below them is not counted. */
  readonly excluded: number;
}

/** As kopia's own command puts it into labels. */
const tag = 'tag:rewrite-of';

/**
 * Makes new snapshots out of others, with entries taken out, another host or time; all of them are there at once, as the others are gone.
 * Pins, tags and descriptions stay; but of one of Velero's that is kept beside, the new one has neither Velero's pin nor its tags: Velero
 * does not know it, and would never remove it. What was taken out stays in the repository until maintenance collects it.
 *
 * @throws as reading directories does (`repository.damaged`, `kopia-content-missing`), and `repository.snapshot-of-velero` where one of
 * Velero's would be removed, unless that is allowed; then nothing is changed
 */
export async function rewriteKopiaSnapshots(
  repository: IndexedKopia,
  snapshots: readonly StoredKopiaSnapshot[],
  rewrite: KopiaRewrite,
  options: RewriteKopiaOptions,
): Promise<readonly RewrittenKopiaSnapshot[]> {
  const { signal, dryRun = false, progress, allowVelero } = options;
  if (rewrite.forget === true) refuseVelero(snapshots, { url: repository.store.url, allowVelero });
  return changeManifests(repository, options, async (changes, _, writer) => {
    const { takesOut = () => false } = rewrite;
    const trees = new TreeRewrite(repository, { signal, takesOut, writer: dryRun ? undefined : writer });
    const rewritten: RewrittenKopiaSnapshot[] = [];
    for (const source of snapshots) {
      signal?.throwIfAborted();
      const { rootEntry } = source.snapshot;
      const walks = rewrite.takesOut !== undefined && rootEntry?.type === 'd';
      const { entry, takenOut } = walks ? await trees.rewrite(rootEntry) : { entry: rootEntry, takenOut: 0 };
      const snapshot = changedSnapshot({ ...source.snapshot, rootEntry: entry }, rewrite);
      const changed = takenOut > 0 || isOther(snapshot, source.snapshot);
      const id = changed && !dryRun ? replace(source, snapshot, { changes, rewrite }) : undefined;
      rewritten.push({ source, id, changed, excluded: takenOut });
      progress?.({ phase: 'rewrite', done: rewritten.length, total: snapshots.length, unit: 'items' });
    }
    return rewritten;
  });
}

function changedSnapshot(
  snapshot: SnapshotManifest,
  { host = snapshot.source.host, startTime = snapshot.startTime }: KopiaRewrite,
): SnapshotManifest {
  const endTime = snapshot.endTime + startTime - snapshot.startTime;
  return { ...snapshot, source: { ...snapshot.source, host }, startTime, endTime };
}

function isOther(after: SnapshotManifest, before: SnapshotManifest): boolean {
  return after.source.host !== before.source.host || after.startTime !== before.startTime;
}

/** Its new id. */
function replace(
  { id, manifest }: StoredKopiaSnapshot,
  snapshot: SnapshotManifest,
  { changes, rewrite }: { readonly changes: ManifestChanges; readonly rewrite: KopiaRewrite },
): string {
  if (rewrite.forget === true) {
    return changes.replace([manifest], snapshotLabels(snapshot), writeSnapshotManifest(snapshot));
  }
  const own = withoutVelero(snapshot);
  const tagged = { ...own, tags: { ...own.tags, [tag]: id } };
  return changes.put(snapshotLabels(tagged), writeSnapshotManifest(tagged));
}
