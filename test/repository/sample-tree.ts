import { randomBytes } from 'node:crypto';
import { mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Files of every sort that reading a repository has to cope with, in a new directory. */
export async function writeSampleTree(root: string): Promise<void> {
  await mkdir(join(root, 'empty directory'), { recursive: true });
  await mkdir(join(root, 'deep/er/and/deeper'), { recursive: true });
  await writeFile(join(root, 'empty'), '');
  await writeFile(join(root, 'text <&> "quoted" \\'), 'some text\n'.repeat(1000));
  await writeFile(join(root, '日本語\n'), '内容');
  await writeFile(Buffer.concat([Buffer.from(`${root}/not UTF-8 `), Buffer.of(0xff, 0xfe)]), 'bytes');
  await writeFile(join(root, 'deep/er/and/deeper/random'), randomBytes(300_000));
  await writeFile(join(root, 'large'), randomBytes(7_000_000));
  await writeFile(join(root, 'zeros'), new Uint8Array(3_000_000));
  await symlink('deep/er', join(root, 'link'));
  await utimes(join(root, 'empty'), 1_000_000_000.5, 1_000_000_000.25);
}
