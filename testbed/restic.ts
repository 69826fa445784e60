import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binary } from './binaries.ts';
import { ensureDebianPackages, whichProgram } from './debian.ts';
import { type RunResult, run, runOk } from './processes.ts';

/** The real restic, working on one repository. */
export interface Restic extends AsyncDisposable {
  /** The repository as restic names it: a path, `s3:http://…`. */
  readonly repository: string;
  /** Runs a command of restic in a directory; its stdout. @throws where restic does not end with 0 */
  readonly run: (command: readonly string[], options?: ResticRun) => Promise<string>;
  /** Runs a command of restic, however it ends. */
  readonly end: (command: readonly string[], options?: ResticRun) => Promise<RunResult>;
}

export interface ResticRun {
  readonly cwd?: string;
  /** More of its environment, for this command. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
}

/** `debian`: Debian's package, 0.14. `new`: 0.18, built from its Go module (two minutes, once). */
export type ResticVersion = 'debian' | 'new';

/** Those that suites of interoperability run with. */
export const resticVersions: readonly ResticVersion[] = ['debian', 'new'];

export interface ResticOptions {
  readonly repository: string;
  readonly password: string;
  /** More of its environment: credentials of an object store. */
  readonly env?: Readonly<Record<string, string>>;
  /** `debian` unless told. */
  readonly version?: ResticVersion;
}

/** A real restic, with a cache and a password file of its own that go with it. */
export async function stockRestic(options: ResticOptions): Promise<Restic> {
  const { repository, password, env = {}, version = 'debian' } = options;
  const program = await resticProgram(version);
  const own = await mkdtemp(join(tmpdir(), 'hozon-restic-'));
  const passwordFile = join(own, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  const settings = {
    ...env,
    RESTIC_REPOSITORY: repository,
    RESTIC_PASSWORD_FILE: passwordFile,
    RESTIC_CACHE_DIR: join(own, 'cache'),
  };
  const within = (given: ResticRun = {}): ResticRun => ({ ...given, env: { ...settings, ...given.env } });
  return {
    repository,
    run: (command, given) => runOk([program, ...command], within(given)),
    end: (command, given) => run([program, ...command], within(given)),
    [Symbol.asyncDispose]: () => rm(own, { recursive: true }),
  };
}

/** The path of the program, which is installed or built where it is missing. */
export async function resticProgram(version: ResticVersion): Promise<string> {
  if (version === 'new') return binary('restic');
  await ensureDebianPackages(['restic']);
  return (await whichProgram('restic')) ?? 'restic';
}
