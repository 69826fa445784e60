import type {
  MaintenanceCycle,
  MaintenanceParameters,
  MaintenanceSchedule,
} from '#repository/kopia/format/maintenance-blob.ts';
import { cliErrors } from '../../../errors.ts';
import type { FlagValues } from '../../../spec.ts';
import type { maintenance } from '../specs/maintenance.ts';

type Flags = FlagValues<(typeof maintenance)['flags']>;

const mebibyte = 1024n * 1024n;

/** The parameters as the flags say; `undefined` where they say nothing of them. @param self who "me" is @throws `cli.bad-value` */
export function changedParameters(
  before: MaintenanceParameters,
  flags: Flags,
  self: string,
): MaintenanceParameters | undefined {
  const { owner, enableQuick, enableFull, quickInterval, fullInterval, extendObjectLocks } = flags;
  const { maxRetainedLogCount: count, maxRetainedLogAge: age, maxRetainedLogSizeMb: size } = flags;
  const cycles = [enableQuick, enableFull, quickInterval, fullInterval];
  const said = [owner, ...cycles, count, age, size, extendObjectLocks];
  if (said.every(each => each === undefined)) return undefined;
  const logs = before.logRetention;
  return {
    ...before,
    owner: ownerOf(owner, self) ?? before.owner,
    quick: cycleOf(before.quick, enableQuick, quickInterval),
    full: cycleOf(before.full, enableFull, fullInterval),
    logRetention: {
      maxCount: count === undefined ? logs.maxCount : BigInt(count),
      maxAge: age === undefined ? logs.maxAge : nanoseconds(age),
      maxTotalSize: size === undefined ? logs.maxTotalSize : BigInt(size) * mebibyte,
    },
    extendObjectLocks: extendObjectLocks ?? before.extendObjectLocks,
  };
}

function ownerOf(given: string | undefined, self: string): string | undefined {
  if (given === undefined || given === 'me') return given === undefined ? undefined : self;
  if (/^[^@\s]+@[^@\s]+$/.test(given)) return given;
  throw cliErrors.raise['bad-value']({ flag: '--owner', given, expected: 'USER@HOST | me' });
}

function cycleOf(
  before: MaintenanceCycle,
  enabled: boolean | undefined,
  interval: number | undefined,
): MaintenanceCycle {
  return {
    enabled: enabled ?? before.enabled,
    interval: interval === undefined ? before.interval : nanoseconds(interval),
  };
}

/** When maintenance is due as the flags say; `undefined` where they say nothing of it. Nanoseconds since 1970. */
export function changedSchedule(
  before: MaintenanceSchedule,
  { pauseQuick, pauseFull }: Flags,
  now: bigint,
): MaintenanceSchedule | undefined {
  if (pauseQuick === undefined && pauseFull === undefined) return undefined;
  return {
    ...before,
    nextQuick: pauseQuick === undefined ? before.nextQuick : now + nanoseconds(pauseQuick),
    nextFull: pauseFull === undefined ? before.nextFull : now + nanoseconds(pauseFull),
  };
}

function nanoseconds(milliseconds: number): bigint {
  return BigInt(Math.round(milliseconds)) * 1_000_000n;
}
