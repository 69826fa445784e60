import { access, constants } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describeThrown } from '#foundation/errors.ts';
import { type BinarySet, setOf } from './binary-sets.ts';
import { extract } from './debian-programs.ts';
import { download } from './downloads.ts';
import { testbedErrors } from './errors.ts';
import { build } from './go-build.ts';
import { lock } from './locks.ts';
import { type Narrate, toStderr } from './narration.ts';

export interface BinaryOptions {
  readonly narrate?: Narrate;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The path of a program that the testbed runs, in this order: the one that an environment variable names
 * (`HOZON_TESTBED_KUBE_APISERVER`), the cached one, the publisher's release, one built from the pinned Go modules or out of a Debian package.
 * What had to be fetched or built stays in the cache ({@link cacheDir}).
 *
 * @throws `testbed.binary-unavailable`, saying why each way failed.
 */
export async function binary(program: string, options: BinaryOptions = {}): Promise<string> {
  const [path] = await binaries([program], options);
  return path as string;
}

/** {@link binary} for several, in their order: those of one set are built together, which is much faster. */
export async function binaries(programs: readonly string[], options: BinaryOptions = {}): Promise<string[]> {
  const bySet = Map.groupBy(
    programs.filter(program => given(program) === undefined),
    setOf,
  );
  for (const [set, wanted] of bySet) await provide(set, wanted, options);
  return programs.map(program => given(program) ?? join(setDir(setOf(program)), program));
}

/** `HOZON_CACHE`, else `$XDG_CACHE_HOME/hozon`, else `~/.cache/hozon`. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  if (env['HOZON_CACHE']) return env['HOZON_CACHE'];
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'hozon');
}

/** The environment variable that names a program: `kube-apiserver` → `HOZON_TESTBED_KUBE_APISERVER`. */
export function variableOf(program: string): string {
  return `HOZON_TESTBED_${program.toUpperCase().replaceAll(/[-.]/g, '_')}`;
}

async function provide(set: BinarySet, wanted: readonly string[], options: BinaryOptions): Promise<void> {
  const { narrate = toStderr, signal } = options;
  if ((await missing(set, wanted)).length === 0) return;
  const onWait = (): void => narrate(`another process is getting ${set.name} ${set.version}; waiting for it`);
  await using _held = await lock(`binaries-${setDir(set)}`, { signal, onWait });
  const tried: string[] = [];
  for (const obtain of [download, set.otherwise === 'debian' ? extract : build]) {
    const programs = await missing(set, wanted);
    if (programs.length === 0) return;
    try {
      await obtain({ set, programs, into: setDir(set), narrate, signal });
    } catch (thrown) {
      signal?.throwIfAborted();
      tried.push(describeThrown(thrown));
    }
  }
  const [name] = await missing(set, wanted);
  if (name === undefined) return;
  throw testbedErrors.raise['binary-unavailable']({ name, variable: variableOf(name), tried });
}

async function missing(set: BinarySet, wanted: readonly string[]): Promise<string[]> {
  const present = await Promise.all(wanted.map(program => executable(join(setDir(set), program))));
  return wanted.filter((_, index) => present[index] !== true);
}

function setDir(set: BinarySet): string {
  return join(cacheDir(), 'bin', `${set.name}-${set.version}`);
}

function given(program: string): string | undefined {
  return process.env[variableOf(program)] || undefined;
}

async function executable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
