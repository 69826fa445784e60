import type { JsonObject } from '../../format/go-json.ts';

/** A format that describes how a repository is made, as its format blob holds it sealed. Durations are nanoseconds. */
export interface RepositoryFormat {
  /** Name of the hash that contents are called by. */
  readonly hash: string;
  /** Name of the cipher that everything is sealed with. */
  readonly encryption: string;
  /** Name of the error correction around what is sealed; '' for none. */
  readonly ecc: string;
  readonly eccOverheadPercent: number;
  /** Name of the way in which the content of files is cut. */
  readonly splitter: string;
  /** The key of the hash, 32 bytes. */
  readonly secret: Buffer;
  /** What the keys of the cipher are derived from, 32 bytes. */
  readonly masterKey: Buffer;
  readonly version: 1 | 2 | 3;
  readonly indexVersion: 1 | 2;
  /** Bytes at which a pack is full. */
  readonly maxPackSize: number;
  readonly epochParameters: EpochParameters;
  /** Whether packs hold no copy of the format blob, so that the password can be changed. */
  readonly enablePasswordChange: boolean;
  readonly requiredFeatures: readonly RequiredFeature[];
  readonly upgradeLock: UpgradeLock | undefined;
  /** The document that it was read from: members that are not named here are written again. */
  readonly document: JsonObject;
}

/** How indexes age; durations in nanoseconds. */
export interface EpochParameters {
  readonly enabled: boolean;
  readonly refreshFrequency: bigint;
  readonly fullCheckpointFrequency: number;
  readonly cleanupSafetyMargin: bigint;
  readonly minDuration: bigint;
  readonly advanceOnCount: number;
  readonly advanceOnTotalSize: number;
  readonly deleteParallelism: number;
}

/** What a program must understand to use a repository. */
export interface RequiredFeature {
  readonly feature: string;
  /** Whether a program that does not understand it may go on with a warning. */
  readonly warn: boolean;
  readonly message: string;
  readonly url: string;
  readonly upgradeToVersion: string;
}

/** Says that somebody is changing the repository's format. Times and durations are nanoseconds. */
export interface UpgradeLock {
  readonly owner: string;
  readonly creationTime: bigint;
  readonly advanceNotice: bigint;
  readonly drainTimeout: bigint;
  readonly statusPollInterval: bigint;
  readonly message: string;
  readonly maxClockDrift: bigint;
}

/** The blob `kopia.repository`: everything that can be read without the password. */
export interface FormatBlob {
  /** 32 random bytes: the salt of the key. */
  readonly uniqueId: Buffer;
  readonly keyAlgorithm: string;
  /** The sealed format. */
  readonly sealed: Buffer;
  readonly document: JsonObject;
}

/** Bytes; that blob has some 1500. */
export const formatBlobLimit = 65536;

/** Retention of blobs in a store that can lock objects: the blob `kopia.blobcfg`. */
export interface BlobConfig {
  /** `GOVERNANCE`, `COMPLIANCE`, or '' for none. */
  readonly retentionMode: string;
  /** Nanoseconds; 0 for none. */
  readonly retentionPeriod: bigint;
}

/** What a new repository is made of. @throws Fault for bytes that are no format blob */
export function readFormatBlob(_bytes: Uint8Array): FormatBlob {
  throw new Error('unfinished');
}

/** A format blob for a new repository, before anything is sealed in it. */
export function newFormatBlob(_uniqueId: Buffer): FormatBlob {
  throw new Error('unfinished');
}

/** What the format of a repository is when nothing else is asked for; the secrets are the caller's 32 random bytes each. */
export function newFormat(
  _secrets: Pick<RepositoryFormat, 'secret' | 'masterKey'>,
  _choices: Partial<RepositoryFormat> = {},
): RepositoryFormat {
  throw new Error('unfinished');
}

/** The key that the password gives: 32 bytes. Takes a quarter of a second. @throws Fault */
export async function deriveFormatKey(_blob: FormatBlob, _password: string): Promise<Buffer> {
  throw new Error('unfinished');
}

/** The format; `undefined` where the password is another. @throws Fault */
export async function openFormat(blob: FormatBlob, password: string): Promise<RepositoryFormat | undefined> {
  return openFormatWith(blob, await deriveFormatKey(blob, password));
}

/** {@link openFormat} with the key that {@link deriveFormatKey} gave. @throws Fault */
export function openFormatWith(_blob: FormatBlob, _key: Buffer): RepositoryFormat | undefined {
  throw new Error('unfinished');
}

/** The bytes of `kopia.repository` with this format in it. */
export function sealFormat(_blob: FormatBlob, _format: RepositoryFormat, _key: Buffer): Buffer {
  throw new Error('unfinished');
}

/** What `kopia.blobcfg` says. @throws Fault */
export function openBlobConfig(_blob: FormatBlob, _sealed: Uint8Array, _key: Buffer): BlobConfig {
  throw new Error('unfinished');
}

/** The bytes of `kopia.blobcfg`. */
export function sealBlobConfig(_blob: FormatBlob, _config: BlobConfig, _key: Buffer): Buffer {
  throw new Error('unfinished');
}

/** Whether writers must stop for that lock at this time, in nanoseconds since 1970. */
export function isLockedAt(_lock: UpgradeLock, _now: bigint): boolean {
  throw new Error('unfinished');
}
