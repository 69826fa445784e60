import type { BlobConfig, RepositoryFormat } from './repository-format.ts';

/** What a repository's parameters must be; each is a sentence of the error that says so. */
export type ParameterRule =
  | 'pack-size'
  | 'index-version'
  | 'no-epochs'
  | 'epoch-duration'
  | 'epoch-refresh'
  | 'epoch-refresh-least'
  | 'epoch-checkpoint'
  | 'epoch-cleanup'
  | 'epoch-count'
  | 'epoch-size'
  | 'epoch-deletes'
  | 'retention-half'
  | 'retention-short'
  | 'duration-long'
  | 'unreadable';

/** Everything about a repository that may be changed later. */
export interface ChangeableParameters extends BlobConfig {
  /** Bytes. */
  readonly maxPackSize: number;
  readonly indexVersion: 1 | 2;
  readonly epochParameters: RepositoryFormat['epochParameters'];
}

const mebibyte = 1024 * 1024;
const minute = 60_000_000_000n;
const day = 1440n * minute;
/** The most whole hours, in nanoseconds, that kopia's 64 bits hold. */
export const longestDuration = 2_562_047n * 60n * minute;

/**
 * The rules that changed parameters break: kopia's (`repo/format/content_format.go`, `blobcfg_blob.go`, `internal/epoch/epoch_manager.go`,
 * `cli/command_repository_set_parameters.go`), that epochs are left alone where there are none, and that what is set can be read again.
 * Kopia loads indexes for ever where epochs are looked at anew all the time.
 */
export function brokenRules(before: ChangeableParameters, after: ChangeableParameters): ParameterRule[] {
  const { maxPackSize, indexVersion, retentionMode, retentionPeriod, epochParameters: epochs } = after;
  const spans = [retentionPeriod, epochs.minDuration, epochs.refreshFrequency, epochs.cleanupSafetyMargin];
  const rules: Readonly<Partial<Record<ParameterRule, boolean>>> = {
    'pack-size': maxPackSize >= 10 * mebibyte && maxPackSize <= 120 * mebibyte,
    'index-version': indexVersion >= before.indexVersion,
    ...epochRules(before, after),
    'retention-half': (retentionMode === '') === (retentionPeriod === 0n),
    'retention-short': retentionPeriod === 0n || retentionPeriod >= day,
    'duration-long': spans.every(span => span <= longestDuration),
  };
  return broken(rules);
}

function epochRules(
  before: ChangeableParameters,
  { epochParameters: epochs }: ChangeableParameters,
): Partial<Record<ParameterRule, boolean>> {
  if (!epochs.enabled) return { 'no-epochs': epochs === before.epochParameters };
  return {
    'epoch-duration': epochs.minDuration >= 10n * minute,
    'epoch-refresh-least': epochs.refreshFrequency >= minute || epochs === before.epochParameters,
    'epoch-refresh': epochs.refreshFrequency * 3n <= epochs.minDuration,
    'epoch-checkpoint': epochs.fullCheckpointFrequency > 0,
    'epoch-cleanup': epochs.cleanupSafetyMargin >= epochs.refreshFrequency * 3n,
    'epoch-count': epochs.advanceOnCount >= 10,
    'epoch-size': epochs.advanceOnTotalSize >= mebibyte && Number.isSafeInteger(epochs.advanceOnTotalSize),
    'epoch-deletes': epochs.deleteParallelism > 0 || epochs === before.epochParameters,
  };
}

function broken(rules: Readonly<Partial<Record<ParameterRule, boolean>>>): ParameterRule[] {
  const all = Object.entries(rules) as [ParameterRule, boolean][];
  return all.flatMap(([rule, isKept]) => (isKept ? [] : [rule]));
}
