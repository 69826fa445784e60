import { randomBytes } from 'node:crypto';
import { type FileHandle, link, lstat, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { cliErrors } from '../errors.ts';

export interface SaveOptions {
  /** Whether a file that is there is replaced; otherwise `cli.file-exists`. */
  readonly replace: boolean;
  /** Told how many bytes are written so far. */
  readonly onWritten?: (bytes: number) => void;
}

/**
 * Writes a file that only its owner can read, so that its name never stands for a part of it: beside its place, synced,
 * then moved there. Returns its size in bytes. Whatever `body` throws is thrown, and nothing is left. Throws
 * `cli.file-exists`, `cli.file-unwritable`.
 */
export async function saveFile(
  path: string,
  body: () => Promise<AsyncIterable<Uint8Array>>,
  options: SaveOptions,
): Promise<number> {
  await refuseOccupied(path, options.replace);
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.part`);
  const file = await writing(path, () => open(temporary, 'wx', 0o600));
  try {
    const size = await filled(file, path, body, options);
    await writing(path, () => moveIntoPlace(temporary, path, options.replace));
    return size;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Devices, directories and links are not replaced in any case. */
async function refuseOccupied(path: string, replace: boolean): Promise<void> {
  const found = await writing(path, () => lstat(path).catch(unlessAbsent));
  if (found === undefined) return;
  if (!found.isFile()) {
    throw cliErrors.raise['file-unwritable']({ path }, { cause: new Error('not a regular file') });
  }
  if (!replace) throw cliErrors.raise['file-exists']({ path });
}

async function filled(
  file: FileHandle,
  path: string,
  body: () => Promise<AsyncIterable<Uint8Array>>,
  { onWritten }: SaveOptions,
): Promise<number> {
  try {
    let size = 0;
    for await (const chunk of await body()) {
      await writing(path, () => file.writeFile(chunk));
      size += chunk.length;
      onWritten?.(size);
    }
    await writing(path, () => file.sync());
    return size;
  } finally {
    await file.close();
  }
}

/** Not every file system has hard links; there the name is taken first, then replaced. */
async function moveIntoPlace(temporary: string, path: string, replace: boolean): Promise<void> {
  if (!replace) {
    try {
      return await link(temporary, path);
    } catch (thrown) {
      if (codeOf(thrown) === 'EEXIST') throw cliErrors.raise['file-exists']({ path }, { cause: thrown });
      await (await open(path, 'wx', 0o600)).close();
    }
  }
  await rename(temporary, path);
}

async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (codeOf(thrown)?.startsWith('E') === true) {
      throw cliErrors.raise['file-unwritable']({ path }, { cause: thrown });
    }
    throw thrown;
  }
}

function codeOf(thrown: unknown): string | undefined {
  const code = (thrown as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

function unlessAbsent(thrown: unknown): undefined {
  if (codeOf(thrown) === 'ENOENT') return undefined;
  throw thrown;
}
