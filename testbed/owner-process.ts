import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { testbedDir } from './cluster/instance.ts';
import { testbedErrors } from './errors.ts';
import type { Narrate } from './narration.ts';
import { type Extent, readState, type TestbedState } from './state.ts';

export interface OwnerOptions {
  readonly statePath: string;
  readonly extent: Extent;
  readonly narrate: Narrate;
  /** Whether the testbed ends with this process, however this process ends. */
  readonly tethered: boolean;
}

export interface OwnerProcess {
  readonly state: TestbedState;
  /** Lets this process end without waiting for it. */
  detach(): void;
  /** Ends the testbed and waits until nothing is left of it. */
  stop(): Promise<void>;
}

/** Where the state of a testbed goes that only this process and those it starts know of. */
export function privateStatePath(): string {
  return join(testbedDir(), `${privatePrefix}${process.pid}-${randomBytes(4).toString('hex')}.json`);
}

/** What the names of testbeds begin with that no person named. */
export const privatePrefix = 'tests-';

/** Starts a process that owns a testbed ({@link file://./owner.ts}) and waits until everything is ready. */
export async function startOwner(options: OwnerOptions): Promise<OwnerProcess> {
  const { statePath, extent, tethered, narrate } = options;
  const child = spawn(
    process.execPath,
    [
      join(import.meta.dirname, 'owner.ts'),
      `--state=${statePath}`,
      `--extent=${extent}`,
      ...(tethered ? ['--tethered'] : []),
    ],
    { stdio: [tethered ? 'pipe' : 'ignore', 'pipe', 'pipe'], detached: true, env: ownerEnvironment() },
  );
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', line => {
      said.push(line);
      narrate(line);
    });
  }
  const exited = new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const state = await Promise.race([
    untilState(statePath, child),
    exited.then(outcome => failed(outcome, said)),
  ]);
  return {
    state,
    detach: () => detach(child),
    stop: async () => {
      child.ref();
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** A test runner marks the processes it starts, and those report to it in its own protocol: the owner is none of them. */
function ownerEnvironment(): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _, HOZON_TESTBED: __, ...rest } = process.env;
  return rest;
}

async function untilState(path: string, child: ChildProcess): Promise<TestbedState> {
  for (;;) {
    const state = await readState(path);
    if (state !== undefined && state.owner.pid === child.pid) return state;
    await delay(100);
    if (child.exitCode !== null || child.signalCode !== null) return new Promise(() => {}); // the other racer says why
  }
}

function failed(outcome: string, said: readonly string[]): never {
  const lastLines = said.slice(-20).join('\n');
  throw testbedErrors.raise['process-exited']({
    name: 'the owner',
    outcome,
    log: 'the lines above',
    lastLines,
  });
}

function detach(child: ChildProcess): void {
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) {
    if (stream !== null && 'unref' in stream && typeof stream.unref === 'function') stream.unref();
  }
}
