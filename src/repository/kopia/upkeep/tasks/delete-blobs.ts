import type { BlobInfo } from '../../access/blobs.ts';
import { notDeleted, removeBlobs } from '../remove-blobs.ts';
import type { MaintenanceWork, Shortfall } from './work.ts';

/** What became of blobs that were to be deleted. */
export interface Deletion {
  /** Those that are gone. */
  readonly blobs: readonly BlobInfo[];
  readonly shortfall?: Shortfall | undefined;
}

/**
 * Deletes blobs for a task. Those that the store refuses to delete stay; the others go.
 *
 * @throws whatever else deleting one throws
 */
export async function deleteBlobs(
  { repository: { blobs: all }, signal }: MaintenanceWork,
  blobs: readonly BlobInfo[],
  { atOnce }: { readonly atOnce: number },
): Promise<Deletion> {
  const ids = blobs.map(({ id }) => id);
  const undeleted = await removeBlobs(all, ids, { atOnce, signal });
  const error = notDeleted(all, undeleted);
  if (error === undefined) return { blobs };
  const left = new Set(undeleted.map(({ file }) => file));
  return { blobs: blobs.filter(({ id }) => !left.has(all.keyOf(id))), shortfall: { error, undeleted } };
}
