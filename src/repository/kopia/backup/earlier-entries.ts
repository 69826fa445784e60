import type { BytePath } from '../../trees/byte-path.ts';
import type { Entry } from '../../trees/entry.ts';
import { type DirectoryEntry, goMode, type NewDirectoryEntry } from '../format/directory.ts';
import type { EntryTexts } from '../format/directory-texts.ts';
import type { ObjectId } from '../format/object-id.ts';
import type { SnapshotDirectory } from './directory.ts';
import { previousName } from './previous-directories.ts';

/** An entry of a directory, but for its name. */
export function entryOf(
  { type, mode, mtime, uid, gid }: Omit<Entry, 'path'>,
  { object, size }: { readonly object: ObjectId; readonly size: number },
): Omit<NewDirectoryEntry, 'name'> {
  const letter = type === 'dir' ? 'd' : type === 'symlink' ? 's' : 'f';
  return { type: letter, mode: goMode(mode), size, mtime, uid, gid, object };
}

/** The root's entry where it is a file. @param size bytes that were read of it */
export function rootFileEntry(
  name: string,
  entry: Omit<NewDirectoryEntry, 'name'>,
  size: number = entry.size,
): DirectoryEntry {
  const summary = { size, files: 1, symlinks: 0, dirs: 0, maxTime: entry.mtime, incomplete: '', failed: 0 };
  return { ...entry, name, summary: { ...summary, ignoredErrors: 0, errors: [] } };
}

/** What a directory of that object is beside those that earlier snapshots have in its place. */
export function comparison(
  above: SnapshotDirectory,
  name: BytePath,
  object: ObjectId,
): 'new' | 'changed' | 'unmodified' {
  const known = knownAs(above, name);
  if (known.length === 0) return 'new';
  return known.some(each => each.object === object) ? 'unmodified' : 'changed';
}

/** What earlier snapshots have under that name in a directory. */
export function knownAs({ previous }: SnapshotDirectory, name: BytePath): readonly EntryTexts[] {
  const key = previous.length === 0 ? undefined : previousName(name);
  if (key === undefined) return nothing;
  const found: EntryTexts[] = [];
  for (let at = 0; at < previous.length; at++) {
    const known = previous[at]?.texts.find(key);
    if (known !== undefined) found.push(known);
  }
  return found;
}

const nothing: readonly EntryTexts[] = [];
