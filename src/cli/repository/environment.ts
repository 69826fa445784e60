import type { Env } from '../context.ts';

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
  /** As restic, what is no such word is passed over. */
  readonly compression: 'auto' | 'off' | 'max' | undefined;
  /** Bytes; what is no number of MiB is passed over, as restic does. */
  readonly packSize: number | undefined;
}

/** What of kopia's own variables says something of a repository. */
export interface KopiaEnvironment {
  readonly password: string | undefined;
}

/** Reads the variables that kopia documents and that mean the same here. */
export function kopiaEnvironment(env: Env): KopiaEnvironment {
  return { password: env['KOPIA_PASSWORD'] || undefined };
}

const compressions = ['auto', 'off', 'max'] as const;
const mebibyte = 1024 * 1024;

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
    compression: compressions.find(each => each === value('COMPRESSION')),
    packSize: mebibytes(value('PACK_SIZE')),
  };
}

function mebibytes(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,6}$/.test(text) && Number(text) > 0
    ? Number(text) * mebibyte
    : undefined;
}
