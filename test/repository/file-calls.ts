import { cString, libc, systemError } from '#repository/posix/libc.ts';

/*
 * Calls of the C library that Node has none for, made here from the manual's pages: what the suites put into a tree and
 * find in one shall not rest on the code that they test.
 */

const path = 'const void *';
const calls = {
  lsetxattr: lazily('lsetxattr', 'int', [path, path, path, 'size_t', 'int']),
  llistxattr: lazily('llistxattr', 'int64', [path, 'void *', 'size_t']),
  lgetxattr: lazily('lgetxattr', 'int64', [path, path, 'void *', 'size_t']),
  mknod: lazily('mknod', 'int', [path, 'uint32', 'uint64']),
  utimensat: lazily('utimensat', 'int', ['int', path, path, 'int']),
};

const attributeLimit = 65_536;
const thisDirectory = -100;
const notFollowed = 0x100;

function lazily(...described: Parameters<typeof libc>): () => ReturnType<typeof libc> {
  let call: ReturnType<typeof libc> | undefined;
  return () => {
    call ??= libc(...described);
    return call;
  };
}

/** Gives an entry an extended attribute; a symlink gets it itself. */
export function setAttribute(entry: Buffer, name: string, value: Buffer): void {
  const failed = calls.lsetxattr()(cString(entry), cString(Buffer.from(name)), value, value.length, 0);
  if (failed !== 0) throw systemError(`lsetxattr ${name}`, entry);
}

/** `user.a=0102`, in the order of the names. */
export function attributesOf(entry: Buffer): string[] {
  const list = Buffer.alloc(attributeLimit);
  const length = calls.llistxattr()(cString(entry), list, list.length);
  if (length < 0) throw systemError('llistxattr', entry);
  const names = list.toString('latin1', 0, length).split('\0').filter(Boolean).sort();
  return names.map(name => `${name}=${attribute(entry, name).toString('hex')}`);
}

function attribute(entry: Buffer, name: string): Buffer {
  const value = Buffer.alloc(attributeLimit);
  const length = calls.lgetxattr()(cString(entry), cString(Buffer.from(name, 'latin1')), value, value.length);
  if (length < 0) throw systemError(`lgetxattr ${name}`, entry);
  return value.subarray(0, length);
}

/** Makes a device, a fifo or a socket: `mode` has the type and the permissions. */
export function makeNode(entry: Buffer, mode: number, device = 0n): void {
  if (calls.mknod()(cString(entry), mode, device) !== 0) throw systemError('mknod', entry);
}

/** Sets both times to the nanosecond; a symlink gets them itself. */
export function setTimes(entry: Buffer, times: { readonly atime: bigint; readonly mtime: bigint }): void {
  const both = Buffer.alloc(32);
  for (const [at, time] of [times.atime, times.mtime].entries()) {
    const nanoseconds = ((time % second) + second) % second;
    both.writeBigInt64LE((time - nanoseconds) / second, at * 16);
    both.writeBigInt64LE(nanoseconds, at * 16 + 8);
  }
  const failed = calls.utimensat()(thisDirectory, cString(entry), both, notFollowed);
  if (failed !== 0) throw systemError('utimensat', entry);
}

const second = 1_000_000_000n;
