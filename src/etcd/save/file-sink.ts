import { randomBytes } from 'node:crypto';
import { type FileHandle, link, lstat, open, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { abortable } from '#storage/bodies.ts';
import { raise } from '../errors.ts';
import type { Saved, SavedFile, SnapshotSink } from './sink.ts';

/** A directory of this machine, which must be there. Files in it are readable by their owner alone, and on disk when `store` resolves. */
export function fileSink(directory: string): SnapshotSink {
  return {
    url: directory,
    store: (file, { signal }) => storeFile(directory, file, signal),
  };
}

/**
 * Refuses a directory that has not so many bytes for this user, or none at all.
 *
 * @throws `etcd.save-unwritable`, `etcd.save-no-space`
 */
export async function requireRoom(directory: string, needed: number): Promise<void> {
  const { bavail, bsize } = await writing(directory, async () => {
    if (!(await stat(directory)).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' });
    return statfs(directory);
  });
  const free = bavail * bsize;
  if (free < needed) throw raise['save-no-space']({ path: directory, needed, free });
}

async function storeFile(
  directory: string,
  { name, bytes, inspect }: SavedFile,
  signal: AbortSignal | undefined,
): Promise<Saved> {
  const place = join(directory, name);
  await refuseTaken(place);
  const temporary = join(directory, `.${name}.${randomBytes(6).toString('hex')}.part`);
  const file = await writing(place, () => open(temporary, 'wx', 0o600));
  try {
    const size = await fill({ file, place }, abortable(bytes, signal));
    await inspect?.(temporary);
    signal?.throwIfAborted();
    await moveIntoPlace(temporary, place);
    await syncDirectory(directory);
    return { place, size };
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Written at once: etcd sends 32 KiB at a time. */
const pieceSize = 1024 * 1024;

async function fill(
  { file, place }: { readonly file: FileHandle; readonly place: string },
  bytes: AsyncIterable<Uint8Array>,
): Promise<number> {
  let size = 0;
  let held: Uint8Array[] = [];
  let holding = 0;
  const flush = async (): Promise<void> => {
    await writing(place, () => file.writeFile(Buffer.concat(held, holding)));
    [held, holding] = [[], 0];
  };
  try {
    for await (const piece of bytes) {
      held.push(piece);
      holding += piece.length;
      size += piece.length;
      if (holding >= pieceSize) await flush();
    }
    if (holding > 0) await flush();
    await writing(place, () => file.sync());
    return size;
  } finally {
    await file.close();
  }
}

async function refuseTaken(place: string): Promise<void> {
  const found = await writing(place, () => lstat(place).catch(unlessAbsent));
  if (found !== undefined) throw raise['save-exists']({ place });
}

/** A link never replaces what came there meanwhile; where a file system has none, the name is taken first. */
async function moveIntoPlace(temporary: string, place: string): Promise<void> {
  try {
    return await link(temporary, place);
  } catch (thrown) {
    if (codeOf(thrown) === 'EEXIST') throw raise['save-exists']({ place }, { cause: thrown });
  }
  await writing(place, async () => {
    await (await open(place, 'wx', 0o600)).close();
    await rename(temporary, place);
  });
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await writing(directory, () => open(directory, 'r'));
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Says what the system's codes mean; other errors are passed on. */
async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const code = codeOf(cause);
    if (code === 'EEXIST') throw raise['save-exists']({ place: path }, { cause });
    if (code === 'ENOSPC' || code === 'EDQUOT') throw raise['save-no-space']({ path }, { cause });
    if (code !== undefined && /^E[A-Z]+$/.test(code)) {
      throw raise['save-unwritable']({ path, reason: code }, { cause });
    }
    throw cause;
  }
}

function codeOf(thrown: unknown): string | undefined {
  const code = (thrown as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

function unlessAbsent(thrown: unknown): undefined {
  if (codeOf(thrown) === 'ENOENT') return undefined;
  throw thrown;
}
