/** Go's words for errors of the system, where they are not those of libuv. */
const words: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EBADF: 'bad file descriptor',
  EBUSY: 'device or resource busy',
  EFAULT: 'bad address',
  EINVAL: 'invalid argument',
  EIO: 'input/output error',
  EISDIR: 'is a directory',
  ELOOP: 'too many levels of symbolic links',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'file name too long',
  ENFILE: 'too many open files in system',
  ENODEV: 'no such device',
  ENOENT: 'no such file or directory',
  ENOMEM: 'cannot allocate memory',
  ENOTDIR: 'not a directory',
  ENXIO: 'no such device or address',
  EPERM: 'operation not permitted',
  ESTALE: 'stale file handle',
  ETIMEDOUT: 'connection timed out',
  ETXTBSY: 'text file busy',
};

/** What kopia says before an error, by the call that failed. */
const before: Readonly<Record<string, string>> = {
  open: 'unable to open file: unable to open local file: ',
  lstat: 'error reading directory: ',
  readlink: 'unable to read symlink: ',
  scandir: 'unable to read directory: ',
};

/** What kopia writes into a directory about an entry that it could not store. */
export function failureText(error: NodeJS.ErrnoException, localPath: string): string {
  const { code = '', syscall } = error;
  const word = words[code];
  if (syscall === undefined || word === undefined) return error.message;
  const call = syscall === 'scandir' ? 'open' : syscall;
  return `${before[syscall] ?? ''}${call} ${localPath}: ${word}`;
}

/** Whether it was listing a directory, or reading its rules, that failed. */
export function isOfDirectory({ syscall }: NodeJS.ErrnoException): boolean {
  return syscall === 'scandir';
}

/** Whether only extended attributes, which kopia does not store, could not be read. */
export function isOfAttributes({ syscall = '' }: NodeJS.ErrnoException): boolean {
  return syscall.endsWith('xattr');
}
