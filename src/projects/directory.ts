import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { raise } from './errors.ts';
import { exportedNamespace, manifestName } from './manifest.ts';

/** A file to be written: a plain name and its text. */
export interface TextFile {
  readonly name: string;
  readonly text: string;
}

/**
 * Writes a directory as a whole: into a new sibling (0700, files 0600), which then takes the name, so that under
 * `target` there is never a part of an export. With `overwrite`, an earlier export there is replaced; a crash in
 * the instant between the two renames leaves it beside, as `.NAME.hozon-…-old`. Rejects with
 * `projects.target-exists` or `projects.target-foreign`.
 */
export async function writeDirectory(
  target: string,
  files: Iterable<TextFile>,
  options: { readonly overwrite?: boolean | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const directory = resolve(target);
  await checkTarget(directory, options.overwrite === true);
  await mkdir(dirname(directory), { recursive: true });
  const staging = await mkdtemp(join(dirname(directory), `.${basename(directory)}.hozon-`));
  try {
    for (const { name, text } of files) {
      options.signal?.throwIfAborted();
      await writeFile(join(staging, name), text, { mode: 0o600, flag: 'wx', flush: true });
    }
    await put(staging, directory);
  } catch (thrown) {
    await rm(staging, { recursive: true, force: true });
    throw thrown;
  }
}

/** Rejects unless `directory` can be written: there is nothing, or it is empty, or an export to be replaced. */
export async function checkTarget(directory: string, overwrite: boolean): Promise<void> {
  const entries = await entriesOf(directory);
  if (entries === undefined || entries.length === 0) return;
  if (!overwrite) throw raise['target-exists']({ directory });
  const text = entries.includes(manifestName) ? await readFile(join(directory, manifestName), 'utf8') : '';
  if (exportedNamespace(text) === undefined) throw raise['target-foreign']({ directory });
}

/** `undefined` where there is nothing of that name. */
async function entriesOf(directory: string): Promise<string[] | undefined> {
  try {
    return await readdir(directory);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ENOTDIR') throw raise['target-foreign']({ directory }, { cause: thrown });
    throw thrown;
  }
}

/** A rename takes the place of an empty directory by itself; a full one is moved aside first. */
async function put(staging: string, directory: string): Promise<void> {
  const entries = await entriesOf(directory);
  if (entries === undefined || entries.length === 0) return rename(staging, directory);
  const aside = `${staging}-old`;
  await rename(directory, aside);
  try {
    await rename(staging, directory);
  } catch (thrown) {
    await rename(aside, directory);
    throw thrown;
  }
  await rm(aside, { recursive: true, force: true });
}
