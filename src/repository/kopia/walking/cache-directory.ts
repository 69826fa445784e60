import { closeSync, lstatSync, openSync, readSync } from 'node:fs';

const marker = 'CACHEDIR.TAG';
const signature = Buffer.from('Signature: 8a477f597d28d172789f06886806bc55');

/** Whether a directory says, as bford.info/cachedir describes, that what is in it can be made again. Where that cannot be read, it does not. */
export function isCacheDirectory(directory: Buffer, names: readonly string[]): boolean {
  if (!names.includes(marker)) return false;
  const path = Buffer.concat([directory, Buffer.from(`/${marker}`)]);
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    return stat?.isFile() === true && stat.size >= signature.length && beginning(path).equals(signature);
  } catch {
    return false;
  }
}

function beginning(path: Buffer): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(signature.length);
    return bytes.subarray(0, readSync(file, bytes));
  } finally {
    closeSync(file);
  }
}
