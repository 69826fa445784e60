import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ClusterMode, ClusterState } from './cluster/cluster.ts';
import type { ObjectStoreState } from './object-store/object-store.ts';

/** The environment variable that names the state file of a testbed that is already running. */
export const stateVariable = 'HOZON_TESTBED';

/** What a testbed has beside its object store: no cluster, one without pods, one with. */
export type Extent = 'store' | ClusterMode;

/** A cluster and an object store that one process owns and others use. */
export interface TestbedState {
  /** Of the process that owns it. */
  readonly owner: ProcessIdentity;
  readonly extent: Extent;
  /** Absent where the extent is `store`. */
  readonly cluster?: ClusterState | undefined;
  readonly objectStore: ObjectStoreState;
}

/** A process, and when it began in clock ticks since boot: process ids are given out again, the pair is not. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly started: string;
}

/** It holds credentials, so only its owner may read it; it appears whole. */
export async function writeState(path: string, state: TestbedState): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const whole = `${path}.${randomUUID()}`;
  await writeFile(whole, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  await rename(whole, path);
}

/** `undefined` where there is no such file. */
export async function readState(path: string): Promise<TestbedState | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as TestbedState;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw thrown;
  }
}

/** The names of the testbeds whose state files are in a directory. What a killed owner left there is removed. */
export async function runningTestbeds(dir: string): Promise<string[]> {
  const running: string[] = [];
  for (const file of await readdir(dir).catch(() => [])) {
    if (!file.endsWith('.json')) continue;
    const path = join(dir, file);
    const state = await readState(path);
    if (state !== undefined && (await isRunning(state.owner))) running.push(file.slice(0, -'.json'.length));
    else await rm(path, { force: true });
  }
  return running;
}

/** The identity of a running process, `undefined` where there is none of that id. See proc_pid_stat(5), field 22. */
export async function identityOf(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, started] = [fields[0], fields[19]];
  return started === undefined || state === 'Z' ? undefined : { pid, started };
}

/** Whether it is still that very process. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  return (await identityOf(identity.pid))?.started === identity.started;
}
