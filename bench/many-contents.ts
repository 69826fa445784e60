import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { binary } from '#testbed/binaries.ts';
import { toStderr } from '#testbed/narration.ts';
import { runOk } from '#testbed/processes.ts';
import { build } from '../scripts/build.ts';
import { makeKopiaOfMany } from './kopia-of-many.ts';
import type { Usage } from './processes.ts';
import { median } from './table.ts';

/**
 * `many-contents.ts [--contents '625000;2500000;10000000'] [--directory DIR] [--rounds N] [--made DIR]`: makes kopia repositories of so
 * many small contents, and measures how long Hozon and kopia take, and with how much memory, to open one, to list a directory of it,
 * and to restore one file; opening also the first time, which fills their caches; of everything else the median of so many rounds, both
 * in turns. Prints a Markdown table. `--made`: where a repository of so many contents is made, and left, or was made before.
 */
const password = 'bench';

interface Contender {
  readonly name: 'Hozon' | 'kopia';
  readonly program: readonly string[];
  readonly arguments: Readonly<Record<Action, (target: string) => readonly string[]>>;
}

const actions = ['open, list snapshots', 'list a directory of 1,000', 'restore one file'] as const;
type Action = (typeof actions)[number];

interface Setting {
  /** The home of all programs. */
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      contents: { type: 'string', default: '625000;2500000;10000000' },
      directory: { type: 'string', default: tmpdir() },
      rounds: { type: 'string', default: '3' },
      made: { type: 'string' },
    },
  });
  const home = await mkdtemp(join(values.directory, 'hozon-many-'));
  try {
    await build(join(home, 'dist'));
    await symlink(resolve(import.meta.dirname, '../node_modules'), join(home, 'node_modules'));
    process.stdout.write(
      '| contents | | | wall, s | processor, s | peak, MiB |\n|---|---|---|---|---|---|\n',
    );
    for (const contents of values.contents.split(';').map(Number)) {
      const repository = values.made ?? join(home, 'repository');
      await makeKopiaOfMany({ directory: repository, password, contents, progress: told(contents) });
      await measure(home, { repository, contents, rounds: Number(values.rounds) });
      if (values.made === undefined) await rm(repository, { recursive: true });
    }
  } finally {
    await rm(home, { recursive: true });
  }
}

interface Measured {
  readonly repository: string;
  readonly contents: number;
  readonly rounds: number;
}

async function measure(home: string, { repository, contents, rounds }: Measured): Promise<void> {
  const setting = { home, env: environmentOf(home, repository) };
  const both = await contenders(setting, repository);
  for (const { name, program, arguments: of } of both) {
    const first = await counted(setting, [...program, ...of['open, list snapshots']('')]);
    process.stdout.write(rowOf(contents, ['the first time: open, list snapshots', name], [first]));
  }
  for (const action of actions) {
    const usages = new Map(both.map(contender => [contender, [] as Usage[]]));
    for (let round = 0; round < rounds; round++) {
      for (const [{ program, arguments: of }, own] of usages) {
        const target = join(home, 'target');
        own.push(await counted(setting, [...program, ...of[action](target)]));
        await rm(target, { recursive: true, force: true });
      }
    }
    for (const [{ name }, own] of usages) process.stdout.write(rowOf(contents, [action, name], own));
  }
  await rm(join(home, 'cache'), { recursive: true });
}

function environmentOf(home: string, repository: string): Record<string, string> {
  return {
    RESTIC_REPOSITORY: repository,
    KOPIA_PASSWORD: password,
    KOPIA_CACHE_DIRECTORY: join(home, 'cache'),
    KOPIA_CHECK_FOR_UPDATES: 'false',
    KOPIA_CONFIG_PATH: join(home, 'repository.config'),
    KOPIA_LOG_DIR: join(home, 'logs'),
    KOPIA_PERSIST_CREDENTIALS_ON_CONNECT: 'false',
    KOPIA_USE_KEYRING: 'false',
    HOME: home,
    LANG: 'C.UTF-8',
  };
}

/** Both, kopia connected to the repository. */
async function contenders({ home, env }: Setting, repository: string): Promise<readonly Contender[]> {
  const kopia = await binary('kopia');
  const who = ['--override-username=bench', '--override-hostname=bench'];
  const connect = ['repository', 'connect', 'filesystem', `--path=${repository}`, ...who];
  await runOk([kopia, ...connect], { env });
  const listed = await runOk([kopia, 'snapshot', 'list', '--all', '--json'], { env });
  const [snapshot] = JSON.parse(listed) as { readonly rootEntry: { readonly obj: string } }[];
  const root = snapshot?.rootEntry.obj ?? '';
  await rm(join(home, 'cache'), { recursive: true });
  return [
    {
      name: 'Hozon',
      program: [process.execPath, join(home, 'dist/hozon.js'), 'repo'],
      arguments: {
        'open, list snapshots': () => ['snapshots', '--progress', 'none'],
        'list a directory of 1,000': () => ['ls', 'latest:/0/0', '--progress', 'none'],
        'restore one file': target => ['restore', 'latest:/0/1/2', '--target', target, '--progress', 'none'],
      },
    },
    {
      name: 'kopia',
      program: [kopia],
      arguments: {
        'open, list snapshots': () => ['snapshot', 'list', '--all'],
        'list a directory of 1,000': () => ['ls', `${root}/0/0`],
        'restore one file': target => ['restore', `${root}/0/1/2`, target],
      },
    },
  ];
}

/** Runs a command; what the kernel counted for it. */
async function counted({ home, env }: Setting, command: readonly string[]): Promise<Usage> {
  const file = join(home, 'usage.json');
  await runOk([process.execPath, join(import.meta.dirname, 'run-counted.mjs'), file, ...command], { env });
  return JSON.parse(await readFile(file, 'utf8')) as Usage;
}

function rowOf(contents: number, names: readonly string[], usages: readonly Usage[]): string {
  const cells = [
    contents.toLocaleString('en'),
    ...names,
    median(usages.map(({ wallSeconds }) => wallSeconds)).toFixed(1),
    median(usages.map(({ cpuSeconds }) => cpuSeconds)).toFixed(1),
    median(usages.map(({ peakMib }) => peakMib)).toFixed(0),
  ];
  return `| ${cells.join(' | ')} |\n`;
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
