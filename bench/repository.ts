import { execFile } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { cpus, loadavg, release, tmpdir, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { toStderr } from '#testbed/narration.ts';
import { runOk } from '#testbed/processes.ts';
import { resticProgram } from '#testbed/restic.ts';
import { build } from '../scripts/build.ts';
import type { Usage } from './processes.ts';
import { changeDatabase, type Data, makeData } from './repository-data.ts';
import { type RepositoryRun, repositoryTable } from './repository-table.ts';

/**
 * `repository.ts [--files 60000] [--gib 4] [--rounds 3] [--directory DIR]`: Hozon and restic at its default settings store,
 * store again, restore, check and prune the same data in repositories of their own, in turns. Prints medians and ratios
 * as a Markdown table.
 */
const gibibyte = 1024 ** 3;
const password = 'bench';

/** One of the two that are compared. */
interface Contender {
  readonly name: 'Hozon' | 'restic';
  /** The command, its program first. */
  readonly command: (step: Step, paths: Paths) => readonly string[];
}

interface Paths {
  readonly data: Data;
  readonly target: string;
}

type Step = keyof typeof steps;

/** What is measured, in this order, in words that both programs know; `backup` is Hozon's `snapshot`. */
const steps = {
  'small files, first backup': ['backup', 'SMALL'],
  'small files, unchanged': ['backup', 'SMALL'],
  'large files, first backup': ['backup', 'LARGE'],
  'database, first backup': ['backup', 'DATABASE'],
  'database, 1 % changed': ['backup', 'DATABASE'],
  'restore of the small files': ['restore', 'latest', '--path', 'SMALL', '--target', 'TARGET'],
  check: ['check'],
  'check of every byte': ['check', '--read-data'],
  'forget all but the last, and prune': ['forget', '--keep-last', '1', '--group-by', '', '--prune'],
} as const;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      files: { type: 'string', default: '60000' },
      gib: { type: 'string', default: '4' },
      rounds: { type: 'string', default: '3' },
      directory: { type: 'string', default: tmpdir() },
    },
  });
  const bytes = Number(values.gib) * gibibyte;
  const directory = await mkdtemp(join(values.directory, 'hozon-bench-'));
  try {
    toStderr('building both programs, making data');
    const contenders = [await hozon(directory), await restic()];
    const sizes = { files: Number(values.files), bytes, largeBytes: bytes / 4, databaseBytes: bytes / 4 };
    const data = await makeData(join(directory, 'data'), sizes);
    const runs: RepositoryRun[] = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      runs.push(...(await oneRound({ directory, data, contenders, round })));
    }
    process.stdout.write(`${await facts(data)}\n\n${repositoryTable(runs)}`);
  } finally {
    await rm(directory, { recursive: true });
  }
}

interface Round {
  readonly directory: string;
  readonly data: Data;
  readonly contenders: readonly Contender[];
  readonly round: number;
}

/** Repositories of their own, new in each round. Who goes first changes with each step. */
async function oneRound({ directory, data, contenders, round }: Round): Promise<RepositoryRun[]> {
  const runs: RepositoryRun[] = [];
  const own = join(directory, 'round');
  for (const { name } of contenders) await initialize(join(own, name));
  for (const [at, step] of (Object.keys(steps) as Step[]).entries()) {
    if (step === 'database, 1 % changed') await changeDatabase(data);
    for (const contender of (round + at) % 2 === 0 ? contenders : contenders.toReversed()) {
      const { name } = contender;
      const target = join(own, 'target');
      const usage = await measure(contender.command(step, { data, target }), join(own, name));
      const stored = await sizeOf(join(own, name, 'repository'));
      await rm(target, { recursive: true, force: true });
      toStderr(`round ${round + 1}, ${step}, ${name}: ${usage.wallSeconds.toFixed(1)} s`);
      runs.push({ who: name, step, usage, stored });
    }
  }
  await rm(own, { recursive: true });
  return runs;
}

/** The same program makes both repositories, and with the same polynomial: sizes can be compared. */
async function initialize(own: string): Promise<void> {
  await mkdir(own, { recursive: true });
  await writeFile(join(own, 'password'), password, { mode: 0o600 });
  const [program, ...rest] = [await resticProgram('new'), 'init', '--quiet'];
  const other = join(dirname(own), 'Hozon');
  const copied = other === own ? [] : ['--copy-chunker-params', '--from-repo', join(other, 'repository')];
  await runOk([program, ...rest, ...copied], {
    env: { ...environmentOf(own), RESTIC_FROM_PASSWORD_FILE: join(own, 'password') },
  });
}

function environmentOf(own: string): Record<string, string> {
  return {
    RESTIC_REPOSITORY: join(own, 'repository'),
    RESTIC_PASSWORD_FILE: join(own, 'password'),
    RESTIC_CACHE_DIR: join(own, 'cache'),
    HOME: own,
    LANG: 'C.UTF-8',
  };
}

/** Runs a command in a process of its own; its start counts, as it does for a person. */
async function measure(command: readonly string[], own: string): Promise<Usage> {
  const usage = join(own, 'usage.json');
  const counting = join(import.meta.dirname, 'run-counted.mjs');
  await runOk([process.execPath, counting, usage, ...command], { env: environmentOf(own) });
  return JSON.parse(await readFile(usage, 'utf8')) as Usage;
}

function wordsFor(step: Step, { data, target }: Paths): string[] {
  const paths = { SMALL: data.small, LARGE: data.large, DATABASE: data.database, TARGET: target };
  return steps[step].map((word: string) => (word in paths ? paths[word as keyof typeof paths] : word));
}

/** Hozon as it is published. */
async function hozon(directory: string): Promise<Contender> {
  const published = join(directory, 'hozon');
  await build(join(published, 'dist'));
  await symlink(resolve(import.meta.dirname, '../node_modules'), join(published, 'node_modules'));
  const program = [process.execPath, join(published, 'dist/hozon.js'), 'repo'];
  const translated = (words: readonly string[]): string[] =>
    words.map(word => (word === 'backup' ? 'snapshot' : word));
  return {
    name: 'Hozon',
    command: (step, paths) => {
      const words = [...program, ...translated(wordsFor(step, paths)), '--progress', 'none'];
      return words.includes('--prune') ? [...words, '--confirm'] : words;
    },
  };
}

async function restic(): Promise<Contender> {
  const program = await resticProgram('new');
  return {
    name: 'restic',
    command: (step, paths) => [program, ...wordsFor(step, paths), '--quiet'],
  };
}

/** Bytes of all files below a directory. */
async function sizeOf(directory: string): Promise<number> {
  let size = 0;
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) size += (await lstat(join(entry.parentPath, entry.name))).size;
  }
  return size;
}

/** What figures depend on, and nothing that tells whose machine it is. */
async function facts({ files, bytes }: Data): Promise<string> {
  const { stdout } = await promisify(execFile)(await resticProgram('new'), ['version']);
  return [
    new Date().toISOString().slice(0, 10),
    `${files} small files of ${(bytes / gibibyte).toFixed(1)} GiB`,
    `${cpus().length} cores`,
    `${Math.round(totalmem() / gibibyte)} GiB`,
    `Linux ${release().split(/[-+]/)[0]}`,
    `load ${loadavg()[2]?.toFixed(1)} in the last 15 minutes`,
    `Node ${process.versions.node}`,
    stdout.split(' ').slice(0, 2).join(' '),
  ].join(', ');
}

await main();
