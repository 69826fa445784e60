import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { formatBlobId } from '../access/blobs.ts';
import { blobConfigId, type OpenKopia } from '../access/open.ts';
import { deriveFormatKey, sealBlobConfig, sealFormat } from '../format/repository-format.ts';

/**
 * Gives a repository another password; who has it open goes on for up to a quarter of an hour. Two blobs are sealed with it. The one
 * that only says how long a store keeps blobs is gone while the other is replaced, so that at any moment one of the two passwords
 * opens the repository; where this is interrupted then, that one stays gone.
 *
 * @throws `repository.password-fixed` for repositories whose packs hold copies of what the password opens
 */
export async function changeKopiaPassword(
  repository: OpenKopia,
  password: Uint8Array,
  options: StoreOptions = {},
): Promise<void> {
  const { blobs, format, formatBlob, blobConfig, store } = repository;
  if (!format.enablePasswordChange) throw raise['password-fixed']({ url: store.url });
  const key = await deriveFormatKey(formatBlob, Buffer.from(password).toString());
  const [sealed, sealedConfig] = [
    sealFormat(formatBlob, format, key),
    sealBlobConfig(formatBlob, blobConfig, key),
  ];
  options.signal?.throwIfAborted();
  await blobs.delete(blobConfigId, options);
  await blobs.put(formatBlobId, sealed, options);
  await blobs.put(blobConfigId, sealedConfig, options);
}
