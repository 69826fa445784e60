import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { binary } from '#testbed/binaries.ts';
import { runOk } from '#testbed/processes.ts';
import { resticProgram } from '#testbed/restic.ts';
import { build } from '../scripts/build.ts';
import type { Data } from './repository-data.ts';

export type ContenderName =
  | 'Hozon (restic)'
  | 'restic'
  | 'Hozon (kopia)'
  | 'kopia'
  | 'Hozon (kopia, zstd)'
  | 'kopia, zstd';

/** One of those that are compared. */
export interface Contender {
  readonly name: ContenderName;
  /** Which other's figures are like its own: the same format, and compression as hard. */
  readonly peer?: ContenderName;
  /** What its processes find in their environment, its repository among it. */
  readonly environment: (own: string) => Record<string, string>;
  /** Makes its repository in a directory of its own. `others` is where those of others are. */
  readonly initialize: (own: string, others: string) => Promise<void>;
  /** The command, its program first; nothing where it has none that does as much. */
  readonly command: (step: Step, paths: Paths) => Promise<readonly string[] | undefined>;
}

export interface Paths {
  readonly data: Data;
  readonly own: string;
  readonly target: string;
}

export type Step = (typeof steps)[number];

/** What is measured, in this order. */
export const steps = [
  'small files, first backup',
  'small files, unchanged',
  'large files, first backup',
  'database, first backup',
  'database, 1 % changed',
  'restore of the small files',
  'check',
  'check of every byte',
  'forget all but the last, and prune',
] as const;

/** What is measured with smaller sizes, too. */
export const growthSteps = [
  'small files, first backup',
  'small files, unchanged',
  'restore of the small files',
  'check',
] as const satisfies readonly Step[];

const password = 'bench';

/** Everybody who can be compared, Hozon as it is published. */
export async function contendersIn(directory: string): Promise<readonly Contender[]> {
  const [restic, kopia] = [await resticProgram('new'), await binary('kopia')];
  const hozon = await publishedHozon(directory);
  return [
    resticContender('Hozon (restic)', { restic, program: hozon, own: true }),
    resticContender('restic', { restic, program: [restic], own: false }),
    ...(['', ', zstd'] as const).flatMap(compression => [
      kopiaContender(`Hozon (kopia${compression})`, { kopia, hozon, compression }),
      kopiaContender(`kopia${compression}`, { kopia, hozon: undefined, compression }),
    ]),
  ];
}

async function publishedHozon(directory: string): Promise<readonly string[]> {
  const published = join(directory, 'hozon');
  await build(join(published, 'dist'));
  await symlink(resolve(import.meta.dirname, '../node_modules'), join(published, 'node_modules'));
  return [process.execPath, join(published, 'dist/hozon.js'), 'repo'];
}

/** Which directory of the data a step is about. */
function subject(step: Step, { small, large, database }: Data): string {
  if (step.startsWith('large')) return large;
  return step.startsWith('database') ? database : small;
}

/** The words of a step in restic's language, which Hozon knows too. */
function resticWords(step: Step, { data, target }: Paths, backup: string): readonly string[] {
  const others: Partial<Record<Step, readonly string[]>> = {
    'restore of the small files': ['restore', 'latest', '--path', data.small, '--target', target],
    check: ['check'],
    'check of every byte': ['check', '--read-data'],
    'forget all but the last, and prune': ['forget', '--keep-last', '1', '--group-by', '', '--prune'],
  };
  return others[step] ?? [backup, subject(step, data)];
}

interface ResticPrograms {
  readonly restic: string;
  readonly program: readonly string[];
  /** Whether it is Hozon. */
  readonly own: boolean;
}

function resticContender(
  name: 'Hozon (restic)' | 'restic',
  { restic, program, own: isHozon }: ResticPrograms,
): Contender {
  const environment = (own: string): Record<string, string> => ({
    RESTIC_REPOSITORY: join(own, 'repository'),
    RESTIC_PASSWORD_FILE: join(own, 'password'),
    RESTIC_CACHE_DIR: join(own, 'cache'),
    HOME: own,
    LANG: 'C.UTF-8',
  });
  return {
    name,
    ...(isHozon ? { peer: 'restic' as const } : {}),
    environment,
    /** The same program makes both repositories, and with the same polynomial: sizes can be compared. */
    initialize: async (own, others) => {
      await withPassword(own);
      const other = join(others, 'Hozon (restic)', 'repository');
      const copied = isHozon ? [] : ['--copy-chunker-params', '--from-repo', other];
      await runOk([restic, 'init', '--quiet', ...copied], {
        env: { ...environment(own), RESTIC_FROM_PASSWORD_FILE: join(own, 'password') },
      });
    },
    command: async (step, paths) => {
      const words = [...program, ...resticWords(step, paths, isHozon ? 'snapshot' : 'backup')];
      if (!isHozon) return [...words, '--quiet'];
      return [...words, '--progress', 'none', ...(words.includes('--prune') ? ['--confirm'] : [])];
    },
  };
}

async function withPassword(own: string): Promise<void> {
  await mkdir(own, { recursive: true });
  await writeFile(join(own, 'password'), password, { mode: 0o600 });
}

interface KopiaPrograms {
  readonly kopia: string;
  /** Absent for kopia itself. */
  readonly hozon: readonly string[] | undefined;
  readonly compression: '' | ', zstd';
}

function kopiaContender(name: ContenderName, { kopia, hozon, compression }: KopiaPrograms): Contender {
  const environment = (own: string): Record<string, string> => ({
    RESTIC_REPOSITORY: join(own, 'repository'),
    RESTIC_CACHE_DIR: join(own, 'cache'),
    KOPIA_PASSWORD: password,
    KOPIA_CACHE_DIRECTORY: join(own, 'cache'),
    KOPIA_CHECK_FOR_UPDATES: 'false',
    KOPIA_CONFIG_PATH: join(own, 'repository.config'),
    KOPIA_LOG_DIR: join(own, 'logs'),
    KOPIA_PERSIST_CREDENTIALS_ON_CONNECT: 'false',
    KOPIA_USE_KEYRING: 'false',
    HOME: own,
    LANG: 'C.UTF-8',
  });
  const run = (own: string, words: readonly string[]): Promise<string> =>
    runOk([kopia, ...words], { env: environment(own) });
  return {
    name,
    ...(hozon === undefined ? {} : { peer: `kopia${compression}` as const }),
    environment,
    initialize: async own => {
      await mkdir(join(own, 'repository'), { recursive: true });
      await run(own, ['repository', 'create', 'filesystem', `--path=${join(own, 'repository')}`]);
      if (compression !== '') await run(own, ['policy', 'set', '--global', '--compression=zstd']);
    },
    command: async (step, paths) => {
      if (step === 'forget all but the last, and prune') return undefined;
      if (step === 'restore of the small files') {
        const id = await latestOf(paths, words => run(paths.own, words));
        return hozon === undefined
          ? [kopia, 'snapshot', 'restore', id, paths.target]
          : [...hozon, 'restore', id, '--target', paths.target, '--progress', 'none'];
      }
      if (hozon !== undefined)
        return [...hozon, ...resticWords(step, paths, 'snapshot'), '--progress', 'none'];
      if (step === 'check') return [kopia, 'snapshot', 'verify'];
      if (step === 'check of every byte') return [kopia, 'snapshot', 'verify', '--verify-files-percent=100'];
      return [kopia, 'snapshot', 'create', subject(step, paths.data), '--no-progress'];
    },
  };
}

/** The id of the latest snapshot of the small files. */
async function latestOf(
  { data }: Paths,
  run: (words: readonly string[]) => Promise<string>,
): Promise<string> {
  const listed = JSON.parse(await run(['snapshot', 'list', data.small, '--json'])) as { id: string }[];
  const last = listed.at(-1);
  if (last === undefined) throw new Error('there is no snapshot of the small files');
  return last.id;
}
