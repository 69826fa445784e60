import { constants, platform } from 'node:os';
import type { ExtendedAttribute } from './extended-attribute.ts';
import { cString, errno, type LibcFunction, libc, systemError } from './libc.ts';

/** The extended attributes of an entry, as far as they could be read. */
export interface AttributesRead {
  /** In the order in which the file system names them. */
  readonly attributes: readonly ExtendedAttribute[];
  /** Why there may be more. */
  readonly error?: NodeJS.ErrnoException | undefined;
}

/**
 * The extended attributes of what is at a path; of a symlink itself unless it is to be followed. A file system without attributes has none,
 * and so has every entry on a system that is not Linux. An attribute that goes away in between is left out.
 */
export function readAttributes(
  path: Uint8Array,
  options: { readonly follow?: boolean } = {},
): AttributesRead {
  calls ??= platform() === 'linux' ? linuxCalls() : null;
  if (calls === null) return nothing;
  const { list, get } = options.follow === true ? calls.followed : calls.itself;
  const named = termed(path);
  const length = list(named, names, names.length);
  if (length === 0) return nothing;
  if (length < 0) return isAbsent(errno()) ? nothing : { attributes: [], error: failure('listxattr', path) };
  return readValues(get, named, Buffer.from(names.subarray(0, length)));
}

/**
 * Whether there may be extended attributes: no only where the system says that there are none, or that it has none at all. Of a symlink itself.
 *
 * @param path ends with a NUL
 */
export function mayHaveAttributes(path: Uint8Array): boolean {
  calls ??= platform() === 'linux' ? linuxCalls() : null;
  if (calls === null) return false;
  const length = calls.itself.list(path, null, 0);
  return length !== 0 && !(length < 0 && isAbsent(errno()));
}

const nothing: AttributesRead = { attributes: [] };

interface Calls {
  readonly list: LibcFunction;
  readonly get: LibcFunction;
}

let calls: { readonly itself: Calls; readonly followed: Calls } | null | undefined;

function linuxCalls(): { readonly itself: Calls; readonly followed: Calls } {
  const list = ['const void *', 'void *', 'size_t'];
  const get = ['const void *', 'const void *', 'void *', 'size_t'];
  return {
    itself: { list: libc('llistxattr', 'int64', list), get: libc('lgetxattr', 'int64', get) },
    followed: { list: libc('listxattr', 'int64', list), get: libc('getxattr', 'int64', get) },
  };
}

/** Linux hands out no longer list and no longer value: `XATTR_LIST_MAX`, `XATTR_SIZE_MAX`. */
const longest = 65536;
const names = Buffer.alloc(longest);
const valueBuffer = Buffer.alloc(longest);

/** One buffer serves nearly every path: allocating one for each costs as much as the call. */
const pathBuffer = Buffer.alloc(4096);

function termed(path: Uint8Array): Buffer {
  if (path.length >= pathBuffer.length || path.includes(0)) return cString(path);
  pathBuffer.set(path);
  pathBuffer[path.length] = 0;
  return pathBuffer;
}

function readValues(get: LibcFunction, path: Buffer, list: Buffer): AttributesRead {
  const attributes: ExtendedAttribute[] = [];
  let error: NodeJS.ErrnoException | undefined;
  for (let at = 0; at < list.length; ) {
    const end = list.indexOf(0, at);
    const name = list.subarray(at, end + 1);
    at = end + 1;
    const length = get(path, name, valueBuffer, longest);
    if (length >= 0) {
      const value = Buffer.from(valueBuffer.subarray(0, length));
      attributes.push({ name: name.toString('utf8', 0, name.length - 1), value });
    } else if (!isAbsent(errno())) {
      error ??= failure('getxattr', path.subarray(0, path.indexOf(0)));
    }
  }
  return error === undefined ? { attributes } : { attributes, error };
}

function failure(syscall: string, path: Uint8Array): NodeJS.ErrnoException {
  return systemError(syscall, path);
}

function isAbsent(number: number): boolean {
  const { ENODATA, ENOTSUP, EOPNOTSUPP } = constants.errno;
  return number === ENODATA || number === ENOTSUP || number === EOPNOTSUPP;
}
