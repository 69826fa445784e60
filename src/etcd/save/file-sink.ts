import { randomBytes } from 'node:crypto';
import { type FileHandle, link, lstat, open, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { abortable, concatenated } from '#storage/bodies.ts';
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
  await using folder = await writing(directory, () => open(directory, 'r'));
  const temporary = join(directory, `.${name}.${randomBytes(6).toString('hex')}.part`);
  const file = await writing(place, () => open(temporary, 'wx', 0o600));
  try {
    const size = await fill({ file, place }, abortable(bytes, signal), () => inspect?.(temporary));
    signal?.throwIfAborted();
    await moveIntoPlace(temporary, place);
    await syncDirectory(folder, place);
    return { place, size };
  } finally {
    await rm(temporary, { force: true });
  }
}

interface Opened {
  readonly file: FileHandle;
  readonly place: string;
}

/** Writes, looks at what was written while it goes to the disk, and closes. */
async function fill(
  opened: Opened,
  bytes: AsyncIterable<Uint8Array>,
  inspect: () => Promise<void> | undefined,
): Promise<number> {
  const { file, place } = opened;
  try {
    const size = await write(opened, bytes);
    const ends = await Promise.allSettled([inspect(), writing(place, () => file.sync())]);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    return size;
  } finally {
    await file.close();
  }
}

/** Written at once, where it comes in smaller pieces. */
const pieceSize = 1024 * 1024;

/** One piece is on its way to the file while the next one comes. */
async function write({ file, place }: Opened, bytes: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0;
  let held: Uint8Array[] = [];
  let holding = 0;
  let written: Promise<void> = Promise.resolve();
  const flush = async (): Promise<void> => {
    const piece = concatenated(held, holding);
    [held, holding] = [[], 0];
    await written;
    written = writing(place, () => file.writeFile(piece));
    written.catch(() => {}); // it is awaited with the next piece
  };
  try {
    for await (const piece of bytes) {
      held.push(piece);
      holding += piece.length;
      size += piece.length;
      if (holding >= pieceSize) await flush();
    }
    if (holding > 0) await flush();
  } finally {
    await Promise.allSettled([written]);
  }
  await written;
  return size;
}

async function refuseTaken(place: string): Promise<void> {
  const found = await writing(place, () => lstat(place).catch(unlessAbsent));
  if (found !== undefined) throw raise['save-exists']({ place });
}

/** What a file system says that has no links, or has no more for a file. */
const linkless: readonly unknown[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

/** A link never replaces what came there meanwhile; where a file system has none, the name is taken first. */
async function moveIntoPlace(temporary: string, place: string): Promise<void> {
  try {
    return await writing(place, () => link(temporary, place));
  } catch (thrown) {
    if (!(thrown instanceof Error) || !linkless.includes(codeOf(thrown.cause))) throw thrown;
  }
  await writing(place, async () => (await open(place, 'wx', 0o600)).close());
  try {
    await writing(place, () => rename(temporary, place));
  } catch (thrown) {
    await rm(place, { force: true }); // the empty file, which is ours
    throw thrown;
  }
}

/** What has its name goes to the disk with it. Network file systems that sync no directories keep names by themselves. */
async function syncDirectory(folder: FileHandle, place: string): Promise<void> {
  try {
    await writing(place, () => folder.sync());
  } catch (thrown) {
    if (thrown instanceof Error && ['EINVAL', 'ENOTSUP'].includes(codeOf(thrown.cause) ?? '')) return;
    await rm(place, { force: true });
    throw thrown;
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
