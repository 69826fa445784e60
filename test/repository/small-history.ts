import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import type { Restic } from '#testbed/restic.ts';

/** Makes a directory and three snapshots of it with changes between them: a few kilobytes in a few files of each sort. */
export async function writeSmallHistory(source: string, restic: Restic): Promise<void> {
  const backup = (): Promise<string> => restic.run(['backup', '.', '--host', 'here'], { cwd: source });
  await mkdir(`${source}/directory/below`, { recursive: true });
  await mkdir(`${source}/empty directory`);
  await writeFile(`${source}/first`, randomBytes(300));
  await writeFile(`${source}/directory/text`, 'text '.repeat(100));
  await writeFile(`${source}/directory/below/same text`, 'text '.repeat(100));
  await writeFile(`${source}/directory/empty`, '');
  await writeFile(Buffer.concat([Buffer.from(`${source}/directory/`), Buffer.of(0xff, 0x22)]), 'not UTF-8');
  await symlink('../first', `${source}/directory/link`);
  await backup();
  await writeFile(`${source}/directory/second`, randomBytes(200));
  await rename(`${source}/first`, `${source}/moved`);
  await backup();
  await rm(`${source}/directory/below`, { recursive: true });
  await writeFile(`${source}/third`, 'third');
  await backup();
}
