import { mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '#foundation/clock.ts';

/** Directories of repositories that were not used for so long, in milliseconds, are removed: 30 days, as in restic. */
const keptFor = 30 * 24 * 60 * 60 * 1000;
const tagName = 'CACHEDIR.TAG';
/** What backups of this machine know caches by (https://bford.info/cachedir/). */
const tagText = 'Signature: 8a477f597d28d172789f06886806bc55\n';
const repositoryId = /^[0-9a-f]{64}$/;

export interface CachePlaces {
  /** Whose repositories: the caches of each format are by themselves. `restic` unless told. */
  readonly format?: 'restic' | 'kopia' | undefined;
  /** What was asked for: `--cache-dir`. */
  readonly chosen?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Where the programs whose formats these are keep their own caches, if the environment says it. */
const variables = { restic: 'RESTIC_CACHE_DIR', kopia: 'KOPIA_CACHE_DIRECTORY' } as const;

/**
 * Where caches of repositories lie: in the directory that was chosen, else below RESTIC_CACHE_DIR or KOPIA_CACHE_DIRECTORY, or
 * XDG_CACHE_HOME or `~/.cache`, never among those programs' own. `undefined` where the environment names no home either.
 */
export function cacheRoot({ chosen, env, format = 'restic' }: CachePlaces): string | undefined {
  if (chosen !== undefined) return chosen;
  const ofProgram = env[variables[format]] || undefined;
  if (ofProgram !== undefined) return join(ofProgram, 'hozon');
  const home = env['HOME'] || undefined;
  const caches = env['XDG_CACHE_HOME'] || (home === undefined ? undefined : join(home, '.cache'));
  return caches === undefined ? undefined : join(caches, 'hozon', format);
}

/**
 * Makes the directory for a repository, for its owner alone, and says that it is used now; removes those of repositories that
 * were not used for 30 days. Its path.
 *
 * @throws what the file system throws: a cache that cannot be had is to be done without
 */
export async function openCacheDirectory(
  root: string,
  { id, clock }: { readonly id: string; readonly clock: Pick<Clock, 'now'> },
): Promise<string> {
  const directory = join(root, id);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(join(root, tagName), tagText, { flag: 'wx', mode: 0o600 }).catch(unless('EEXIST'));
  const now = clock.now();
  await utimes(directory, now, now);
  for (const name of await readdir(root)) {
    if (name !== id && repositoryId.test(name)) await removeOld(join(root, name), now);
  }
  return directory;
}

/** Another process may do the same at the same time. */
async function removeOld(directory: string, now: Date): Promise<void> {
  const used = await stat(directory).catch(unless('ENOENT'));
  if (used === undefined || now.getTime() - used.mtimeMs < keptFor) return;
  await rm(directory, { recursive: true, force: true, maxRetries: 3 });
}

/** Takes errors of these codes for an answer, `undefined`; others are thrown. */
export function unless(...codes: readonly string[]): (thrown: NodeJS.ErrnoException) => undefined {
  return thrown => {
    if (thrown.code === undefined || !codes.includes(thrown.code)) throw thrown;
    return undefined;
  };
}
