import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A member's data directory, wherever it is. Paths are below it: `member/snap`. */
export interface DataDirectory {
  /** The names in a directory. Rejects where it cannot be read. */
  names(path: string): Promise<readonly string[]>;
  /** A file of at most `limit` bytes. Rejects where it is longer, or cannot be read. */
  read(path: string, limit: number): Promise<Buffer>;
}

export function localDataDirectory(directory: string): DataDirectory {
  return {
    names: path => readdir(join(directory, path)),
    read: (path, limit) => readWithin(join(directory, path), limit),
  };
}

async function readWithin(path: string, limit: number): Promise<Buffer> {
  await using file = await open(path);
  const { size } = await file.stat();
  if (size > limit) throw new Error(`${path} has ${size} bytes, more than ${limit}`);
  return file.readFile();
}
