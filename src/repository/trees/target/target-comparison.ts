import { constants } from 'node:fs';
import type { EntryStatus } from '../../posix/at.ts';
import type { BytePath } from '../byte-path.ts';
import type { Described } from '../entry.ts';
import type { DirectoryTarget, EnteredDirectory } from './directory-target.ts';
import type { Difference } from './target-event.ts';
import { codeOf } from './target-metadata.ts';
import { typeBits } from './target-special.ts';

/** An entry, and where it is to be. */
export interface PlacedEntry {
  readonly directory: EnteredDirectory;
  readonly name: BytePath;
  readonly entry: Described;
}

/** How what is in the target differs from an entry; a file's content is not looked at. */
export function differencesOf(target: DirectoryTarget, placed: PlacedEntry): readonly Difference[] {
  const status = statusOf(target, placed);
  const { type } = placed.entry;
  if (status === undefined) return ['missing'];
  if ((status.mode & constants.S_IFMT) !== typeBits[type]) return ['type'];
  const own = type === 'symlink' ? linkDifferences(target, placed) : modeDifferences(status, placed.entry);
  return [...own, ...commonDifferences(status, placed.entry)];
}

/** Nothing, too, where a directory on the way is none any more. */
function statusOf(target: DirectoryTarget, { directory, name }: PlacedEntry): EntryStatus | undefined {
  try {
    return target.status(directory, name);
  } catch (thrown) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(codeOf(thrown))) return undefined;
    throw thrown;
  }
}

function commonDifferences(status: EntryStatus, { uid, gid, mtime }: Described): readonly Difference[] {
  const owner = status.uid === uid && status.gid === gid;
  return [...(owner ? [] : (['owner'] as const)), ...(status.mtime === mtime ? [] : (['mtime'] as const))];
}

function linkDifferences(
  target: DirectoryTarget,
  { directory, name, entry }: PlacedEntry,
): readonly Difference[] {
  return target.leadsTo(directory, name).equals(entry.target ?? nowhere) ? [] : ['target'];
}

function modeDifferences(status: EntryStatus, { type, mode, rdev }: Described): readonly Difference[] {
  const isDevice = type === 'dev' || type === 'chardev';
  const device = !isDevice || status.rdev === rdev;
  return [
    ...((status.mode & 0o7777) === mode ? [] : (['mode'] as const)),
    ...(device ? [] : (['device'] as const)),
  ];
}

const nowhere = Buffer.alloc(0);
