import type { StoreOptions } from '#storage/object-store.ts';
import { keyOf } from '../access/files.ts';
import type { OpenRepository } from '../access/open.ts';
import { removeFiles, type Undeleted } from '../access/remove-files.ts';
import { requireWritable } from '../access/save.ts';
import type { StoredSnapshot } from '../access/snapshots.ts';
import { onceWritten } from '../access/written-snapshots.ts';
import type { SnapshotDocument } from '../format/snapshot.ts';

/** What becomes of a snapshot's tags: others in their place, or some more and some less. */
export type TagChange =
  | { readonly set: readonly string[] }
  | { readonly add: readonly string[]; readonly remove: readonly string[] };

/** A snapshot that has another id now, as the id is the checksum of what it says. */
export interface Retagged {
  readonly before: string;
  readonly after: StoredSnapshot;
  /** The one before, where the location did not let it be removed: both are there. */
  readonly undeleted: Undeleted | undefined;
}

/** The tags after a change, each once; what is both added and removed is removed. */
export function tagsAfter(tags: readonly string[], change: TagChange): readonly string[] {
  if ('set' in change) return [...new Set(change.set)];
  return [...new Set([...tags, ...change.add])].filter(tag => !change.remove.includes(tag));
}

/**
 * Changes the tags of snapshots, as `restic tag` does: each is stored anew, naming the first of its line as its `original`, then the one
 * before is removed. What was interrupted in between has both, and so has a location that lets nothing be deleted; done again, it is
 * completed without a third. To be called under an exclusive lock. Yields those that changed.
 *
 * @throws `repository.foreign` for version 1, and what the store throws
 */
export async function* changeTags(
  repository: OpenRepository,
  snapshots: readonly StoredSnapshot[],
  change: TagChange,
  options: StoreOptions = {},
): AsyncGenerator<Retagged> {
  requireWritable(repository);
  const write = await onceWritten(repository, options);
  for (const { id: before, document } of snapshots) {
    const after = withTags(before, document, change);
    if (after === undefined) continue;
    const id = await write(after);
    const [undeleted] = await removeFiles(repository.store, [keyOf('snapshots', before)], options);
    yield { before, after: { id, document: after }, undeleted };
  }
}

/** `undefined` where nothing changes. */
function withTags(
  id: string,
  { tags = [], ...rest }: SnapshotDocument,
  change: TagChange,
): SnapshotDocument | undefined {
  const after = tagsAfter(tags, change);
  if (after.length === tags.length && after.every((tag, at) => tag === tags[at])) return undefined;
  const original = rest['original'] ?? id;
  return { ...(rest as SnapshotDocument), ...(after.length === 0 ? {} : { tags: after }), original };
}
