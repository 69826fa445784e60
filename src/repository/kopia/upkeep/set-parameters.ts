import { isDeepStrictEqual } from 'node:util';
import { type Clock, systemClock } from '#foundation/clock.ts';
import { cannotLock } from '#storage/extend-retention.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { Fault } from '../../format/fault.ts';
import { blobConfigId, type SealedBlobs } from '../access/blob-config.ts';
import { formatBlobId } from '../access/blobs.ts';
import { loadContents } from '../access/indexed.ts';
import { isDirectory, lockOf, readKeeping } from '../access/keeping.ts';
import { type OpenKopia, openWithKey, readFormatBlobOf } from '../access/open.ts';
import { brokenRules, type ChangeableParameters } from '../format/parameter-rules.ts';
import { parameterTexts } from '../format/parameter-texts.ts';
import {
  openBlobConfig,
  openFormatWith,
  readFormatBlob,
  sealBlobConfig,
  sealFormat,
} from '../format/repository-format.ts';
import { settleBlobConfig } from '../writing/settle-config.ts';
import { readMaintenanceParameters, refuseShortLocks } from './maintenance-parameters.ts';

export interface SetParametersOptions extends StoreOptions {
  readonly clock?: Clock | undefined;
}

/** What may be changed of a repository, as it is. */
export function parametersOf({
  format,
  blobConfig,
}: Pick<OpenKopia, 'format' | 'blobConfig'>): ChangeableParameters {
  const { maxPackSize, indexVersion, epochParameters } = format;
  const { retentionMode, retentionPeriod } = blobConfig;
  return { maxPackSize, indexVersion, epochParameters, retentionMode, retentionPeriod };
}

/**
 * Changes parameters of a repository as kopia's `repository set-parameters` does; what has it open goes on with the old ones,
 * commands of Hozon to their end. `change` is given what the repository says now. The repository as it is then, and whether anything was
 * written.
 *
 * Where blobs are to be locked, the blob of the format is written as it was first, with the new lock: some stores that cannot lock objects
 * refuse one only after they have stored it. Then comes the blob of the retention, then that of the format: each is whole at any moment, and
 * either may be the new one while the other is the old one. Before anything is written, what is to be written is read back.
 *
 * @throws `repository.parameter-refused`, `retention-too-short`, `wrong-password` (it was changed meanwhile), `kopia-upgrading`,
 * `storage.unsupported` for locks in a directory
 */
export async function setKopiaParameters(
  opened: OpenKopia,
  change: (before: ChangeableParameters) => ChangeableParameters,
  options: SetParametersOptions = {},
): Promise<{ readonly repository: OpenKopia; readonly changed: boolean }> {
  const { signal, clock = systemClock } = options;
  const repository = await openAgain(opened, options);
  const before = parametersOf(repository);
  const after = change(before);
  if (isDeepStrictEqual(before, after)) return { repository, changed: false };
  const [rule] = brokenRules(before, after);
  if (rule !== undefined) {
    throw raise['parameter-refused']({ url: repository.store.url, rule: parameterTexts[rule] });
  }
  const { format, formatBlob, formatKey, blobs } = repository;
  const { retentionMode, retentionPeriod } = after;
  const config = { retentionMode, retentionPeriod };
  const isLockChanged = retentionMode !== before.retentionMode || retentionPeriod !== before.retentionPeriod;
  if (isLockChanged) await refuseLocks({ ...repository, indexPages: opened.indexPages }, after, options);
  const { formatBytes, configBytes } = sealParameters(repository, after);
  await settleBlobConfig(repository, { signal });
  const kept = blobs.kept(await readKeeping(blobs, config, { signal, clock }));
  signal?.throwIfAborted();
  if (lockOf(config) !== undefined) {
    await kept.put(formatBlobId, sealFormat(formatBlob, format, formatKey), { signal });
  }
  await kept.put(blobConfigId, configBytes, { signal });
  await kept.put(formatBlobId, formatBytes, { signal });
  return { repository: await openAgain(repository, options), changed: true };
}

/** The blobs that say so, after they were read back. @throws `repository.parameter-refused` where they could not be read again */
function sealParameters(
  { format, formatBlob, formatKey, store: { url } }: OpenKopia,
  parameters: ChangeableParameters,
): SealedBlobs {
  const { retentionMode, retentionPeriod, ...ofFormat } = parameters;
  const formatBytes = sealFormat(formatBlob, { ...format, ...ofFormat }, formatKey);
  const configBytes = sealBlobConfig(formatBlob, { retentionMode, retentionPeriod }, formatKey);
  const read = readParameters({ formatBytes, configBytes }, formatKey);
  if (isDeepStrictEqual(read, parameters)) return { formatBytes, configBytes };
  throw raise['parameter-refused']({ url, rule: parameterTexts.unreadable });
}

/** What whoever opens the repository would find; `undefined` where nobody could. */
function readParameters(
  { formatBytes, configBytes }: SealedBlobs,
  formatKey: Buffer,
): ChangeableParameters | undefined {
  try {
    const formatBlob = readFormatBlob(formatBytes);
    const format = openFormatWith(formatBlob, formatKey);
    if (format === undefined) return undefined;
    return parametersOf({ format, blobConfig: openBlobConfig(formatBlob, configBytes, formatKey) });
  } catch (thrown) {
    if (thrown instanceof Fault) return undefined;
    throw thrown;
  }
}

/** The repository as others have left it: what is rewritten holds what they have changed. */
async function openAgain(repository: OpenKopia, options: SetParametersOptions): Promise<OpenKopia> {
  const { blobs, formatKey, onUndeleted } = repository;
  const formatBlob = await readFormatBlobOf(blobs, options);
  return openWithKey(blobs, { formatBlob, formatKey }, { ...options, onUndeleted });
}

/** Refuses locks that cannot be, or that end before maintenance extends them. */
async function refuseLocks(
  repository: OpenKopia,
  blobConfig: ChangeableParameters,
  { signal, clock }: SetParametersOptions,
): Promise<void> {
  if (lockOf(blobConfig) === undefined) return;
  if (isDirectory(repository.store)) throw cannotLock(repository.store);
  const indexed = await loadContents(repository, { signal, clock });
  const { store } = repository;
  refuseShortLocks({ store, blobConfig }, await readMaintenanceParameters(indexed, { signal }));
}
