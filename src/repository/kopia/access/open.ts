import type { Clock } from '#foundation/clock.ts';
import { systemClock } from '#foundation/clock.ts';
import type { HozonError } from '#foundation/errors.ts';
import type { ObjectStore, StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { type ContentHasher, contentHasher } from '../format/hashing.ts';
import {
  type BlobConfig,
  deriveFormatKey,
  type FormatBlob,
  formatBlobLimit,
  openFormatWith,
  type RepositoryFormat,
  readFormatBlob,
} from '../format/repository-format.ts';
import { type ContentSealer, contentSealer } from '../format/sealing.ts';
import { readBlobConfig } from './blob-config.ts';
import { findBlobs, formatBlobId, type KopiaBlobs } from './blobs.ts';
import { refuseUnusable } from './format-rules.ts';
import type { IndexPages } from './index-pages.ts';
import type { IndexedKopia } from './indexed.ts';
import { readKeeping } from './keeping.ts';
import { naming } from './naming.ts';

export interface OpenKopiaOptions extends StoreOptions {
  /** Bytes as they are typed, without the line's end. */
  readonly password: Uint8Array;
  /** The id under which this process itself upgrades the repository: its own lock does not stop it. */
  readonly upgradeOwner?: string | undefined;
  /** Told of features that the repository requires, that are not known, and that may be done without. */
  readonly onWarning?: ((feature: string, message: string) => void) | undefined;
  /** See {@link OpenKopia.onUndeleted}. */
  readonly onUndeleted?: OpenKopia['onUndeleted'];
  readonly clock?: Pick<Clock, 'now'> | undefined;
}

/** A kopia repository whose keys are known. */
export interface OpenKopia {
  readonly store: ObjectStore;
  readonly blobs: KopiaBlobs;
  readonly format: RepositoryFormat;
  /** The blob that holds the format, and the key that it is sealed with: what changing the password or the format needs. */
  readonly formatBlob: FormatBlob;
  readonly formatKey: Buffer;
  /** How long the store is to keep blobs unchanged. */
  readonly blobConfig: BlobConfig;
  /** Whether a change of the password was interrupted, so that whoever writes has to put that back into its place first. */
  readonly configIsSpare: boolean;
  readonly uniqueId: Buffer;
  readonly hash: ContentHasher;
  readonly sealer: ContentSealer;
  /** When the format was read. */
  readonly formatReadAt: Date;
  /** Told of a blob of a writer's own that it needs no more, and that the store refused to delete. */
  readonly onUndeleted?: ((file: string, error: HozonError) => void) | undefined;
  /** Where large indexes are looked up on this machine's disk; without it all are in memory. */
  readonly indexPages?: IndexPages | undefined;
  /** Told of what the repository holds, as soon as its indexes are loaded: for a cache. */
  readonly onIndexed?: ((indexed: IndexedKopia) => Promise<void>) | undefined;
}

/**
 * Opens a kopia repository of any of its three versions. Nothing is written.
 *
 * @throws `repository.kopia-not-found`, `wrong-password`, `kopia-feature`, `kopia-upgrading`, `kopia-unsupported`, `damaged`
 * and what the store throws
 */
export async function openKopia(store: ObjectStore, options: OpenKopiaOptions): Promise<OpenKopia> {
  const blobs = await findBlobs(store, options);
  if (blobs === undefined) throw raise['kopia-not-found']({ url: store.url });
  const formatBlob = await readFormatBlobOf(blobs, options);
  const password = Buffer.from(options.password).toString();
  const formatKey = await naming(store, formatBlobId, () => deriveFormatKey(formatBlob, password));
  return openWithKey(blobs, { formatBlob, formatKey }, options);
}

/** Whether there is a kopia repository in a location. */
export async function isKopia(store: ObjectStore, options: StoreOptions = {}): Promise<boolean> {
  return (await findBlobs(store, options)) !== undefined;
}

/** The blob that describes the repository. @throws `repository.damaged`, `file-missing` and what the store throws */
export async function readFormatBlobOf(blobs: KopiaBlobs, options: StoreOptions): Promise<FormatBlob> {
  const bytes = await blobs.get(formatBlobId, { ...options, limit: formatBlobLimit });
  return naming(blobs.store, formatBlobId, async () => readFormatBlob(bytes));
}

/** What opens a format blob. */
export type FormatKey = Pick<OpenKopia, 'formatBlob' | 'formatKey'>;

/** {@link openKopia} where the key was derived before. @throws as it does */
export async function openWithKey(
  blobs: KopiaBlobs,
  { formatBlob, formatKey }: FormatKey,
  options: Omit<OpenKopiaOptions, 'password'>,
): Promise<OpenKopia> {
  const { store } = blobs;
  const { clock = systemClock } = options;
  const formatReadAt = clock.now();
  const format = await naming(store, formatBlobId, async () => openFormatWith(formatBlob, formatKey));
  if (format === undefined) throw raise['wrong-password']({ url: store.url });
  refuseUnusable(format, { ...options, url: store.url, now: formatReadAt });
  const keys = { format, formatBlob, formatKey };
  const config = await readBlobConfig(blobs, keys, options);
  const { uniqueId } = formatBlob;
  const kept = blobs.kept(await readKeeping(blobs, config.blobConfig, options));
  const { onUndeleted } = options;
  const known = { store, blobs: kept, ...keys, ...config, uniqueId, formatReadAt, onUndeleted };
  return { ...known, ...machinesOf(format, store) };
}

function machinesOf(format: RepositoryFormat, { url }: ObjectStore): Pick<OpenKopia, 'hash' | 'sealer'> {
  const hash = contentHasher(format);
  if (hash === undefined) throw raise['kopia-unsupported']({ url, what: 'hash', name: format.hash });
  const sealer = contentSealer(format);
  if (sealer !== undefined) return { hash, sealer };
  const plainSealer = contentSealer({ ...format, ecc: '', eccOverheadPercent: 0 });
  if (plainSealer === undefined) {
    throw raise['kopia-unsupported']({ url, what: 'encryption', name: format.encryption });
  }
  throw raise['kopia-unsupported']({ url, what: 'ECC', name: format.ecc });
}
