import type { StoreOptions } from '#storage/object-store.ts';
import { blobIv } from '../format/sealing.ts';
import { naming } from './naming.ts';
import type { OpenKopia } from './open.ts';

/** Bytes that an index blob has at most: 16 million entries of the longest kind. */
export const sealedBlobLimit = 1024 * 1024 * 1024;

/**
 * The plain bytes of a blob that is sealed as a whole: an index, a session's marker, a log.
 *
 * @throws `repository.damaged`, `file-missing` and what the store throws
 */
export async function readSealedBlob(
  { blobs, sealer, store }: Pick<OpenKopia, 'blobs' | 'sealer' | 'store'>,
  id: string,
  options: StoreOptions = {},
): Promise<Buffer> {
  const sealed = await blobs.get(id, { ...options, limit: sealedBlobLimit });
  return naming(store, id, async () => sealer.open(sealed, blobIv(id)));
}
