import { readFile } from 'node:fs/promises';
import { describe } from 'node:test';
import { pathToFileURL } from 'node:url';
import { listPath, take } from './sharing.ts';

/**
 * `one-after-another.ts DIR`: runs the test files of that directory's list that no other process has taken, each as a suite with its
 * path as its name. Hooks that a file has outside of suites are those of its suite.
 */
async function runThose(dir: string): Promise<void> {
  const files = JSON.parse(await readFile(listPath(dir), 'utf8')) as string[];
  for (const [number, file] of files.entries()) {
    if (await take(dir, number)) await describe(file, () => import(pathToFileURL(file).href));
  }
}

await runThose(process.argv.at(-1) ?? '');
