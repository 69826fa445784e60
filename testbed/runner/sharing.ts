import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/*
 * A directory through which processes share test files: a list, and beside it an empty directory for each file that
 * one of them has taken.
 */

/** Writes the list. Paths are absolute. */
export async function offer(dir: string, files: readonly string[]): Promise<void> {
  await writeFile(listPath(dir), JSON.stringify(files));
}

export function listPath(dir: string): string {
  return join(dir, 'files.json');
}

/** Whether the file of this number in the list is now the caller's, and nobody else's. */
export async function take(dir: string, number: number): Promise<boolean> {
  try {
    await mkdir(join(dir, String(number)));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
