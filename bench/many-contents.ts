import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { toStderr } from '#testbed/narration.ts';
import { build } from '../scripts/build.ts';
import { makeKopiaOfMany } from './kopia-of-many.ts';
import { measureTool, type Usage } from './processes.ts';

/**
 * `many-contents.ts [--contents '625000;2500000;10000000'] [--directory DIR]`: makes kopia repositories of so many small contents, and
 * measures how long Hozon takes, and with how much memory, to open one, to list a directory of it, and to restore one file. Prints
 * a Markdown table.
 */
const password = 'bench';

const actions: Readonly<Record<string, (target: string) => readonly string[]>> = {
  'open, list snapshots': () => ['repo', 'snapshots'],
  'list a directory of 1,000': () => ['repo', 'ls', 'latest:/0/0'],
  'restore one file': target => ['repo', 'restore', 'latest:/0/1/2', '--target', target],
};

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      contents: { type: 'string', default: '625000;2500000;10000000' },
      directory: { type: 'string', default: tmpdir() },
    },
  });
  const home = await mkdtemp(join(values.directory, 'hozon-many-'));
  try {
    await build(join(home, 'dist'));
    await symlink(resolve(import.meta.dirname, '../node_modules'), join(home, 'node_modules'));
    process.stdout.write('| contents | | wall, s | processor, s | peak, MiB |\n|---|---|---|---|---|\n');
    for (const contents of values.contents.split(';').map(Number)) await measure(home, contents);
  } finally {
    await rm(home, { recursive: true });
  }
}

async function measure(home: string, contents: number): Promise<void> {
  const directory = join(home, 'repository');
  await makeKopiaOfMany({ directory, password, contents, progress: told(contents) });
  const env = { RESTIC_REPOSITORY: directory, KOPIA_PASSWORD: password, LANG: 'C.UTF-8' };
  for (const [name, args] of Object.entries(actions)) {
    const target = join(home, 'target');
    const usage = await measureTool({ program: join(home, 'dist/hozon.js'), home, env }, args(target));
    process.stdout.write(rowOf(contents, name, usage));
    await rm(target, { recursive: true, force: true });
  }
  await rm(directory, { recursive: true });
}

function rowOf(contents: number, name: string, { wallSeconds, cpuSeconds, peakMib }: Usage): string {
  const cells = [contents.toLocaleString('en'), name, wallSeconds.toFixed(1), cpuSeconds.toFixed(1)];
  return `| ${[...cells, peakMib.toFixed(0)].join(' | ')} |\n`;
}

function told(contents: number): (done: number) => void {
  let next = 0;
  return done => {
    if (done < next) return;
    next += contents / 20;
    toStderr(`made ${done.toLocaleString('en')} of ${contents.toLocaleString('en')} contents`);
  };
}

await main();
