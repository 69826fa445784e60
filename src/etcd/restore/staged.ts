import { mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { raise } from '../errors.ts';
import { logStage, type Places, requireNone, stageMark } from './places.ts';

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
 * @throws `etcd.restore-exists`, `etcd.restore-unfinished` for what came there meanwhile; what `work` throws
 */
export async function staged(
  { dataDir, walDir }: Places,
  work: (stage: Stage) => Promise<void>,
): Promise<void> {
  await using undo = new AsyncDisposableStack();
  const clear = (path: string): void => undo.defer(() => rm(path, { recursive: true, force: true }));
  await makeParents(dataDir, undo);
  await makeOwn(dataDir, undo);
  const mark = stageMark();
  const stage: Stage = {
    dataDir: join(dataDir, mark),
    ...(walDir === undefined ? {} : { walDir: join(logStage(walDir, mark), 'wal') }),
  };
  clear(stage.dataDir);
  if (stage.walDir !== undefined) {
    // Etcd makes a log under a name beside its own, which a program that is ended leaves: both are in this directory.
    const logs = dirname(stage.walDir);
    await makeParents(logs, undo);
    await mkdir(logs, { mode: 0o700 });
    clear(logs);
  }
  await work(stage);
  await syncAll(stage.dataDir);
  if (stage.walDir !== undefined) await syncAll(stage.walDir);
  await moveIntoPlace(stage, { dataDir, walDir });
  await rm(stage.dataDir, { recursive: true });
  if (stage.walDir !== undefined) await rm(dirname(stage.walDir), { recursive: true });
  undo.move();
}

/** Those that are not there yet are made as everywhere: others may have to pass through them. */
async function makeParents(path: string, undo: AsyncDisposableStack): Promise<void> {
  const parent = dirname(path);
  const outermost = await mkdir(parent, { recursive: true });
  if (outermost !== undefined) undo.defer(() => removeEmpty(parent, outermost));
}

/** Makes the directory for its owner alone, as etcd does; one that is there stays as it is. */
async function makeOwn(path: string, undo: AsyncDisposableStack): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw thrown;
  }
  undo.defer(() => removeEmpty(path, path));
}

/** All of it, or nothing. */
async function moveIntoPlace(stage: Stage, { dataDir, walDir }: Places): Promise<void> {
  const entries = await readdir(dataDir);
  const others = entries.filter(name => join(dataDir, name) !== stage.dataDir);
  await requireNone(others, { dataDir, walDir });
  await using undo = new AsyncDisposableStack();
  const move = async (from: string, to: string): Promise<void> => {
    await rename(from, to);
    undo.defer(() => rename(to, from));
    await syncDirectory(dirname(to));
  };
  if (walDir !== undefined && stage.walDir !== undefined) {
    await mkdir(walDir, { mode: 0o700 }).catch((cause: NodeJS.ErrnoException) => {
      throw cause.code === 'EEXIST' ? raise['restore-exists']({ path: walDir }, { cause }) : cause;
    });
    undo.defer(() => removeEmpty(walDir, walDir));
    await move(stage.walDir, walDir); // replaces the directory that was made a moment ago, and only an empty one
  }
  await move(join(stage.dataDir, 'member'), join(dataDir, 'member'));
  undo.move();
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

/** Removes directories from the innermost on up to the outermost that was made, as far as they are there and empty. */
async function removeEmpty(innermost: string, outermost: string): Promise<void> {
  for (let path = innermost; path.length >= outermost.length; path = dirname(path)) {
    try {
      await rmdir(path);
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      if (code === 'ENOTEMPTY') return;
      if (code !== 'ENOENT') throw thrown;
    }
  }
}
