import { Fault } from '../../format/fault.ts';
import { type JsonObject, jsonNumber, ordered, writeJson } from '../../format/go-json.ts';
import { bytesField, documentOf, objectField, textField, wholeField } from './document-fields.ts';
import { documentOfFormat, formatOf } from './format-document.ts';
import {
  deriveKey,
  keyAlgorithms,
  type NonceKey,
  openWithNonce,
  purposeKey,
  sealWithNonce,
} from './format-key.ts';
import { reasons } from './reasons.ts';

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

/** The only way in which formats are sealed. */
const formatEncryption = 'AES256_GCM';

const blobMembers = [
  'tool',
  'buildVersion',
  'buildInfo',
  'uniqueID',
  'keyAlgo',
  'encryption',
  'encryptedBlockFormat',
];

/** @throws Fault for bytes that are no format blob */
export function readFormatBlob(bytes: Uint8Array): FormatBlob {
  if (bytes.length > formatBlobLimit) throw new Fault(reasons.tooLarge);
  const document = documentOf(bytes, reasons.formatBlob);
  const blob = {
    uniqueId: bytesField(document, 'uniqueID', reasons.formatBlob),
    keyAlgorithm: textField(document, 'keyAlgo', reasons.formatBlob),
    sealed: bytesField(document, 'encryptedBlockFormat', reasons.formatBlob),
    document,
  };
  if (blob.uniqueId.length === 0) throw new Fault(reasons.formatBlob);
  if (textField(document, 'encryption', reasons.formatBlob) !== formatEncryption) {
    throw new Fault(reasons.formatEncryption);
  }
  return blob;
}

/**
 * A format blob for a new repository, before anything is sealed in it.
 * @param program - what made it: free text, which other programs only show.
 */
export function newFormatBlob(
  uniqueId: Buffer,
  program: { readonly tool: string; readonly version: string },
): FormatBlob {
  const document = { tool: program.tool, buildVersion: program.version, buildInfo: '' };
  return { uniqueId, keyAlgorithm: keyAlgorithms[0], sealed: Buffer.alloc(0), document };
}

/** What a repository is when nothing else is asked for: kopia's own choices of today. */
export function newFormat(
  secrets: Pick<RepositoryFormat, 'secret' | 'masterKey'>,
  choices: Partial<RepositoryFormat> = {},
): RepositoryFormat {
  return {
    hash: 'BLAKE2B-256-128',
    encryption: 'AES256-GCM-HMAC-SHA256',
    ecc: '',
    eccOverheadPercent: 0,
    splitter: 'DYNAMIC-4M-BUZHASH',
    version: 3,
    indexVersion: 2,
    maxPackSize: 20 * 1024 * 1024,
    epochParameters: defaultEpochs,
    enablePasswordChange: true,
    requiredFeatures: [],
    upgradeLock: undefined,
    document: {},
    ...secrets,
    ...choices,
  };
}

const minute = 60_000_000_000n;

/** Kopia's own. */
export const defaultEpochs: EpochParameters = {
  enabled: true,
  refreshFrequency: 20n * minute,
  fullCheckpointFrequency: 7,
  cleanupSafetyMargin: 240n * minute,
  minDuration: 1440n * minute,
  advanceOnCount: 20,
  advanceOnTotalSize: 10 * 1024 * 1024,
  deleteParallelism: 4,
};

/** The key that the password gives: 32 bytes. Takes a quarter of a second. @throws Fault */
export async function deriveFormatKey(
  { keyAlgorithm, uniqueId }: Pick<FormatBlob, 'keyAlgorithm' | 'uniqueId'>,
  password: string,
): Promise<Buffer> {
  return await deriveKey(keyAlgorithm, password, uniqueId);
}

/** The format; `undefined` where the password is another. @throws Fault */
export async function openFormat(blob: FormatBlob, password: string): Promise<RepositoryFormat | undefined> {
  return openFormatWith(blob, await deriveFormatKey(blob, password));
}

/** {@link openFormat} with the key that {@link deriveFormatKey} gave. @throws Fault */
export function openFormatWith(blob: FormatBlob, key: Buffer): RepositoryFormat | undefined {
  const plain = openWithNonce(blob.sealed, nonceKey(blob, key));
  if (plain === undefined) return undefined;
  const document = documentOf(plain, reasons.formatBlob);
  return formatOf(objectField(document, 'format', reasons.formatBlob));
}

/** The bytes of `kopia.repository` with this format in it. */
export function sealFormat(blob: FormatBlob, format: RepositoryFormat, key: Buffer): Buffer {
  const plain = Buffer.from(writeJson({ format: documentOfFormat(format) }));
  const members = {
    ...blob.document,
    uniqueID: blob.uniqueId.toString('base64'),
    keyAlgo: blob.keyAlgorithm,
    encryption: formatEncryption,
    encryptedBlockFormat: sealWithNonce(plain, nonceKey(blob, key)).toString('base64'),
  };
  return Buffer.from(`${JSON.stringify(ordered(members, blobMembers), undefined, 2)}\n`);
}

/** What `kopia.blobcfg` says. @throws Fault */
export function openBlobConfig(blob: FormatBlob, sealed: Uint8Array, key: Buffer): BlobConfig {
  const plain = openWithNonce(sealed, nonceKey(blob, key));
  if (plain === undefined) throw new Fault(reasons.notAuthentic);
  const document = documentOf(plain, reasons.blobConfig);
  return {
    retentionMode: textField(document, 'retentionMode', reasons.blobConfig),
    retentionPeriod: wholeField(document, 'retentionPeriod', reasons.blobConfig),
  };
}

/** The bytes of `kopia.blobcfg`. */
export function sealBlobConfig(blob: FormatBlob, config: BlobConfig, key: Buffer): Buffer {
  const { retentionMode, retentionPeriod } = config;
  const document = {
    retentionMode: retentionMode || undefined,
    retentionPeriod: retentionPeriod === 0n ? undefined : jsonNumber(retentionPeriod),
  };
  return sealWithNonce(Buffer.from(writeJson(document)), nonceKey(blob, key));
}

function nonceKey({ uniqueId }: FormatBlob, key: Buffer): NonceKey {
  return { key: purposeKey(key, uniqueId, 'AES'), context: purposeKey(key, uniqueId, 'CHECKSUM') };
}

/** Whether everybody but its owner must stay away because of that lock at this time, in nanoseconds since 1970. */
export function isLockedAt(lock: UpgradeLock, now: bigint): boolean {
  const drained = lock.maxClockDrift + 2n * lock.drainTimeout;
  return lock.advanceNotice < drained || now >= lock.creationTime + lock.advanceNotice - drained;
}
