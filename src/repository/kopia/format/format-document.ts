import { Fault } from '../../format/fault.ts';
import { type JsonObject, jsonNumber, ordered } from '../../format/go-json.ts';
import {
  bytesField,
  countField,
  flagField,
  listField,
  objectField,
  objectIn,
  textField,
  timeField,
  timeText,
  wholeField,
} from './document-fields.ts';
import { reasons } from './reasons.ts';
import type { EpochParameters, RepositoryFormat, RequiredFeature, UpgradeLock } from './repository-format.ts';

const reason = reasons.formatBlob;

/** That of repositories that do not say it. */
const usualPackSize = 20 * 1024 * 1024;

/** The format that the unsealed document describes. @throws Fault */
export function formatOf(document: JsonObject): RepositoryFormat {
  const lock = document['upgradeLock'] ?? undefined;
  const format = {
    hash: textField(document, 'hash', reason),
    encryption: textField(document, 'encryption', reason),
    ecc: textField(document, 'ecc', reason),
    eccOverheadPercent: countField(document, 'eccOverheadPercent', reason),
    splitter: textField(document, 'splitter', reason),
    secret: bytesField(document, 'secret', reason),
    masterKey: bytesField(document, 'masterKey', reason),
    version: oneOf(document, 'version', [1, 2, 3] as const),
    indexVersion: indexVersionOf(document),
    maxPackSize: countField(document, 'maxPackSize', reason) || usualPackSize,
    epochParameters: epochParametersOf(objectField(document, 'epochParameters', reason)),
    enablePasswordChange: flagField(document, 'enablePasswordChange', reason),
    requiredFeatures: listField(document, 'requiredFeatures', reason).map(each =>
      requiredFeatureOf(objectIn(each, reason)),
    ),
    upgradeLock: lock === undefined ? undefined : upgradeLockOf(objectIn(lock, reason)),
    document,
  };
  if (format.masterKey.length === 0) throw new Fault(reason);
  return format;
}

/** Old programs did not write it. */
function indexVersionOf(document: JsonObject): 1 | 2 {
  return (document['indexVersion'] ?? 0) === 0 ? 1 : oneOf(document, 'indexVersion', [1, 2] as const);
}

function oneOf<Value extends number>(object: JsonObject, key: string, values: readonly Value[]): Value {
  const found = values.find(each => each === object[key]);
  if (found === undefined) throw new Fault(reasons.formatVersion);
  return found;
}

function epochParametersOf(document: JsonObject): EpochParameters {
  return {
    enabled: flagField(document, 'Enabled', reason),
    refreshFrequency: wholeField(document, 'EpochRefreshFrequency', reason),
    fullCheckpointFrequency: countField(document, 'FullCheckpointFrequency', reason),
    cleanupSafetyMargin: wholeField(document, 'CleanupSafetyMargin', reason),
    minDuration: wholeField(document, 'MinEpochDuration', reason),
    advanceOnCount: countField(document, 'EpochAdvanceOnCountThreshold', reason),
    advanceOnTotalSize: countField(document, 'EpochAdvanceOnTotalSizeBytesThreshold', reason),
    deleteParallelism: countField(document, 'DeleteParallelism', reason),
  };
}

function requiredFeatureOf(document: JsonObject): RequiredFeature {
  const otherwise = objectField(document, 'ifNotUnderstood', reason);
  return {
    feature: textField(document, 'feature', reason),
    warn: flagField(otherwise, 'warn', reason),
    message: textField(otherwise, 'message', reason),
    url: textField(otherwise, 'url', reason),
    upgradeToVersion: textField(otherwise, 'upgradeToVersion', reason),
  };
}

function upgradeLockOf(document: JsonObject): UpgradeLock {
  return {
    owner: textField(document, 'ownerID', reason),
    creationTime: timeField(document, 'creationTime', reason) ?? 0n,
    advanceNotice: wholeField(document, 'advanceNoticeDuration', reason),
    drainTimeout: wholeField(document, 'ioDrainTimeout', reason),
    statusPollInterval: wholeField(document, 'statusPollInterval', reason),
    message: textField(document, 'message', reason),
    maxClockDrift: wholeField(document, 'maxPermittedClockDrift', reason),
  };
}

const memberOrder = [
  'hash',
  'encryption',
  'ecc',
  'eccOverheadPercent',
  'secret',
  'masterKey',
  'version',
  'maxPackSize',
  'indexVersion',
  'epochParameters',
  'enablePasswordChange',
  'splitter',
  'upgradeLock',
  'requiredFeatures',
];

/** The document of a format, its members in kopia's order, those that are not known after them. */
export function documentOfFormat(format: RepositoryFormat): JsonObject {
  const { upgradeLock, requiredFeatures } = format;
  const members: JsonObject = {
    ...format.document,
    hash: format.hash,
    encryption: format.encryption,
    ecc: format.ecc || undefined,
    eccOverheadPercent: format.eccOverheadPercent || undefined,
    secret: format.secret.length === 0 ? undefined : format.secret.toString('base64'),
    masterKey: format.masterKey.toString('base64'),
    version: format.version,
    maxPackSize: format.maxPackSize,
    indexVersion: format.indexVersion,
    epochParameters: documentOfEpochs(format.epochParameters),
    enablePasswordChange: format.enablePasswordChange,
    splitter: format.splitter || undefined,
    upgradeLock: upgradeLock === undefined ? undefined : documentOfLock(upgradeLock),
    requiredFeatures:
      requiredFeatures.length === 0 ? undefined : requiredFeatures.map(each => documentOfFeature(each)),
  };
  return ordered(members, memberOrder);
}

function documentOfEpochs(epochs: EpochParameters): JsonObject {
  return {
    Enabled: epochs.enabled,
    EpochRefreshFrequency: jsonNumber(epochs.refreshFrequency),
    FullCheckpointFrequency: epochs.fullCheckpointFrequency,
    CleanupSafetyMargin: jsonNumber(epochs.cleanupSafetyMargin),
    MinEpochDuration: jsonNumber(epochs.minDuration),
    EpochAdvanceOnCountThreshold: epochs.advanceOnCount,
    EpochAdvanceOnTotalSizeBytesThreshold: epochs.advanceOnTotalSize,
    DeleteParallelism: epochs.deleteParallelism,
  };
}

function documentOfFeature({ feature, warn, message, url, upgradeToVersion }: RequiredFeature): JsonObject {
  const otherwise = {
    warn,
    message: message || undefined,
    url: url || undefined,
    upgradeToVersion: upgradeToVersion || undefined,
  };
  return { feature, ifNotUnderstood: otherwise };
}

function documentOfLock(lock: UpgradeLock): JsonObject {
  return {
    ownerID: lock.owner || undefined,
    creationTime: timeText(lock.creationTime),
    advanceNoticeDuration: durationMember(lock.advanceNotice),
    ioDrainTimeout: durationMember(lock.drainTimeout),
    statusPollInterval: durationMember(lock.statusPollInterval),
    message: lock.message || undefined,
    maxPermittedClockDrift: durationMember(lock.maxClockDrift),
  };
}

function durationMember(nanoseconds: bigint): ReturnType<typeof jsonNumber> | undefined {
  return nanoseconds === 0n ? undefined : jsonNumber(nanoseconds);
}
