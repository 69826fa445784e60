import type { Env } from '../context.ts';
import { cliErrors } from '../errors.ts';

/** What restic's variables say; a flag of Hozon wins over each of them. Empty ones count as not set, as in restic. */
export interface ResticEnvironment {
  readonly repository: string | undefined;
  readonly repositoryFile: string | undefined;
  readonly password: string | undefined;
  readonly passwordFile: string | undefined;
  readonly passwordCommand: string | undefined;
  /** The beginning of the id of the key to try first. */
  readonly keyHint: string | undefined;
  /** The host of snapshots, where a command is not told one. */
  readonly host: string | undefined;
  readonly cacheDirectory: string | undefined;
  /** A file of certificates to trust besides the system's. */
  readonly caFile: string | undefined;
}

/** What of kopia's own variables says something of a repository. */
export interface KopiaEnvironment {
  readonly password: string | undefined;
}

/** Reads the variables that kopia documents and that mean the same here. */
export function kopiaEnvironment(env: Env): KopiaEnvironment {
  return { password: env['KOPIA_PASSWORD'] || undefined };
}

/** Reads the variables that restic documents. */
export function resticEnvironment(env: Env): ResticEnvironment {
  const value = (name: string): string | undefined => env[`RESTIC_${name}`] || undefined;
  return {
    repository: value('REPOSITORY'),
    repositoryFile: value('REPOSITORY_FILE'),
    password: value('PASSWORD'),
    passwordFile: value('PASSWORD_FILE'),
    passwordCommand: value('PASSWORD_COMMAND'),
    keyHint: value('KEY_HINT'),
    host: value('HOST'),
    cacheDirectory: value('CACHE_DIR'),
    caFile: value('CACERT'),
  };
}

const compressions = ['auto', 'off', 'max'] as const;

/** What RESTIC_COMPRESSION says. As in restic, what is no such word is refused. @throws `cli.bad-value` */
export function resticCompression(env: Env): (typeof compressions)[number] | undefined {
  const given = env['RESTIC_COMPRESSION'] || undefined;
  const known = compressions.find(each => each === given);
  if (given === undefined || known !== undefined) return known;
  throw badVariable('RESTIC_COMPRESSION', given, compressions.join(' | '));
}

/** MiB that a pack may have in restic. */
const [smallestPack, largestPack] = [4, 128];

/**
 * The MiB at which a pack is closed: what `--pack-size` says, else RESTIC_PACK_SIZE; `undefined` for the usual ones. As restic does, it
 * takes 0, and a variable that is no number, for not given, and refuses what is out of range.
 *
 * @throws `cli.bad-value`
 */
export function resticPackSize(env: Env, flag?: number): number | undefined {
  const given = env['RESTIC_PACK_SIZE'] ?? '';
  const size = flag ?? (/^\d{1,10}$/.test(given) ? Number(given) : 0);
  if (size === 0) return undefined;
  if (size >= smallestPack && size <= largestPack) return size;
  const name = flag === undefined ? 'RESTIC_PACK_SIZE' : '--pack-size';
  throw badVariable(name, String(size), `${smallestPack}, …, ${largestPack}`);
}

function badVariable(flag: string, given: string, expected: string): Error {
  return cliErrors.raise['bad-value']({ flag, given, expected });
}
