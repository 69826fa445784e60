import type { OpenRepository } from '#repository/restic/access/open.ts';
import type { Context, Env } from '../../context.ts';
import { cliErrors } from '../../errors.ts';
import { resticEnvironment } from '../../repository/environment.ts';
import type { FlagValues } from '../../spec.ts';
import { lockFor, openRepository } from './open.ts';
import type { fromAccess } from './specs/from.ts';

type FromFlags = FlagValues<typeof fromAccess> & { readonly retryLock?: number | undefined };

/** What of the repository's own variables says the same of the other one. */
const variables = [
  'REPOSITORY',
  'REPOSITORY_FILE',
  'PASSWORD',
  'PASSWORD_FILE',
  'PASSWORD_COMMAND',
  'KEY_HINT',
] as const;

/** Opens the other repository, without a lock. @throws `cli.missing-flag` and as opening one does */
export async function openFrom(flags: FromFlags, context: Context): Promise<OpenRepository> {
  const env = environmentOf(context.env);
  const { repository, repositoryFile } = resticEnvironment(env);
  const named = [flags.fromRepo, flags.fromRepositoryFile, repository, repositoryFile];
  if (named.every(each => each === undefined)) {
    throw cliErrors.raise['missing-flag']({ flags: ['--from-repo', 'RESTIC_FROM_REPOSITORY'] });
  }
  const access = {
    repo: flags.fromRepo,
    repositoryFile: flags.fromRepositoryFile,
    passwordFile: flags.fromPasswordFile,
    passwordCommand: flags.fromPasswordCommand,
    passwordEnv: flags.fromPasswordEnv,
  };
  return openRepository({ ...flags, ...access }, { ...context, env });
}

/** {@link openFrom}, locked as who reads locks, until the command has ended. */
export async function lockedFrom(
  flags: FromFlags,
  context: Context,
): Promise<{ readonly repository: OpenRepository; readonly signal: AbortSignal }> {
  const repository = await openFrom(flags, context);
  const signal = await lockFor(repository, { retryLock: flags.retryLock }, { context, use: 'read' });
  return { repository, signal };
}

/** Where the variables of the repository hold what those of the other one say, and nothing else. A password may be in any variable. */
function environmentOf(env: Env): Env {
  const others = variables.map(name => [`RESTIC_${name}`, env[`RESTIC_FROM_${name}`]] as const);
  return { ...env, ...Object.fromEntries(others) };
}
