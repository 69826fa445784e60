import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describeThrown, HozonError } from '#foundation/errors.ts';
import { toStderr } from './narration.ts';
import { privateStatePath, startOwner } from './owner-process.ts';
import { stateVariable } from './state.ts';

/**
 * `run-tests.ts [--light] ARGUMENTS…`: starts a cluster and an object store, runs `node --test ARGUMENTS…` with
 * them, ends them, and exits as the tests did. Tests join through `shared.ts`.
 */
async function runTests(): Promise<number> {
  const given = process.argv.slice(2);
  const light = given.includes('--light');
  const statePath = privateStatePath();
  const extent = light ? 'light' : 'full';
  const owner = await startOwner({ statePath, extent, tethered: true, narrate: toStderr });
  try {
    return await nodeTest(
      given.filter(argument => argument !== '--light'),
      statePath,
    );
  } finally {
    toStderr('ending the testbed (usually 2 s)');
    await owner.stop();
  }
}

/**
 * As many files at once as there are processors, but at most four: they share one API server, and more of them
 * only wait for each other.
 */
async function nodeTest(given: readonly string[], statePath: string): Promise<number> {
  const concurrency = given.some(argument => argument.startsWith('--test-concurrency'))
    ? []
    : [`--test-concurrency=${Math.min(4, navigator.hardwareConcurrency)}`];
  const child = spawn(process.execPath, ['--test', ...concurrency, ...given], {
    stdio: 'inherit',
    env: { ...process.env, [stateVariable]: statePath },
  });
  const pass = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  for (const signal of signals) process.on(signal, pass);
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  for (const name of signals) process.off(name, pass);
  return code ?? (signal === 'SIGINT' ? 130 : 1);
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

try {
  process.exitCode = await runTests();
} catch (thrown) {
  toStderr(describeThrown(thrown));
  if (thrown instanceof HozonError) toStderr(thrown.hint());
  process.exitCode = 1;
}
