import { run } from '#cli/run.ts';
import { systemClock } from '#foundation/clock.ts';

// `hozon` as a process of its own, for which time is short: it asks for a sign of life, gives one and gives up so many times sooner.

const times = 3;

process.exitCode = await run({
  argv: process.argv.slice(2),
  env: process.env,
  stdin: process.stdin,
  out: process.stdout,
  err: process.stderr,
  clock: {
    ...systemClock,
    monotonic: () => systemClock.monotonic() * times,
    sleep: (milliseconds, signal) => systemClock.sleep(milliseconds / times, signal),
  },
  signal: new AbortController().signal,
});
