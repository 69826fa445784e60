import { randomBytes } from 'node:crypto';
import { appendFile, chmod, chown, mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimes } from './file-calls.ts';

/** Bytes that are found in order, and so compress. */
const text = (length: number): Buffer =>
  Buffer.from('a line of text\n'.repeat(length / 15 + 1)).subarray(0, length);

/** A tree with all that kopia's format holds: files of many sizes, directories, symlinks, modes, owners, times to the nanosecond. */
export async function writeKopiaTree(root: string): Promise<void> {
  await mkdir(join(root, 'contents/deep/er/still'), { recursive: true });
  await mkdir(join(root, 'empty directory'));
  await mkdir(join(root, 'names'));
  const contents: Readonly<Record<string, Buffer>> = {
    empty: Buffer.alloc(0),
    'one byte': Buffer.of(7),
    text: text(10_000),
    'much text': text(3_000_000),
    random: randomBytes(200_000),
    'many chunks': randomBytes(21_000_000),
    zeros: Buffer.alloc(9_000_000),
    'deep/er/still/here': Buffer.from('here'),
  };
  for (const [name, bytes] of Object.entries(contents)) await writeFile(join(root, 'contents', name), bytes);
  await writeFile(join(root, 'contents/the same again'), contents['random'] ?? '');
  for (let at = 0; at < 200; at++) await writeFile(join(root, `names/${at} ü <&> 保存`), `${at} `.repeat(at));
  await symlink('../contents/text', join(root, 'names/link'));
  await symlink('nowhere', join(root, 'names/dangling'));
  for (const [name, mode] of [
    ['contents/text', 0o4750],
    ['contents/empty', 0o000],
    ['contents/deep', 0o1777],
    ['contents/deep/er', 0o2755],
  ] as const) {
    await chmod(join(root, name), mode);
  }
  await chown(join(root, 'contents/random'), 1234, 5678);
  for (const [name, mtime] of [
    ['contents/one byte', 1_000_000_000_123_456_789n],
    ['contents/deep/er/still', 1_500_000_000_000_000_001n],
    ['names/link', 1_400_000_000_987_654_321n],
  ] as const) {
    setTimes(Buffer.from(join(root, name)), { atime: mtime, mtime });
  }
}

/** Changes of every sort. */
export async function changeKopiaTree(root: string): Promise<void> {
  await appendFile(join(root, 'contents/many chunks'), 'more');
  await rename(join(root, 'contents/random'), join(root, 'contents/moved'));
  await rm(join(root, 'contents/zeros'));
  await writeFile(join(root, 'contents/zeros'), text(100));
  await rm(join(root, 'contents/much text'));
  await mkdir(join(root, 'contents/much text'));
  await chmod(join(root, 'contents/text'), 0o600);
  await utimes(join(root, 'names/3 ü <&> 保存'), 1, 2);
  await rm(join(root, 'contents/deep'), { recursive: true });
  await writeFile(join(root, 'new'), randomBytes(5_000_000));
}
