import type { StoreOptions } from '#storage/object-store.ts';
import { isRefusal } from '#storage/refusal.ts';
import type { OpenKopia } from '../access/open.ts';

/**
 * Deletes a blob that its writer alone put and nobody needs any more. Where the store lets nothing be deleted, or has locked the blob, it
 * stays, `onUndeleted` is told, and the writer goes on: what it wrote is as good with that blob as without.
 *
 * @throws whatever else deleting throws
 */
export async function deleteOwn(
  { blobs, onUndeleted }: Pick<OpenKopia, 'blobs' | 'onUndeleted'>,
  id: string,
  { signal }: StoreOptions,
): Promise<void> {
  try {
    await blobs.delete(id, { signal });
  } catch (thrown) {
    if (!isRefusal(thrown)) throw thrown;
    onUndeleted?.(blobs.keyOf(id), thrown);
  }
}
