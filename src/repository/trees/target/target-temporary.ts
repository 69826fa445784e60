import { changeModeAt, type EntryStatus, unlinkAt } from '../../posix/at.ts';
import { codeOf } from './target-metadata.ts';
import { namesIn } from './target-removal.ts';

const mark = '.hozon-restore-';
const pattern = /^\.hozon-restore-(\d+)-[0-9a-f]+-/;

/** How the names begin that a process gives to what it has not finished; `token` tells its restores apart. */
export function temporaryPrefix(process: number, token: string): string {
  return `${mark}${process}-${token}-`;
}

/** Removes what processes that were killed left unfinished in an open directory; of living ones nothing. */
export function removeStale(directory: number, own: string): void {
  for (const name of namesIn(directory)) {
    const text = name.toString('latin1');
    const maker = pattern.exec(text)?.[1];
    if (maker === undefined || text.startsWith(own) || isAlive(Number(maker))) continue;
    try {
      unlinkAt(directory, name);
    } catch (thrown) {
      // a directory was not made by a restore; what is gone, another one removed
      if (!['EISDIR', 'EPERM', 'ENOENT'].includes(codeOf(thrown))) throw thrown;
    }
  }
}

function isAlive(process_: number): boolean {
  try {
    process.kill(process_, 0);
    return true;
  } catch (thrown) {
    return codeOf(thrown) !== 'ESRCH';
  }
}

const ownerAll = 0o700;

/** Lets its owner work in a directory that is closed to him; its own mode comes back when it is left. */
export function makeUsable(directory: number, name: Uint8Array, { mode, uid }: EntryStatus): void {
  const me = process.geteuid?.();
  if (me === 0 || me !== uid || (mode & ownerAll) === ownerAll) return;
  changeModeAt(directory, name, (mode & 0o7777) | ownerAll);
}
