import type { OpenRepository } from '#repository/restic/access/open.ts';
import type { Context, Env } from '../../context.ts';
import { cliErrors } from '../../errors.ts';
import { resticEnvironment } from '../../repository/environment.ts';
import type { FlagValues } from '../../spec.ts';
import { type Access, openRepository } from './open.ts';
import type { fromAccess } from './specs/from.ts';

type FromFlags = FlagValues<typeof fromAccess> & Pick<Access, 'cache' | 'cacheDir' | 'retryLock'>;

/** What of the repository's own variables says the same of the other one. */
const variables = [
  'REPOSITORY',
  'REPOSITORY_FILE',
  'PASSWORD',
  'PASSWORD_FILE',
  'PASSWORD_COMMAND',
  'KEY_HINT',
] as const;

/** The other repository: flags and surroundings as if it were the only one. */
export interface OtherSide {
  readonly flags: Access;
  readonly context: Context;
}

/** What `--from-…` and the variables say of the other repository. @throws `cli.missing-flag` */
export function otherSide(flags: FromFlags, context: Context): OtherSide {
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
  return { flags: { ...flags, ...access }, context: { ...context, env } };
}

/** Opens the other repository, one of restic's, without a lock. @throws `cli.missing-flag` and as opening one does */
export async function openFrom(flags: FromFlags, context: Context): Promise<OpenRepository> {
  const other = otherSide(flags, context);
  return openRepository(other.flags, other.context);
}

/** Where the variables of the repository hold what those of the other one say, and nothing else. A password may be in any variable. */
function environmentOf(env: Env): Env {
  const others = variables.map(name => [`RESTIC_${name}`, env[`RESTIC_FROM_${name}`]] as const);
  return { ...env, ...Object.fromEntries(others), KOPIA_PASSWORD: env['KOPIA_FROM_PASSWORD'] };
}
