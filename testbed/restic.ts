import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDebianPackages, whichProgram } from './debian.ts';
import { runOk } from './processes.ts';

/** The real restic, working on one repository. */
export interface Restic extends AsyncDisposable {
  /** The repository as restic names it: a path, `s3:http://…`. */
  readonly repository: string;
  /** Runs a command of restic in a directory; its stdout. @throws where restic does not end with 0 */
  readonly run: (command: readonly string[], options?: { readonly cwd?: string }) => Promise<string>;
}

export interface ResticOptions {
  readonly repository: string;
  readonly password: string;
  /** More of its environment: credentials of an object store. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Debian's restic, with a cache and a password file of its own that go with it. */
export async function stockRestic({ repository, password, env = {} }: ResticOptions): Promise<Restic> {
  await ensureDebianPackages(['restic']);
  const program = (await whichProgram('restic')) ?? 'restic';
  const own = await mkdtemp(join(tmpdir(), 'hozon-restic-'));
  const passwordFile = join(own, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  const settings = {
    ...env,
    RESTIC_REPOSITORY: repository,
    RESTIC_PASSWORD_FILE: passwordFile,
    RESTIC_CACHE_DIR: join(own, 'cache'),
  };
  return {
    repository,
    run: (command, options = {}) => runOk([program, ...command], { ...options, env: settings }),
    [Symbol.asyncDispose]: () => rm(own, { recursive: true }),
  };
}
