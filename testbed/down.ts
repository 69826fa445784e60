import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { describeThrown, HozonError } from '#foundation/errors.ts';
import { sweep, testbedDir } from './cluster/instance.ts';
import { toStderr } from './narration.ts';
import { privatePrefix } from './owner-process.ts';
import { isRunning, readState, runningTestbeds } from './state.ts';

/** `down.ts [--name NAME]`: ends the named testbed, or every one that `up.ts` started, and clears away what crashes left. */
async function down(): Promise<void> {
  const { values } = parseArgs({ options: { name: { type: 'string' } } });
  for (const name of await runningTestbeds(testbedDir())) {
    const meant = values.name === undefined ? !name.startsWith(privatePrefix) : values.name === name;
    if (meant) await end(name);
  }
  await sweep(toStderr);
}

async function end(name: string): Promise<void> {
  const state = await readState(join(testbedDir(), `${name}.json`));
  if (state === undefined || !(await isRunning(state.owner))) return;
  toStderr(`ending the testbed ${name} (usually 2 s)`);
  process.kill(state.owner.pid, 'SIGTERM');
  while (await isRunning(state.owner)) await delay(100);
}

try {
  await down();
} catch (thrown) {
  toStderr(describeThrown(thrown));
  if (thrown instanceof HozonError) toStderr(thrown.hint());
  process.exitCode = 1;
}
