import { readFile, stat } from 'node:fs/promises';
import { raise } from '../errors.ts';

/**
 * Refuses a file that a process holds locked: the database of a member that runs, which changes while it is read. Only
 * Linux says which files are locked, and only those of this machine; elsewhere nothing is refused.
 *
 * @throws `etcd.snapshot-missing`, `etcd.snapshot-in-use`
 */
export async function requireUnused(path: string): Promise<void> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === 'ENOENT' ? raise['snapshot-missing']({ file: path }, { cause }) : cause;
  });
  const locks = await readFile('/proc/locks', 'utf8').catch(() => '');
  for (const line of locks.split('\n')) {
    const [, , , , pid = '', place = ''] = line.trim().split(/\s+/);
    if (place.split(':')[2] === String(found.ino) && isDevice(place, found.dev)) {
      throw raise['snapshot-in-use']({ file: path, pid });
    }
  }
}

/** `fd:01:4711`: major and minor number of the device in hexadecimal digits, inode. */
function isDevice(place: string, device: number): boolean {
  const [major = '', minor = ''] = place.split(':');
  return parseInt(major, 16) === majorOf(device) && parseInt(minor, 16) === minorOf(device);
}

/** As glibc divides a `dev_t` that fits in 32 bits. */
function majorOf(device: number): number {
  return (device >>> 8) & 0xfff;
}

function minorOf(device: number): number {
  return (device & 0xff) | ((device >>> 12) & 0xfff00);
}
