import { posix } from 'node:path';

/**
 * A path as a string with one character a byte (Latin-1), so that names of any bytes can be split, joined, and compared
 * in the order of their bytes.
 */
export type BytePath = string;

export function bytePath(bytes: Uint8Array): BytePath {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

export function pathBytes(path: BytePath): Buffer {
  return Buffer.from(path, 'latin1');
}

/** Without `.`, doubled slashes, a final slash, and `..` where something is before it; `.` for nothing. */
export function clean(path: BytePath): BytePath {
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}

export function joined(directory: BytePath, name: BytePath): BytePath {
  return directory === '' ? name : directory.endsWith('/') ? directory + name : `${directory}/${name}`;
}
