import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { blobConfigId, spareConfigId } from '../access/blob-config.ts';
import { type OpenKopia, readFormatBlobOf } from '../access/open.ts';
import { openFormatWith, sealBlobConfig } from '../format/repository-format.ts';

/**
 * Puts what says how long blobs are kept back into its place, which an interrupted change of the password left only beside it.
 *
 * @throws `repository.wrong-password` where the change was not interrupted, but goes on
 */
export async function settleBlobConfig(repository: OpenKopia, options: StoreOptions): Promise<void> {
  const { blobs, store, formatKey, blobConfig, configIsSpare } = repository;
  if (!configIsSpare) return;
  const formatBlob = await readFormatBlobOf(blobs, options);
  if (openFormatWith(formatBlob, formatKey) === undefined) throw raise['wrong-password']({ url: store.url });
  await blobs.put(blobConfigId, sealBlobConfig(formatBlob, blobConfig, formatKey), options);
  await blobs.delete(spareConfigId, options);
}
