import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { ObjectStore, StoreOptions } from '#storage/object-store.ts';
import { readAll } from '#storage/read-all.ts';
import { raise } from '../../errors.ts';
import type { JsonObject } from '../../format/go-json.ts';
import { contentHasher } from '../format/hashing.ts';
import {
  type BlobConfig,
  deriveFormatKey,
  formatBlobLimit,
  newFormat,
  newFormatBlob,
  type RepositoryFormat,
  readFormatBlob,
  sealBlobConfig,
  sealFormat,
} from '../format/repository-format.ts';
import { contentSealer } from '../format/sealing.ts';
import { splitterNames } from '../splitting/splitters.ts';
import { blobConfigId } from './blob-config.ts';
import {
  assumedShards,
  flatLayout,
  newShards,
  readShards,
  shardedLayout,
  shardsKey,
  shardsLimit,
  writeShards,
} from './blob-layout.ts';
import { formatBlobId, KopiaBlobs } from './blobs.ts';
import { writeFirstManifests } from './first-manifests.ts';
import type { KopiaIdentity } from './identity.ts';
import { readKeeping } from './keeping.ts';
import { naming } from './naming.ts';
import { type OpenKopia, openWithKey } from './open.ts';
import { intentOf, withIntent } from './retention-intent.ts';
import { isUnfinished, openUnfinished } from './unfinished-init.ts';

export interface InitKopiaOptions extends StoreOptions {
  readonly password: Uint8Array;
  /** Names of kopia's; those that it chooses itself without them. */
  readonly hash?: string | undefined;
  readonly encryption?: string | undefined;
  readonly splitter?: string | undefined;
  /** 1, 2 or 3: 3 unless told. Kopia before 0.9 needs 1. */
  readonly version?: number | undefined;
  /** A name of error correction, and by how many percent it may lengthen blobs; none unless told. */
  readonly ecc?: { readonly name: string; readonly overheadPercent: number } | undefined;
  /** How long the store is to keep blobs unchanged. */
  readonly retention?: BlobConfig | undefined;
  /** `user@host`, who alone maintains it. */
  readonly owner: string;
  /** The policy of everything; kopia's own unless told, none where it is `null`, as Velero has it. */
  readonly globalPolicy?: JsonObject | null | undefined;
  /** Who writes; the user and host of this process without it. */
  readonly identity?: KopiaIdentity | undefined;
  readonly clock?: Clock | undefined;
  /** Writes what marks it as somebody's, before anybody can use it. */
  readonly mark?: ((open: OpenKopia) => Promise<void>) | undefined;
  /** Bytes of randomness. */
  readonly random?: ((size: number) => Buffer) | undefined;
}

/**
 * Makes a kopia repository in a location that is empty: of several at once exactly one does. What `repository create` of kopia
 * makes, it makes, too: blobs spread over directories on file systems, a global policy, an owner of maintenance. Where the same was
 * begun with the same password and interrupted, that is ended.
 *
 * @throws `repository.kopia-exists`, `kopia-unsupported` and what the store throws
 */
export async function initKopia(store: ObjectStore, options: InitKopiaOptions): Promise<OpenKopia> {
  const { random = randomBytes, signal } = options;
  const format = formatFor(store, options, random);
  const open = (await isUnfinished(store, { signal }))
    ? await goOn(store, format, options)
    : await begin(store, format, options);
  await options.mark?.(open);
  await writeFirstManifests(open, options);
  return open;
}

/** How long blobs are to be kept where nothing is said. */
const notAtAll: BlobConfig = { retentionMode: '', retentionPeriod: 0n };

async function begin(
  store: ObjectStore,
  format: RepositoryFormat,
  options: InitKopiaOptions,
): Promise<OpenKopia> {
  const { clock = systemClock, random = randomBytes, retention = notAtAll, signal } = options;
  const unkept = await newBlobs(store, format, { signal });
  const blobs = unkept.kept(await readKeeping(unkept, retention, { signal, clock }));
  const program = { tool: 'https://github.com/kopia/kopia', version: 'hozon' };
  const blob = withIntent(newFormatBlob(random(32), program), retention);
  const formatKey = await deriveFormatKey(blob, Buffer.from(options.password).toString());
  const bytes = sealFormat(blob, format, formatKey);
  await putFormat(blobs, bytes, { signal });
  const formatBlob = readFormatBlob(bytes);
  await blobs.put(blobConfigId, sealBlobConfig(formatBlob, retention, formatKey), { signal });
  return openWithKey(blobs, { formatBlob, formatKey }, { signal, clock });
}

async function goOn(
  store: ObjectStore,
  format: RepositoryFormat,
  options: InitKopiaOptions,
): Promise<OpenKopia> {
  const { clock, signal } = options;
  const open = await openUnfinished(store, format, options);
  const { blobs, blobConfig, formatBlob, formatKey } = open;
  const isSaid = (await blobs.head(blobConfigId, { signal })) !== undefined;
  const begun = isSaid ? blobConfig : intentOf(formatBlob);
  const retention = options.retention ?? (isSaid ? notAtAll : (begun ?? notAtAll));
  if (begun !== undefined && !isSameConfig(begun, retention)) {
    throw raise['kopia-exists']({ url: store.url, file: blobs.keyOf(isSaid ? blobConfigId : formatBlobId) });
  }
  if (isSaid) return open;
  const kept = blobs.kept(await readKeeping(blobs, retention, { signal, clock }));
  await kept.put(blobConfigId, sealBlobConfig(formatBlob, retention, formatKey), { signal });
  return openWithKey(kept, { formatBlob, formatKey }, options);
}

function isSameConfig(one: BlobConfig, other: BlobConfig): boolean {
  return one.retentionMode === other.retentionMode && one.retentionPeriod === other.retentionPeriod;
}

type Choices = Pick<InitKopiaOptions, 'hash' | 'encryption' | 'splitter' | 'version' | 'ecc'>;

/** @throws `repository.kopia-unsupported` */
function formatFor(
  { url }: ObjectStore,
  { hash, encryption, splitter, version = 3, ecc }: Choices,
  random: (size: number) => Buffer,
): RepositoryFormat {
  const secrets = { secret: random(32), masterKey: random(32) };
  const format = newFormat(secrets, {
    ...(hash === undefined ? {} : { hash }),
    ...(encryption === undefined ? {} : { encryption }),
    ...(splitter === undefined ? {} : { splitter }),
    ...(ecc === undefined ? {} : { ecc: ecc.name, eccOverheadPercent: ecc.overheadPercent }),
    ...versionChoices({ url }, version),
  });
  if (contentHasher(format) === undefined) refuse(url, 'hash', format.hash);
  if (contentSealer({ ...format, ecc: '', eccOverheadPercent: 0 }) === undefined) {
    refuse(url, 'encryption', format.encryption);
  }
  if (contentSealer(format) === undefined) refuse(url, 'ECC', format.ecc);
  if (!splitterNames.includes(format.splitter)) refuse(url, 'splitter', format.splitter);
  return format;
}

function versionChoices({ url }: Pick<ObjectStore, 'url'>, version: number): Partial<RepositoryFormat> {
  if (version === 2 || version === 3) return { version };
  if (version !== 1) refuse(url, 'format version', String(version));
  return { version: 1, indexVersion: 1, enablePasswordChange: false, epochParameters: noEpochs };
}

const noEpochs: RepositoryFormat['epochParameters'] = {
  enabled: false,
  refreshFrequency: 0n,
  fullCheckpointFrequency: 0,
  cleanupSafetyMargin: 0n,
  minDuration: 0n,
  advanceOnCount: 0,
  advanceOnTotalSize: 0,
  deleteParallelism: 0,
};

function refuse(url: string, what: string, name: string): never {
  throw raise['kopia-unsupported']({ url, what, name });
}

/** Where blobs will lie: on a file system as `.shards` says, which is written first. */
async function newBlobs(
  store: ObjectStore,
  { version }: RepositoryFormat,
  { signal }: StoreOptions,
): Promise<KopiaBlobs> {
  if (!store.url.startsWith('file:')) return new KopiaBlobs(store, flatLayout);
  const bytes = writeShards(version === 1 ? assumedShards : newShards);
  try {
    await store.putIfAbsent(shardsKey, bytes, { signal, size: bytes.length });
  } catch (thrown) {
    if (!isHozonError(thrown, 'storage.already-exists')) throw thrown;
  }
  const shards = await naming(store, shardsKey, async () =>
    readShards(await readAll(store, shardsKey, { signal, limit: shardsLimit })),
  );
  return new KopiaBlobs(store, shardedLayout(shards));
}

/** @throws `repository.kopia-exists` where another was faster */
async function putFormat(blobs: KopiaBlobs, bytes: Buffer, options: StoreOptions): Promise<void> {
  try {
    await blobs.putIfAbsent(formatBlobId, bytes, options);
  } catch (thrown) {
    if (!isHozonError(thrown, 'storage.already-exists')) throw thrown;
    const stored = await blobs.get(formatBlobId, { ...options, limit: formatBlobLimit });
    if (stored.equals(bytes)) return; // by this very request, whose answer was lost
    throw raise['kopia-exists']({ url: blobs.store.url, file: blobs.keyOf(formatBlobId) });
  }
}
