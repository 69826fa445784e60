import { formatDuration } from '#foundation/format.ts';
import type { Message } from '#foundation/language.ts';
import { formatTime } from '#repository/format/go-time.ts';
import { identityText } from '#repository/kopia/access/identity.ts';
import { loadContents } from '#repository/kopia/access/indexed.ts';
import type { OpenKopia } from '#repository/kopia/access/open.ts';
import type {
  MaintenanceCycle,
  MaintenanceParameters,
  MaintenanceRun,
  MaintenanceSchedule,
} from '#repository/kopia/format/maintenance-blob.ts';
import {
  readMaintenanceParameters,
  refuseShortLocks,
  setMaintenanceParameters,
} from '#repository/kopia/upkeep/maintenance-parameters.ts';
import { readSchedule, StoredSchedule } from '#repository/kopia/upkeep/maintenance-state.ts';
import type { Context } from '../../../context.ts';
import { cliErrors } from '../../../errors.ts';
import { description, type Field, type Outcome } from '../../../output/outcome.ts';
import { type FlagValues, type Handler, longName, say } from '../../../spec.ts';
import type { maintenance } from '../specs/maintenance.ts';
import { maintain, maintenanceData, maintenanceExtras, maintenanceFields } from './maintaining.ts';
import { changedParameters, changedSchedule } from './maintenance-changes.ts';
import { lockData, lockFields, lockNotes } from './object-locks.ts';
import { openKopiaRepository } from './open.ts';
import { identityIn } from './who.ts';

type Flags = FlagValues<(typeof maintenance)['flags']>;

const ofRun = ['full', 'ifDue', 'force', 'safety', 'dryRun'] as const;
const ofSet = [
  'owner',
  'enableQuick',
  'enableFull',
  'quickInterval',
  'fullInterval',
  'pauseQuick',
  'pauseFull',
  'maxRetainedLogCount',
  'maxRetainedLogAge',
  'maxRetainedLogSizeMb',
  'extendObjectLocks',
] as const;

export const run: Handler<typeof maintenance> = async ({ args: [action = ''], flags }, context) => {
  if (action !== 'run') refuse(action, ofRun, flags);
  if (action !== 'set') refuse(action, ofSet, flags);
  if (action === 'info') return info(flags, context);
  return action === 'run' ? runIt(flags, context) : set(flags, context);
};

function refuse(action: string, others: readonly (keyof Flags)[], flags: Flags): void {
  const given = others.find(each => flags[each] !== undefined);
  if (given === undefined) return;
  throw cliErrors.raise['conflicting-flags']({ flags: [action, `--${longName(given)}`] });
}

async function runIt(flags: Flags, context: Context): Promise<Outcome> {
  const { full = false, ifDue = false, force, safety = 'full', dryRun } = flags;
  const repository = await openKopiaRepository(flags, context);
  const identity = await identityIn(flags, context);
  const mode = ifDue ? 'auto' : full ? 'full' : 'quick';
  const report = await maintain(repository, { identity, mode, safety, force, dryRun }, context);
  return description({
    data: { dryRun: dryRun === true, ...maintenanceData(report) },
    name: repository.uniqueId.toString('hex'),
    text: maintenanceFields(report),
    ...maintenanceExtras(report),
  });
}

async function set(flags: Flags, context: Context): Promise<Outcome> {
  const { clock, signal } = context;
  if (ofSet.every(each => flags[each] === undefined)) {
    throw cliErrors.raise['missing-flag']({ flags: ofSet.map(each => `--${longName(each)}`) });
  }
  const repository = await openKopiaRepository(flags, context);
  const identity = await identityIn(flags, context);
  const indexed = await loadContents(repository, { clock, signal });
  const now = BigInt(clock.now().getTime()) * 1_000_000n;
  const stored = await StoredSchedule.read(repository, { signal });
  const schedule = changedSchedule(stored.schedule, flags, now);
  const before = await readMaintenanceParameters(indexed, { signal });
  const after = changedParameters(before, flags, identityText(identity));
  refuseShortLocks(repository, after ?? before);
  if (schedule !== undefined) await stored.change(schedule, { signal });
  if (after !== undefined) await setMaintenanceParameters(indexed, after, { identity, clock, signal });
  for (const each of lockNotes(repository, after ?? before)) context.note(each);
  return shown(repository, after ?? before, schedule ?? stored.schedule);
}

async function info(flags: Flags, context: Context): Promise<Outcome> {
  const { clock, signal } = context;
  const repository = await openKopiaRepository(flags, context);
  const indexed = await loadContents(repository, { clock, signal });
  return shown(
    repository,
    await readMaintenanceParameters(indexed, { signal }),
    await readSchedule(repository, { signal }),
  );
}

function shown(
  { blobConfig }: Pick<OpenKopia, 'blobConfig'>,
  parameters: MaintenanceParameters,
  schedule: MaintenanceSchedule,
): Outcome {
  const { owner, quick, full, logRetention, extendObjectLocks } = parameters;
  return description({
    data: {
      owner,
      quick: cycleData(quick, schedule.nextQuick),
      full: cycleData(full, schedule.nextFull),
      logRetention: {
        maxTotalSize: Number(logRetention.maxTotalSize),
        maxCount: Number(logRetention.maxCount),
        maxAge: formatDuration(Number(logRetention.maxAge / 1_000_000n)),
      },
      objectLocks: lockData(blobConfig),
      extendObjectLocks,
      runs: Object.fromEntries(
        Object.entries(schedule.runs).map(([task, runs]) => [task, runs.map(runData)]),
      ),
    },
    name: owner,
    text: [
      { label: say('Owner', '担当'), value: owner === '' ? say('nobody', 'なし') : owner },
      { label: say('Quick', '短時間の処理'), value: cycleText(quick, schedule.nextQuick) },
      { label: say('Full', '完全な処理'), value: cycleText(full, schedule.nextFull) },
      ...lockFields(blobConfig, parameters),
      ...runFields(schedule),
    ],
  });
}

function cycleData({ enabled, interval }: MaintenanceCycle, next: bigint | undefined): unknown {
  return {
    enabled,
    interval: formatDuration(Number(interval / 1_000_000n)),
    ...(next === undefined ? {} : { next: formatTime(next) }),
  };
}

function cycleText({ enabled, interval }: MaintenanceCycle, next: bigint | undefined): Message {
  if (!enabled) return say('off', '無効');
  const every = formatDuration(Number(interval / 1_000_000n));
  const when = next === undefined ? undefined : shortTime(next);
  return when === undefined
    ? say(`every ${every}, due now`, `${every}ごと、実行待ち`)
    : say(`every ${every}, next ${when}`, `${every}ごと、次回 ${when}`);
}

function runData({ start, end, success, error, extra }: MaintenanceRun): unknown {
  return {
    start: formatTime(start),
    end: formatTime(end),
    success,
    ...(error === '' ? {} : { error }),
    ...(extra === undefined ? {} : { extra }),
  };
}

/** The last run of each task. */
function runFields({ runs }: MaintenanceSchedule): readonly Field[] {
  return Object.entries(runs).flatMap(([label, [last]]): Field[] => {
    if (last === undefined) return [];
    const when = shortTime(last.end);
    const failed = {
      text: say(`${when} failed: ${last.error}`, `${when} 失敗: ${last.error}`),
      tone: 'bad',
    } as const;
    return [{ label, value: last.success ? when : failed }];
  });
}

function shortTime(nanoseconds: bigint): string {
  return formatTime(nanoseconds).replace(/\.\d+/, '');
}
