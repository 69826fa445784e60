import type { StoreOptions } from '#storage/object-store.ts';
import { purposeKey } from '../format/format-key.ts';
import {
  type BlobConfig,
  type FormatBlob,
  formatBlobLimit,
  openBlobConfig,
  type RepositoryFormat,
  sealBlobConfig,
} from '../format/repository-format.ts';
import { formatBlobId, type KopiaBlobs } from './blobs.ts';
import { naming } from './naming.ts';

export const blobConfigId = 'kopia.blobcfg';
/**
 * What `kopia.blobcfg` says, under a key that every password gives: there while the password is changed, and for longer where that was
 * interrupted. kopia does not know it.
 */
export const spareConfigId = 'hozon.blobcfg';

/** What the two blobs are sealed with. */
export interface ConfigKeys {
  readonly formatBlob: FormatBlob;
  readonly formatKey: Buffer;
  readonly format: Pick<RepositoryFormat, 'masterKey'>;
}

export interface FoundConfig {
  readonly blobConfig: BlobConfig;
  /** Whether only {@link spareConfigId} says so, so that kopia could not know. */
  readonly configIsSpare: boolean;
}

/**
 * How long the store is to keep blobs: not at all where nothing says so.
 *
 * @throws `repository.damaged` and what the store throws
 */
export async function readBlobConfig(
  blobs: KopiaBlobs,
  keys: ConfigKeys,
  options: StoreOptions,
): Promise<FoundConfig> {
  const found = { ...options, limit: formatBlobLimit };
  const { formatBlob, formatKey } = keys;
  const sealed = await blobs.find(blobConfigId, found);
  const own = async (): Promise<BlobConfig> =>
    sealed === undefined
      ? { retentionMode: '', retentionPeriod: 0n }
      : naming(blobs.store, blobConfigId, async () => openBlobConfig(formatBlob, sealed, formatKey));
  const outcome = await own().then(
    blobConfig => ({ blobConfig }),
    (thrown: unknown) => ({ thrown }),
  );
  if (sealed !== undefined && 'blobConfig' in outcome) return { ...outcome, configIsSpare: false };
  const spare = await blobs.find(spareConfigId, found);
  if (spare !== undefined) {
    const blobConfig = await naming(blobs.store, spareConfigId, async () =>
      openBlobConfig(formatBlob, spare, spareKey(keys)),
    );
    return { blobConfig, configIsSpare: true };
  }
  if ('thrown' in outcome) throw outcome.thrown;
  return { ...outcome, configIsSpare: false };
}

/** What goes into {@link spareConfigId}. */
export function sealSpareConfig(keys: ConfigKeys, config: BlobConfig): Buffer {
  return sealBlobConfig(keys.formatBlob, config, spareKey(keys));
}

function spareKey({ format, formatBlob }: ConfigKeys): Buffer {
  return purposeKey(format.masterKey, formatBlob.uniqueId, 'hozon blob config');
}

/** The two blobs that the password seals. */
export interface SealedBlobs {
  readonly formatBytes: Buffer;
  readonly configBytes: Buffer;
}

/**
 * Replaces what the password seals, one after the other, so that at any moment it is open to one of the two passwords, and nothing of
 * what it says is lost. A repository that keeps blobs for a time says so in a third blob meanwhile; between the two,
 * kopia refuses it rather than to write blobs that are not kept.
 */
export async function replaceSealed(
  blobs: KopiaBlobs,
  { formatBytes, configBytes }: SealedBlobs,
  { spare, ...options }: StoreOptions & { readonly spare: Buffer | undefined },
): Promise<void> {
  if (spare === undefined) {
    await blobs.delete(spareConfigId, options);
    await blobs.delete(blobConfigId, options);
  } else await blobs.put(spareConfigId, spare, options);
  await blobs.put(formatBlobId, formatBytes, options);
  await blobs.put(blobConfigId, configBytes, options);
  if (spare !== undefined) await blobs.delete(spareConfigId, options);
}
