/** The environment variable that says when the whole run will be ended from outside: seconds since 1970. */
export const untilVariable = 'HOZON_TESTS_UNTIL';

/** What is kept of the time for ending the testbed and saying what failed. */
const reservedSeconds = 90;

/** How many seconds are left for tests; Infinity where nothing limits them. */
export function secondsLeft(
  env: Readonly<Record<string, string | undefined>> = process.env,
  now: number = Date.now(),
): number {
  const given = env[untilVariable];
  if (given === undefined || given === '') return Number.POSITIVE_INFINITY;
  const until = Number(given);
  if (!Number.isFinite(until))
    throw new Error(`${untilVariable} is a time in seconds since 1970, not ${given}`);
  return Math.max(0, until - reservedSeconds - now / 1000);
}
