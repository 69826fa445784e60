import type { ExtendedAttribute } from '../posix/extended-attribute.ts';

/** What an entry of a file system can be. */
export type EntryType = 'file' | 'dir' | 'symlink' | 'dev' | 'chardev' | 'fifo' | 'socket';

/** An entry of a tree of files, with all that a faithful copy needs besides a file's content. */
export interface Entry {
  /** Segments of any bytes but NUL and `/`, joined by `/`, without a leading or final one. */
  readonly path: Buffer;
  readonly type: EntryType;
  /** The low twelve bits of `st_mode`: permissions, setuid, setgid, sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Names of the owners; absent where the system has none for the number. */
  readonly user?: string | undefined;
  readonly group?: string | undefined;
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
  readonly atime: bigint;
  readonly ctime: bigint;
  /** Inode, device and number of links: files that share the first two are one file under several names. 0 where unknown. */
  readonly inode: bigint;
  readonly device: bigint;
  readonly links: bigint;
  /** Bytes; 0 unless it is a file. */
  readonly size: number;
  /** Where a symlink leads. */
  readonly target?: Buffer | undefined;
  /** What a device node stands for: `st_rdev`. */
  readonly rdev?: bigint | undefined;
  readonly attributes: readonly ExtendedAttribute[];
}

/** What is known of an entry besides where it is. */
export type Described = Omit<Entry, 'path'>;
