import { type BigIntStats, constants, readlinkSync } from 'node:fs';
import { groupName, userName } from '#repository/posix/owner-names.ts';
import { type AttributesRead, readAttributes } from '#repository/posix/read-attributes.ts';
import type { Entry, EntryType } from './entry.ts';

/** Where an entry is on this machine and in the tree. */
export interface EntryPlace {
  /** Absolute. */
  readonly local: Buffer;
  readonly path: Buffer;
  /** Whether `stat` is of what a symlink leads to. */
  readonly follow?: boolean | undefined;
}

/** Describes what `lstat` found. */
export type Describe = (stat: BigIntStats, place: EntryPlace) => LocalEntry;

/** An entry, and what could not be read of it. */
export interface LocalEntry {
  readonly entry: Entry;
  readonly error?: NodeJS.ErrnoException | undefined;
}

/** Describes what `lstat` found. @throws where a symlink does not tell where it leads */
export function localEntry(stat: BigIntStats, place: EntryPlace): LocalEntry {
  return entryWith(stat, place, readAttributes(place.local, { follow: place.follow === true }));
}

/** {@link localEntry} without extended attributes: for who only counts. */
export function plainEntry(stat: BigIntStats, place: EntryPlace): LocalEntry {
  return entryWith(stat, place, { attributes: [] });
}

function entryWith(
  stat: BigIntStats,
  { local, path }: EntryPlace,
  { attributes, error }: AttributesRead,
): LocalEntry {
  const type = typeOf(stat);
  const target = type === 'symlink' ? { target: readlinkSync(local, 'buffer') } : undefined;
  const device = type === 'dev' || type === 'chardev' ? { rdev: stat.rdev } : undefined;
  const uid = Number(stat.uid);
  const gid = Number(stat.gid);
  const entry = {
    path,
    type,
    mode: Number(stat.mode & 0o7777n),
    uid,
    gid,
    user: userName(uid),
    group: groupName(gid),
    mtime: stat.mtimeNs,
    atime: stat.atimeNs,
    ctime: stat.ctimeNs,
    inode: stat.ino,
    device: stat.dev,
    links: stat.nlink,
    size: type === 'file' ? Number(stat.size) : 0,
    ...target,
    ...device,
    attributes,
  };
  return { entry, error };
}

const types = new Map<number, EntryType>([
  [constants.S_IFREG, 'file'],
  [constants.S_IFDIR, 'dir'],
  [constants.S_IFLNK, 'symlink'],
  [constants.S_IFBLK, 'dev'],
  [constants.S_IFCHR, 'chardev'],
  [constants.S_IFIFO, 'fifo'],
  [constants.S_IFSOCK, 'socket'],
]);

export function typeOf(stat: BigIntStats): EntryType {
  const format = Number(stat.mode) & constants.S_IFMT;
  const type = types.get(format);
  if (type === undefined) throw new Error(`an entry of an unknown kind: ${format.toString(8)}`);
  return type;
}
