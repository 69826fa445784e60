import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { replaceSealed, sealSpareConfig } from '../access/blob-config.ts';
import type { OpenKopia } from '../access/open.ts';
import { deriveFormatKey, sealBlobConfig, sealFormat } from '../format/repository-format.ts';

/**
 * Gives a repository another password; who has it open goes on for up to a quarter of an hour. Whenever it is interrupted, one of the two
 * passwords opens the repository, which still says for how long blobs are kept.
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
  const formatBytes = sealFormat(formatBlob, format, key);
  const configBytes = sealBlobConfig(formatBlob, blobConfig, key);
  const isKept = blobConfig.retentionMode !== '' || blobConfig.retentionPeriod !== 0n;
  const spare = isKept ? sealSpareConfig(repository, blobConfig) : undefined;
  options.signal?.throwIfAborted();
  await replaceSealed(blobs, { formatBytes, configBytes }, { ...options, spare });
}
