import { constants } from 'node:fs';
import { linkAt, makeNodeAt, renameAt, symlinkAt, unlinkAt } from '../../posix/at.ts';
import type { Described, EntryType } from '../entry.ts';
import { applyToName, type MetadataProblem } from './target-metadata.ts';

/** The type bits of `st_mode`. */
export const typeBits: Readonly<Record<EntryType, number>> = {
  file: constants.S_IFREG,
  dir: constants.S_IFDIR,
  symlink: constants.S_IFLNK,
  dev: constants.S_IFBLK,
  chardev: constants.S_IFCHR,
  fifo: constants.S_IFIFO,
  socket: constants.S_IFSOCK,
};

/** Names in one directory, in bytes: what is made has the temporary one until it is all that it is to be. */
export interface Names {
  readonly directory: number;
  readonly name: Uint8Array;
  readonly temporary: Uint8Array;
}

/**
 * Makes a symlink, device, fifo or socket with all its metadata, in place of what had the name; answers what of its metadata
 * could not be set.
 *
 * @throws of the operating system; then nothing has changed
 */
export function makeSpecial(
  { directory, name, temporary }: Names,
  entry: Described,
): readonly MetadataProblem[] {
  create(directory, temporary, entry);
  try {
    const problems = applyToName(directory, temporary, entry);
    renameAt(directory, temporary, name);
    return problems;
  } catch (thrown) {
    unlinkAt(directory, temporary);
    throw thrown;
  }
}

function create(directory: number, name: Uint8Array, { type, target, rdev = 0n }: Described): void {
  if (type === 'symlink') {
    symlinkAt(target ?? Buffer.alloc(0), directory, name);
    return;
  }
  if (type === 'file' || type === 'dir') throw new Error(`${type} is made elsewhere`);
  const device = type === 'dev' || type === 'chardev' ? rdev : 0n;
  makeNodeAt(directory, name, { mode: typeBits[type] | ownerOnly, device });
}

const ownerOnly = 0o600;

/** A second name for an entry that is there already, in place of what had the name. @throws of the operating system */
export function makeLink(
  existing: { readonly directory: number; readonly name: Uint8Array },
  { directory, name, temporary }: Names,
): void {
  linkAt(existing, directory, temporary);
  try {
    renameAt(directory, temporary, name);
  } catch (thrown) {
    unlinkAt(directory, temporary);
    throw thrown;
  }
}
