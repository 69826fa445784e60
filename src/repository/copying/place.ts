import type { StoreOptions } from '#storage/object-store.ts';
import type { Browsable, BrowsedSnapshot, Described, StoredEntry } from '../browsing/browsable.ts';
import { type BytePath, bytePath, pathBytes } from '../trees/byte-path.ts';

/** What of a snapshot is copied: the entry at one path. */
export interface SnapshotPlace {
  readonly path: string;
  readonly entry: StoredEntry;
}

/**
 * The one path that a snapshot is of, and the entry there. Where several paths were stored, it is the directory above all of them; where
 * the snapshot's tree begins above its path, as restic's do, it is followed down to there. A tree of a path that was given relative
 * to another directory begins there, or at the path itself.
 *
 * @param fromAbove whether the source's trees begin above the path
 * @throws as reading a directory does
 */
export async function placeOf(
  source: Browsable,
  snapshot: BrowsedSnapshot,
  { fromAbove, signal }: StoreOptions & { readonly fromAbove: boolean },
): Promise<SnapshotPlace> {
  const path = commonPath(snapshot.paths);
  const root = { ...snapshot.root, described: snapshot.root.described ?? madeUp(snapshot.time) };
  const segments = fromAbove ? segmentsOf(path) : [];
  for (let from = 0; from < segments.length; from++) {
    const entry = await follow(source, root, segments.slice(from), { signal });
    if (entry !== undefined) return { path, entry };
  }
  return { path, entry: root };
}

/** The entry at the end of a chain of directories, each of which holds nothing but the next. */
async function follow(
  source: Browsable,
  root: StoredEntry,
  segments: readonly BytePath[],
  { signal }: StoreOptions,
): Promise<StoredEntry | undefined> {
  let entry = root;
  for (const segment of segments) {
    if (entry.directory === undefined) return undefined;
    const [next, more] = await source.list(entry.directory, { targets: true, signal });
    if (next?.name !== segment || more !== undefined) return undefined;
    entry = next;
  }
  return entry;
}

/** The only path, or the directory above all paths; `/` where they have nothing in common. */
export function commonPath(paths: readonly string[]): string {
  const [first = '/', ...others] = paths;
  if (others.length === 0) return first;
  const lists = paths.map(path => path.split('/'));
  const shortest = Math.min(...lists.map(list => list.length - 1));
  let common = 0;
  while (common < shortest && lists.every(list => list[common] === lists[0]?.[common])) common++;
  return lists[0]?.slice(0, common).join('/') || '/';
}

/** The names on the way to a path; none of them leads elsewhere. */
export function segmentsOf(path: string): readonly BytePath[] {
  return path
    .split('/')
    .filter(segment => segment !== '' && segment !== '.' && segment !== '..')
    .map(segment => bytePath(Buffer.from(segment)));
}

/** The last name of a path; `/` has none. */
export function lastName(path: string): string {
  return pathBytes(segmentsOf(path).at(-1) ?? '').toString();
}

/** A directory of which nothing is known, as everybody may look into. */
export function madeUp(time: bigint): Described {
  return {
    type: 'dir',
    mode: 0o755,
    uid: 0,
    gid: 0,
    mtime: time,
    atime: time,
    ctime: time,
    inode: 0n,
    device: 0n,
    links: 0n,
    size: 0,
    attributes: [],
  };
}
