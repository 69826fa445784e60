import { randomBytes } from 'node:crypto';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { raise } from '../errors.ts';

/** Where a data directory is going to be, as absolute paths. */
export interface Places {
  readonly dataDir: string;
  /** Absent where the log is within the data directory. */
  readonly walDir?: string | undefined;
}

/** A name for what is made beside its place, that no other restore has. */
export function stageMark(): string {
  return `.restore-${randomBytes(6).toString('hex')}`;
}

const mark = /^\.restore-[0-9a-f]{12}$/;

/** Where the log is made: beside its place, in a directory that holds nothing else. */
export function logStage(walDir: string, stage: string): string {
  return `${walDir}${stage}`;
}

/**
 * The places that were asked for, if a restore may write there. A `walDir` that is where etcd has its log anyway is none.
 *
 * @throws `etcd.restore-exists`, `etcd.restore-unfinished`, `etcd.restore-wal-dir`
 */
export async function freePlaces(asked: Places): Promise<Places> {
  const dataDir = resolve(asked.dataDir);
  const walDir = asked.walDir === undefined ? undefined : await logPlace(dataDir, resolve(asked.walDir));
  const entries = await readdir(dataDir).catch(unlessAbsent);
  await requireNone(entries ?? [], { dataDir, walDir });
  if (walDir === undefined) return { dataDir };
  if (await isThere(walDir)) throw raise['restore-exists']({ path: walDir });
  return { dataDir, walDir };
}

/**
 * Refuses what a data directory has in it.
 *
 * @throws `etcd.restore-unfinished` where all of it is of restores, `etcd.restore-exists`
 */
export async function requireNone(entries: readonly string[], { dataDir, walDir }: Places): Promise<void> {
  if (entries.length === 0) return;
  if (!entries.every(entry => mark.test(entry))) throw raise['restore-exists']({ path: dataDir });
  const paths = entries.map(entry => join(dataDir, entry));
  for (const entry of walDir === undefined ? [] : entries) {
    const logs = logStage(walDir ?? '', entry);
    if (await isThere(logs)) paths.push(logs);
  }
  throw raise['restore-unfinished']({ paths });
}

/** @throws `etcd.restore-wal-dir` where one of both is in the other */
async function logPlace(dataDir: string, walDir: string): Promise<string | undefined> {
  const [data, log] = [await realPlace(dataDir), await realPlace(walDir)];
  if (log === join(data, 'member/wal')) return undefined;
  if (isWithin(log, data) || isWithin(data, log)) throw raise['restore-wal-dir']({ dataDir, walDir });
  return walDir;
}

/** The path without symbolic links, of which the end need not be there. */
async function realPlace(path: string): Promise<string> {
  const real = await realpath(path).catch(unlessAbsent);
  return real ?? join(await realPlace(dirname(path)), basename(path));
}

function isWithin(path: string, directory: string): boolean {
  const way = relative(directory, path);
  return way !== '..' && !way.startsWith('../');
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(unlessAbsent)) !== undefined;
}

/** For what a call of the file system rejects with: `undefined` where there is nothing. */
export function unlessAbsent(thrown: unknown): undefined {
  if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  throw thrown;
}
