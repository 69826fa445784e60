import { randomBytes } from 'node:crypto';
import { mkdir, open, realpath, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Document } from 'yaml';
import { cliErrors } from '../errors.ts';
import { type ConfigFile, loadConfig, parseConfig } from './load.ts';

/**
 * Changes the configuration file: reads it, lets `change` edit the document (comments and order survive), checks
 * the result, and puts it in place whole. The file is the owner's alone (0600), its directory too where it is made.
 */
export async function changeConfig(path: string, change: (document: Document) => void): Promise<ConfigFile> {
  const { document } = await loadConfig(path);
  change(document);
  const text = document.toString({ lineWidth: 0 });
  const changed = parseConfig(path, text);
  try {
    await replaceFile(path, text);
  } catch (thrown) {
    throw cliErrors.raise['config-unwritable']({ path }, { cause: thrown });
  }
  return changed;
}

async function replaceFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const target = await behindLinks(path);
  const temporary = `${target}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
}

/** The file that a link leads to: people keep configuration as links into a repository. */
async function behindLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return path;
    throw thrown;
  }
}
