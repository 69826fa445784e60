import { formatBytes, formatDuration } from '#foundation/format.ts';
import { lockOf } from '#repository/kopia/access/keeping.ts';
import type { OpenKopia } from '#repository/kopia/access/open.ts';
import type { ChangeableParameters } from '#repository/kopia/format/parameter-rules.ts';
import { parametersOf, setKopiaParameters } from '#repository/kopia/upkeep/set-parameters.ts';
import { cliErrors } from '../../../errors.ts';
import { description, type Field } from '../../../output/outcome.ts';
import { type FlagValues, type Handler, longName, say } from '../../../spec.ts';
import type { setParameters } from '../specs/set-parameters.ts';
import { lockData } from './object-locks.ts';
import { openKopiaRepository } from './open.ts';

type Flags = FlagValues<(typeof setParameters)['flags']>;

const ofEpochs = [
  'epochMinDuration',
  'epochRefreshFrequency',
  'epochCleanupSafetyMargin',
  'epochAdvanceOnCount',
  'epochAdvanceOnSizeMb',
  'epochDeleteParallelism',
  'epochCheckpointFrequency',
] as const;
const all = ['retentionMode', 'retentionPeriod', 'maxPackSizeMb', 'indexVersion', ...ofEpochs] as const;

export const run: Handler<typeof setParameters> = async ({ flags }, context) => {
  const { clock, signal } = context;
  if (all.every(each => flags[each] === undefined)) {
    throw cliErrors.raise['missing-flag']({ flags: all.map(each => `--${longName(each)}`) });
  }
  if (flags.retentionMode === 'none' && flags.retentionPeriod !== undefined) {
    throw cliErrors.raise['conflicting-flags']({ flags: ['--retention-mode none', '--retention-period'] });
  }
  const opened = await openKopiaRepository(flags, context);
  const change = (before: ChangeableParameters): ChangeableParameters => changed(before, flags);
  const outcome = await setKopiaParameters(opened, change, { clock, signal });
  context.note(outcome.changed ? forEverybody : asItWas);
  const { repository } = outcome;
  return description({
    data: { changed: outcome.changed, ...dataOf(repository) },
    name: repository.uniqueId.toString('hex'),
    text: fieldsOf(repository),
  });
};

const forEverybody = say(
  'Changed. A command of Hozon that is under way goes on with what was set before, to its end; kopia takes it over once it disconnects and connects again.',
  '変更しました。実行中の Hozon のコマンドは、終了するまで以前の設定のまま続行します。kopia では切断してから再接続してください。',
);
const asItWas = say(
  'Nothing was changed: all of it is so already.',
  '変更はありません。すでに設定済みです。',
);

const mebibyte = 1024 * 1024;

function changed(before: ChangeableParameters, flags: Flags): ChangeableParameters {
  const { maxPackSizeMb: size, indexVersion, retentionMode: mode, retentionPeriod: period } = flags;
  const locks =
    mode === 'none'
      ? { retentionMode: '', retentionPeriod: 0n }
      : {
          retentionMode: mode?.toUpperCase() ?? before.retentionMode,
          retentionPeriod: period === undefined ? before.retentionPeriod : nanoseconds(period),
        };
  return {
    maxPackSize: size === undefined ? before.maxPackSize : size * mebibyte,
    indexVersion: indexVersion === undefined ? before.indexVersion : indexVersion === '1' ? 1 : 2,
    epochParameters: changedEpochs(before.epochParameters, flags),
    ...locks,
  };
}

type Epochs = ChangeableParameters['epochParameters'];

function changedEpochs(before: Epochs, flags: Flags): Epochs {
  if (ofEpochs.every(each => flags[each] === undefined)) return before;
  const span = (given: number | undefined, was: bigint): bigint =>
    given === undefined ? was : nanoseconds(given);
  const size = flags.epochAdvanceOnSizeMb;
  return {
    ...before,
    minDuration: span(flags.epochMinDuration, before.minDuration),
    refreshFrequency: span(flags.epochRefreshFrequency, before.refreshFrequency),
    cleanupSafetyMargin: span(flags.epochCleanupSafetyMargin, before.cleanupSafetyMargin),
    advanceOnCount: flags.epochAdvanceOnCount ?? before.advanceOnCount,
    advanceOnTotalSize: size === undefined ? before.advanceOnTotalSize : size * mebibyte,
    deleteParallelism: flags.epochDeleteParallelism ?? before.deleteParallelism,
    fullCheckpointFrequency: flags.epochCheckpointFrequency ?? before.fullCheckpointFrequency,
  };
}

function nanoseconds(milliseconds: number): bigint {
  return BigInt(Math.round(milliseconds)) * 1_000_000n;
}

function dataOf(repository: OpenKopia): object {
  const { maxPackSize, indexVersion, epochParameters } = parametersOf(repository);
  return {
    maxPackSize,
    indexVersion,
    objectLocks: lockData(repository.blobConfig),
    epochs: epochParameters.enabled ? epochData(epochParameters) : undefined,
  };
}

function epochData(epochs: Epochs): object {
  return {
    minDuration: durationText(epochs.minDuration),
    refreshFrequency: durationText(epochs.refreshFrequency),
    cleanupSafetyMargin: durationText(epochs.cleanupSafetyMargin),
    advanceOnCount: epochs.advanceOnCount,
    advanceOnSize: epochs.advanceOnTotalSize,
    deleteParallelism: epochs.deleteParallelism,
    checkpointFrequency: epochs.fullCheckpointFrequency,
  };
}

function fieldsOf(repository: OpenKopia): readonly Field[] {
  const { maxPackSize, indexVersion, epochParameters: epochs } = parametersOf(repository);
  const lock = lockOf(repository.blobConfig);
  const locks = lock === undefined ? say('none', 'なし') : `${lock.mode}, ${formatDuration(lock.period)}`;
  const [count, size] = [epochs.advanceOnCount, formatBytes(epochs.advanceOnTotalSize)];
  const least = durationText(epochs.minDuration);
  const epochText = epochs.enabled
    ? say(
        `at least ${least}, then ${count} indexes or ${size}`,
        `最短 ${least}、以後インデックス ${count} 個または ${size}`,
      )
    : say('none', 'なし');
  return [
    { label: say('Object locks', 'オブジェクトロック'), value: locks },
    { label: say('Packs', 'パック'), value: formatBytes(maxPackSize) },
    {
      label: say('Indexes', 'インデックス'),
      value: say(`version ${indexVersion}`, `バージョン ${indexVersion}`),
    },
    { label: say('Epochs', 'エポック'), value: epochText },
  ];
}

function durationText(nanos: bigint): string {
  return formatDuration(Number(nanos / 1_000_000n));
}
