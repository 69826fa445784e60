import { constants } from 'node:fs';
import { constants as system } from 'node:os';
import { errno, type LibcFunction, libc, passedName, systemError } from './libc.ts';

/**
 * Calls on an entry of an open directory, by its name there: no other part of a path is looked up, and a symlink that
 * has the name is never followed. Linux only. All throw as Node's own file calls do.
 */

/** Of Linux's `fcntl.h`; the same on every architecture that Node runs on. */
const closeOnExec = 0o2000000;
const noFollow = 0x100;
const removeDirectory = 0x200;
const basicStatus = 0x7ff;
const statusSize = 256;

/** What a file system says of an entry. */
export interface EntryStatus {
  /** `st_mode`: the type in the high bits, permissions in the low twelve. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
  readonly inode: bigint;
  /** Of the file system that holds it: `st_dev`. */
  readonly device: bigint;
  /** What a device node stands for: `st_rdev`. */
  readonly rdev: bigint;
  /** Bytes. */
  readonly size: number;
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
}

/** A function of the C library, looked up when it is first called. */
function lazily(name: string, parameters: readonly string[]): LibcFunction {
  let found: LibcFunction | undefined;
  return (...given) => {
    found ??= libc(name, 'int', parameters);
    return found(...given);
  };
}

const at = ['int', 'const void *'] as const;
const openatCall = lazily('openat', [...at, 'int', 'int']);
const closeCall = lazily('close', ['int']);
const mkdiratCall = lazily('mkdirat', [...at, 'int']);
const unlinkatCall = lazily('unlinkat', [...at, 'int']);
const renameatCall = lazily('renameat', [...at, ...at]);
const linkatCall = lazily('linkat', [...at, ...at, 'int']);
const symlinkatCall = lazily('symlinkat', ['const void *', ...at]);
const mknodatCall = lazily('mknodat', [...at, 'int', 'int64']);
const fchownatCall = lazily('fchownat', [...at, 'int', 'int', 'int']);
const fchmodatCall = lazily('fchmodat', [...at, 'int', 'int']);
const utimensatCall = lazily('utimensat', [...at, 'const void *', 'int']);
const statxCall = lazily('statx', [...at, 'int', 'int', 'void *']);
const fchownCall = lazily('fchown', ['int', 'int', 'int']);
const fchmodCall = lazily('fchmod', ['int', 'int']);
const futimensCall = lazily('futimens', ['int', 'const void *']);

function check(result: number, syscall: string, name: Uint8Array): number {
  if (result === -1) throw systemError(syscall, name);
  return result;
}

/** A descriptor of what has that name; `flags` are those of `open`. */
export function openAt(directory: number, name: Uint8Array, flags: number, permissions: number = 0): number {
  const all = flags | constants.O_NOFOLLOW | closeOnExec;
  return check(openatCall(directory, passedName(name), all, permissions), 'openat', name);
}

/** A descriptor of the directory of that name; what is no directory is `ENOTDIR`. */
export function openDirectoryAt(directory: number, name: Uint8Array): number {
  return openAt(directory, name, constants.O_RDONLY | constants.O_DIRECTORY);
}

/** Closes what these calls opened; Node keeps a list of what it opened itself. */
export function closeDescriptor(descriptor: number): void {
  closeCall(descriptor);
}

export function makeDirectoryAt(directory: number, name: Uint8Array, permissions: number): void {
  check(mkdiratCall(directory, passedName(name), permissions), 'mkdirat', name);
}

/** Removes what is no directory. */
export function unlinkAt(directory: number, name: Uint8Array): void {
  check(unlinkatCall(directory, passedName(name), 0), 'unlinkat', name);
}

/** Removes an empty directory. */
export function removeDirectoryAt(directory: number, name: Uint8Array): void {
  check(unlinkatCall(directory, passedName(name), removeDirectory), 'unlinkat', name);
}

/** Gives an entry another name of the same directory; what had that name, and was no directory, is gone. */
export function renameAt(directory: number, from: Uint8Array, to: Uint8Array): void {
  check(renameatCall(directory, passedName(from), directory, passedName(to, 1)), 'renameat', to);
}

/** A second name for what is no directory; a symlink itself gets it, not what it leads to. */
export function linkAt(
  existing: { readonly directory: number; readonly name: Uint8Array },
  directory: number,
  name: Uint8Array,
): void {
  const from = passedName(existing.name);
  check(linkatCall(existing.directory, from, directory, passedName(name, 1), 0), 'linkat', name);
}

export function symlinkAt(target: Uint8Array, directory: number, name: Uint8Array): void {
  check(symlinkatCall(passedName(target), directory, passedName(name, 1)), 'symlinkat', name);
}

/** A device, fifo or socket: `mode` has the type, `device` is what a device node stands for. */
export function makeNodeAt(
  directory: number,
  name: Uint8Array,
  { mode, device }: { readonly mode: number; readonly device: bigint },
): void {
  check(mknodatCall(directory, passedName(name), mode, device), 'mknodat', name);
}

export function changeOwnerAt(
  directory: number,
  name: Uint8Array,
  { uid, gid }: { readonly uid: number; readonly gid: number },
): void {
  check(fchownatCall(directory, passedName(name), uid | 0, gid | 0, noFollow), 'fchownat', name);
}

export function changeOwner(
  descriptor: number,
  { uid, gid }: { readonly uid: number; readonly gid: number },
): void {
  check(fchownCall(descriptor, uid | 0, gid | 0), 'fchown', empty);
}

/** `mode` are the low twelve bits. */
export function changeModeAt(directory: number, name: Uint8Array, mode: number): void {
  check(fchmodatCall(directory, passedName(name), mode, noFollow), 'fchmodat', name);
}

export function changeMode(descriptor: number, mode: number): void {
  check(fchmodCall(descriptor, mode), 'fchmod', empty);
}

/** Nanoseconds since 1970, kept to the last of them. */
export interface EntryTimes {
  readonly atime: bigint;
  readonly mtime: bigint;
}

export function changeTimesAt(directory: number, name: Uint8Array, times: Uint8Array): void {
  check(utimensatCall(directory, passedName(name), times, noFollow), 'utimensat', name);
}

/** `times` are what {@link timeSpecs} made. */
export function changeTimes(descriptor: number, times: Uint8Array): void {
  check(futimensCall(descriptor, times), 'futimens', empty);
}

const empty = Buffer.alloc(0);
const perSecond = 1_000_000_000n;
/** Bytes of {@link timeSpecs}. */
export const timeSpecsSize = 32;

/** Fills memory with times as the calls take them: two `struct timespec`, whose fraction is never negative. */
export function timeSpecs({ atime, mtime }: EntryTimes, into: Buffer): void {
  putTime(atime, into, 0);
  putTime(mtime, into, 16);
}

function putTime(time: bigint, into: Buffer, offset: number): void {
  const fraction = ((time % perSecond) + perSecond) % perSecond;
  into.writeBigInt64LE((time - fraction) / perSecond, offset);
  into.writeBigInt64LE(fraction, offset + 8);
}

const status = Buffer.alloc(statusSize);

/** What has that name; `undefined` where nothing does. */
export function statusAt(directory: number, name: Uint8Array): EntryStatus | undefined {
  const result = statxCall(directory, passedName(name), noFollow, basicStatus, status);
  if (result === 0) return readStatus();
  if (errno() === system.errno.ENOENT) return undefined;
  throw systemError('statx', name);
}

/** `struct statx` of Linux's `stat.h`: the same bytes on every little-endian architecture. */
function readStatus(): EntryStatus {
  const pair = (at: number) => deviceNumber(status.readUInt32LE(at), status.readUInt32LE(at + 4));
  return {
    links: status.readUInt32LE(16),
    uid: status.readUInt32LE(20),
    gid: status.readUInt32LE(24),
    mode: status.readUInt16LE(28),
    inode: status.readBigUInt64LE(32),
    size: Number(status.readBigUInt64LE(40)),
    mtime: status.readBigInt64LE(112) * perSecond + BigInt(status.readUInt32LE(120)),
    rdev: pair(128),
    device: pair(136),
  };
}

/** `makedev` of the C library. */
export function deviceNumber(major: number, minor: number): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)];
  const upper = ((high & 0xfffff000n) << 32n) | ((low & 0xffffff00n) << 12n);
  return upper | ((high & 0xfffn) << 8n) | (low & 0xffn);
}
