import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { raise } from '../errors.ts';
import type { RestorePlan } from './plan.ts';

/** Where a restore is made before it is where etcd looks for it. */
export interface Stage {
  /** A data directory, of which `member` is going to be moved. */
  readonly dataDir: string;
  readonly walDir?: string | undefined;
}

/**
 * Does `work` in directories beside the final ones (in their file systems, under names that etcd does not look at) and moves what
 * it made into place, on disk, in one step each: first the log, if it is elsewhere, then `member`. Where anything fails, nothing
 * is left, and directories that were not there before are gone again.
 *
 * @throws `etcd.restore-exists` for what came there meanwhile; what `work` throws
 */
export async function staged(
  { dataDir, walDir }: Pick<RestorePlan, 'dataDir' | 'walDir'>,
  work: (stage: Stage) => Promise<void>,
): Promise<void> {
  await using undo = new AsyncDisposableStack();
  const made = await mkdir(dataDir, { recursive: true, mode: 0o700 });
  if (made !== undefined) undo.defer(() => removeEmpty(dataDir, made));
  const mark = `.restore-${randomBytes(6).toString('hex')}`;
  const stage: Stage = {
    dataDir: join(dataDir, mark),
    ...(walDir === undefined ? {} : { walDir: `${walDir}${mark}` }),
  };
  const clear = (path: string): void => undo.defer(() => rm(path, { recursive: true, force: true }));
  clear(stage.dataDir);
  if (stage.walDir !== undefined) {
    const parent = await mkdir(dirname(stage.walDir), { recursive: true, mode: 0o700 });
    if (parent !== undefined) undo.defer(() => removeEmpty(dirname(walDir ?? ''), parent));
    clear(stage.walDir);
  }
  await work(stage);
  await syncAll(stage.dataDir);
  if (stage.walDir !== undefined) await syncAll(stage.walDir);
  await moveIntoPlace(stage, { dataDir, walDir });
  await rm(stage.dataDir, { recursive: true });
  undo.move();
}

async function moveIntoPlace(stage: Stage, { dataDir, walDir }: Stage): Promise<void> {
  const others = (await readdir(dataDir)).filter(name => join(dataDir, name) !== stage.dataDir);
  if (others.length > 0) throw raise['restore-exists']({ path: dataDir });
  if (walDir !== undefined && stage.walDir !== undefined) {
    await mkdir(walDir, { mode: 0o700 }).catch((cause: NodeJS.ErrnoException) => {
      throw cause.code === 'EEXIST' ? raise['restore-exists']({ path: walDir }, { cause }) : cause;
    });
    await rename(stage.walDir, walDir); // replaces the directory that was made a moment ago, and only an empty one
    await syncDirectory(dirname(walDir));
  }
  try {
    await rename(join(stage.dataDir, 'member'), join(dataDir, 'member'));
  } catch (thrown) {
    if (walDir !== undefined) await rm(walDir, { recursive: true });
    throw thrown;
  }
  await syncDirectory(dataDir);
}

/** Writes everything below a directory to the disk. */
async function syncAll(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    await syncDirectory(join(entry.parentPath, entry.name));
  }
  await syncDirectory(directory);
}

/** Of a file as well. */
async function syncDirectory(path: string): Promise<void> {
  await using handle = await open(path, 'r');
  await handle.sync();
}

/** Removes directories from the innermost on up to the outermost that was made, as far as they are empty. */
async function removeEmpty(innermost: string, outermost: string): Promise<void> {
  for (let path = innermost; path.length >= outermost.length; path = dirname(path)) {
    try {
      await rmdir(path);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOTEMPTY') return;
      throw thrown;
    }
  }
}
