import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { describeThrown, HozonError } from '#foundation/errors.ts';
import { startCluster } from './cluster/cluster.ts';
import { startObjectStore } from './object-store/object-store.ts';
import { type Extent, identityOf, runningTestbeds, writeState } from './state.ts';

/**
 * The process that owns a cluster and an object store for others: `owner.ts --state FILE --extent EXTENT [--tethered]`.
 * It writes the state file when everything is ready, narrates on stdout, and ends with SIGTERM or SIGINT; with
 * `--tethered` also when its stdin ends, that is, with the process that started it, however that ends.
 */
async function own(): Promise<void> {
  const { values } = parseArgs({
    options: { state: { type: 'string' }, extent: { type: 'string' }, tethered: { type: 'boolean' } },
  });
  const { state: statePath, tethered = false } = values;
  if (statePath === undefined) throw new Error('--state is missing');
  const extent = extentOf(values.extent);
  const ending = endOfDuty(tethered);
  const narrate = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  await runningTestbeds(dirname(statePath)); // removes the files of those that are not
  await using cluster =
    extent === 'store' ? undefined : await startCluster({ mode: extent, narrate, signal: ending });
  const podAddress = cluster?.node?.address;
  await using objectStore = await startObjectStore({ podAddress, narrate, signal: ending });
  const owner = await identityOf(process.pid);
  if (owner === undefined) throw new Error('this process is not in /proc');
  await writeState(statePath, { owner, extent, cluster, objectStore });
  await aborted(ending);
  await rm(statePath, { force: true }); // before anything ends: while the file is there, what it names can be used
}

function extentOf(text: string | undefined): Extent {
  if (text === 'store' || text === 'light' || text === 'full') return text;
  throw new Error(`--extent is store, light or full, not ${text}`);
}

/** Aborts when there is nobody left to own it for. */
function endOfDuty(tethered: boolean): AbortSignal {
  const controller = new AbortController();
  const end = (): void => controller.abort(new Error('told to stop'));
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end);
  process.stdout.on('error', () => {}); // nobody listens to the narration any more
  if (tethered) process.stdin.on('end', end).on('error', end).resume();
  return controller.signal;
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const keepAlive = setInterval(() => {}, 2 ** 30);
  const end = (): void => {
    clearInterval(keepAlive);
    resolve();
  };
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return promise;
}

try {
  await own();
} catch (thrown) {
  process.stdout.write(`failed: ${describeThrown(thrown)}\n`);
  if (thrown instanceof HozonError) process.stdout.write(`${thrown.hint()}\n`);
  process.exitCode = 1;
} finally {
  process.stdin.destroy(); // the tether would keep this process alive for as long as its other end
}
