import { randomBytes } from 'node:crypto';
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { unless } from './cache-directory.ts';

/** Files of other processes that were begun and never finished are removed when so old, in milliseconds. */
const abandonedAfter = 24 * 60 * 60 * 1000;
const temporary = '.tmp';

/**
 * Files of a repository kept on this machine, under the names that they have there. Any of them may be gone at any time, and
 * several processes may work with them at once: a file appears whole under its name. What is in a file is for the reader to check.
 */
export class CacheFiles {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The whole file; `undefined` where there is none. */
  async read(key: string): Promise<Buffer | undefined> {
    return readFile(this.pathOf(key)).catch(unless('ENOENT'));
  }

  /** The file, to be read in parts; `undefined` where there is none. */
  async open(key: string): Promise<FileHandle | undefined> {
    return open(this.pathOf(key)).catch(unless('ENOENT'));
  }

  /** Where a file is, or would be. */
  pathOf(key: string): string {
    return join(this.#directory, key);
  }

  /** Puts a file in place once it is whole and `isSound` says so of what lies at a path until then; whether it was. */
  async write(
    key: string,
    body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    isSound: (unfinished: string) => boolean,
  ): Promise<boolean> {
    const path = this.pathOf(key);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const unfinished = `${path}.${process.pid}-${randomBytes(6).toString('hex')}${temporary}`;
    try {
      await writeFile(unfinished, body, { flag: 'wx', mode: 0o600 });
      if (!isSound(unfinished)) return false;
      await rename(unfinished, path);
      return true;
    } finally {
      await rm(unfinished, { force: true });
    }
  }

  async remove(key: string): Promise<void> {
    await rm(this.pathOf(key), { force: true });
  }

  /** Removes the files of a folder that are not to be kept, and what dead processes left there. */
  async retain(folder: string, isKept: (name: string) => boolean): Promise<void> {
    const entries = await readdir(join(this.#directory, folder), {
      recursive: true,
      withFileTypes: true,
    }).catch(unless('ENOENT'));
    for (const entry of entries ?? []) {
      if (!entry.isFile() || isKept(entry.name)) continue;
      const path = join(entry.parentPath, entry.name);
      if (!entry.name.endsWith(temporary) || (await isAbandoned(path))) await rm(path, { force: true });
    }
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const found = await stat(path).catch(unless('ENOENT'));
  return found !== undefined && Date.now() - found.mtimeMs > abandonedAfter;
}
