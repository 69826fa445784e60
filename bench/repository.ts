import { execFile } from 'node:child_process';
import { lstat, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { cpus, loadavg, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { binary } from '#testbed/binaries.ts';
import { toStderr } from '#testbed/narration.ts';
import { runOk } from '#testbed/processes.ts';
import { resticProgram } from '#testbed/restic.ts';
import type { Usage } from './processes.ts';
import {
  type Contender,
  contendersIn,
  growthSteps,
  type Paths,
  type Step,
  steps,
} from './repository-contenders.ts';
import { changeDatabase, type Data, makeData } from './repository-data.ts';
import { growthTable } from './repository-growth.ts';
import { type RepositoryRun, repositoryTable } from './repository-table.ts';

/**
 * `repository.ts [--files 60000] [--gib 4] [--rounds 3] [--minutes 60] [--growth 4] [--directory DIR] [--restore-to DIR] [--without 'NAME;…']`: Hozon on
 * restic's and on kopia's format, restic, and kopia as it compresses by default (not at all) and with zstd, store, store again, restore,
 * check and prune the same data in repositories of their own, in turns; before that, a part of the small files, and a part of
 * that part. Prints medians, and what Hozon's are of those of the program that it stands in for, and how the figures grow, as Markdown
 * tables: of what there is, where it is ended by a signal or a failure. A round that would not end in time is not begun.
 */
const gibibyte = 1024 ** 3;

interface Measuring {
  readonly directory: string;
  /** Where restores write: a RAM disk says more of the programs, the disk more of the machine. */
  readonly restoreTo: string;
  readonly contenders: readonly Contender[];
}

interface Wanted {
  readonly files: number;
  readonly bytes: number;
  readonly rounds: number;
  readonly minutes: number;
  /** Of each size, the smaller one is so small a part; 0 for none. */
  readonly growth: number;
  readonly directory: string;
  readonly restoreTo: string;
  readonly without: ReadonlySet<string>;
}

/** What was measured so far. */
interface Results {
  data: Data | undefined;
  readonly runs: RepositoryRun[];
}

function wanted(): Wanted {
  const { values } = parseArgs({
    options: {
      files: { type: 'string', default: '60000' },
      gib: { type: 'string', default: '4' },
      rounds: { type: 'string', default: '3' },
      minutes: { type: 'string', default: '60' },
      growth: { type: 'string', default: '4' },
      directory: { type: 'string', default: tmpdir() },
      'restore-to': { type: 'string' },
      without: { type: 'string', default: '' },
    },
  });
  return {
    files: Number(values.files),
    bytes: Number(values.gib) * gibibyte,
    rounds: Number(values.rounds),
    minutes: Number(values.minutes),
    growth: Number(values.growth),
    directory: values.directory,
    restoreTo: values['restore-to'] ?? values.directory,
    without: new Set(values.without.split(';')),
  };
}

async function main(): Promise<void> {
  const given = wanted();
  const directory = await mkdtemp(join(given.directory, 'hozon-bench-'));
  const results: Results = { data: undefined, runs: [] };
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => stopped.abort(new Error(`ended by ${signal}`)));
  }
  await using parts = new AsyncDisposableStack();
  try {
    toStderr('building the programs');
    const contenders = (await contendersIn(directory)).filter(({ name }) => !given.without.has(name));
    const restoreTo = await mkdtemp(join(given.restoreTo, 'hozon-bench-restored-'));
    parts.defer(() => rm(restoreTo, { recursive: true }));
    await measure({ directory, restoreTo, contenders }, { given, results, signal: stopped.signal });
  } finally {
    const { data, runs } = results;
    if (data !== undefined) {
      const grown = given.growth === 0 ? '' : `\n${growthTable(runs, growthSteps)}`;
      const full = runs.filter(({ files }) => files === data.files);
      process.stdout.write(`${await facts(data)}\n\n${repositoryTable(full)}${grown}`);
    }
    await rm(directory, { recursive: true });
  }
}

interface Measured {
  readonly given: Wanted;
  readonly results: Results;
  readonly signal: AbortSignal;
}

async function measure(measuring: Measuring, { given, results, signal }: Measured): Promise<void> {
  const begun = performance.now();
  const { files, bytes, growth } = given;
  for (const part of growth === 0 ? [] : [growth ** 2, growth]) {
    const data = await made(measuring, { files: Math.ceil(files / part), bytes: bytes / part });
    const small = { ...measuring, data, signal, round: 0, steps: growthSteps };
    for await (const run of oneRound(small)) results.runs.push(run);
    await rm(join(measuring.directory, 'data'), { recursive: true });
  }
  const data = await made(measuring, { files, bytes });
  results.data = data;
  let longest = 0;
  for (let round = 0; round < given.rounds; round++) {
    const now = performance.now();
    if (round > 0 && now - begun + longest > given.minutes * 60_000) return;
    for await (const run of oneRound({ ...measuring, data, signal, round, steps })) results.runs.push(run);
    longest = Math.max(longest, performance.now() - now);
  }
}

/** A quarter of what there is in all is one large file of each kind. */
async function made(
  { directory }: Measuring,
  { files, bytes }: { readonly files: number; readonly bytes: number },
): Promise<Data> {
  toStderr(`making data: ${files} files`);
  return makeData(join(directory, 'data'), {
    files,
    bytes,
    largeBytes: bytes / 4,
    databaseBytes: bytes / 4,
  });
}

interface Round extends Measuring {
  readonly data: Data;
  readonly round: number;
  readonly steps: readonly Step[];
  readonly signal: AbortSignal;
}

/** Repositories of their own, new in each round. Who goes first changes with each step. */
async function* oneRound({
  directory,
  restoreTo,
  data,
  contenders,
  round,
  steps,
  signal,
}: Round): AsyncGenerator<RepositoryRun> {
  const own = join(directory, 'round');
  for (const each of contenders) await each.initialize(join(own, each.name), own);
  for (const [at, step] of steps.entries()) {
    if (step === 'database, 1 % changed') await changeDatabase(data);
    for (const contender of (round + at) % 2 === 0 ? contenders : contenders.toReversed()) {
      signal.throwIfAborted();
      const run = await oneStep(contender, step, {
        data,
        own: join(own, contender.name),
        target: join(restoreTo, 'target'),
      });
      if (run === undefined) continue;
      const { wallSeconds, cpuSeconds } = run.usage;
      toStderr(
        `round ${round + 1}, ${step}, ${run.who}: ${wallSeconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of processor time`,
      );
      yield run;
    }
  }
  await rm(own, { recursive: true });
}

/** In a process of its own; its start counts, as it does for a person. */
async function oneStep(
  { name, peer, command, environment }: Contender,
  step: Step,
  { data, own, target }: Paths,
): Promise<RepositoryRun | undefined> {
  const words = await command(step, { data, own, target });
  if (words === undefined) return undefined;
  const report = join(own, 'usage.json');
  const counting = join(import.meta.dirname, 'run-counted.mjs');
  await runOk([process.execPath, counting, report, ...words], { env: environment(own) });
  const usage = JSON.parse(await readFile(report, 'utf8')) as Usage;
  const stored = await sizeOf(join(own, 'repository'));
  await rm(target, { recursive: true, force: true });
  return { who: name, peer, step, usage, stored, files: data.files };
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
async function facts({ files, bytes, largeBytes }: Data): Promise<string> {
  const say = async (program: string, word: string): Promise<string> =>
    (await promisify(execFile)(program, [word])).stdout;
  const [restic, kopia] = [
    await say(await resticProgram('new'), 'version'),
    await say(await binary('kopia'), '--version'),
  ];
  return [
    new Date().toISOString().slice(0, 10),
    `${files} small files of ${(bytes / gibibyte).toFixed(1)} GiB, two incompressible ones and a database of ${(largeBytes / gibibyte).toFixed(1)} GiB each`,
    `${cpus().length} cores`,
    `${Math.round(totalmem() / gibibyte)} GiB`,
    `Linux ${release().split(/[-+]/)[0]}`,
    `load ${loadavg()[2]?.toFixed(1)} in the last 15 minutes`,
    `Node ${process.versions.node}`,
    restic.split(' ').slice(0, 2).join(' '),
    `kopia ${kopia.split(' ')[0]?.trim()}`,
  ].join(', ');
}

await main();
