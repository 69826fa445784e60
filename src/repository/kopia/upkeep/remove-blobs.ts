import { forEachConcurrent } from '#foundation/concurrency.ts';
import type { HozonError } from '#foundation/errors.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { isRefusal } from '#storage/refusal.ts';
import { raise } from '../../errors.ts';
import type { KopiaBlobs } from '../access/blobs.ts';

/** A blob that is still there, and why. */
export interface Undeleted {
  /** Its key. */
  readonly file: string;
  readonly error: HozonError;
}

export interface RemoveBlobsOptions extends StoreOptions {
  /** Blobs that are deleted at once. */
  readonly atOnce: number;
}

/**
 * Deletes blobs. One that the store refuses to delete, because it lets nothing be deleted or has locked it, does not keep the
 * others: those that are still there.
 *
 * @throws whatever else deleting one throws
 */
export async function removeBlobs(
  blobs: KopiaBlobs,
  ids: readonly string[],
  { atOnce, signal }: RemoveBlobsOptions,
): Promise<readonly Undeleted[]> {
  const undeleted: Undeleted[] = [];
  await forEachConcurrent(ids, atOnce, async id => {
    try {
      await blobs.delete(id, { signal });
    } catch (thrown) {
      if (!isRefusal(thrown)) throw thrown;
      undeleted.push({ file: blobs.keyOf(id), error: thrown });
    }
  });
  return undeleted;
}

/** What says of all of them that they are still there; `undefined` for none. */
export function notDeleted(
  { store: { url } }: KopiaBlobs,
  undeleted: readonly Undeleted[],
): HozonError | undefined {
  const [first] = undeleted;
  if (first === undefined) return undefined;
  const { file, error } = first;
  return raise['blobs-not-deleted']({ url, count: undeleted.length, file, reason: error.explain('en') });
}
