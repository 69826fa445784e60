import { randomBytes } from 'node:crypto';
import { lstat, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { raise } from '../errors.ts';

/** A name for a directory that is unlike any other. */
export function newSpoolId(): string {
  return randomBytes(8).toString('hex');
}

/**
 * The directory of an id. The id may come from the journal, which others may have changed: what is no id leads nowhere.
 *
 * @throws `hosted-cluster.journal-unreadable`
 */
export function spoolPath(base: string, id: string): string {
  if (!/^[0-9a-f]{16}$/.test(id))
    throw raise['journal-unreadable']({ configMap: `spool ${JSON.stringify(id)}` });
  return join(base, `hozon-spool-${id}`);
}

/** Makes the directory, readable by nobody else, empty. */
export async function makeSpool(base: string, id: string): Promise<string> {
  await removeSpool(base, id);
  const path = spoolPath(base, id);
  await mkdir(path, { mode: 0o700 });
  return path;
}

/** Whether the directory is there and ours alone: on another machine, or after a restart, it is not. */
export async function isSpool(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isDirectory() === true && (found.mode & 0o077) === 0 && found.uid === process.getuid?.();
}

/** Removing what is not there succeeds. */
export async function removeSpool(base: string, id: string): Promise<void> {
  await rm(spoolPath(base, id), { recursive: true, force: true });
}
