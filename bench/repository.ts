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
import { type Contender, contendersIn, type Step, steps } from './repository-contenders.ts';
import { changeDatabase, type Data, makeData } from './repository-data.ts';
import { type RepositoryRun, repositoryTable } from './repository-table.ts';

/**
 * `repository.ts [--files 60000] [--gib 4] [--rounds 3] [--directory DIR] [--without 'NAME;…']`: Hozon on restic's and on kopia's format,
 * restic, and kopia as it compresses by default (not at all) and with zstd, store, store again, restore, check and prune the
 * same data in repositories of their own, in turns. Prints medians, and what Hozon's are of those of the program that it
 * stands in for, as a Markdown table.
 */
const gibibyte = 1024 ** 3;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      files: { type: 'string', default: '60000' },
      gib: { type: 'string', default: '4' },
      rounds: { type: 'string', default: '3' },
      directory: { type: 'string', default: tmpdir() },
      without: { type: 'string', default: '' },
    },
  });
  const bytes = Number(values.gib) * gibibyte;
  const directory = await mkdtemp(join(values.directory, 'hozon-bench-'));
  try {
    toStderr('building the programs, making data');
    const unwanted = new Set(values.without.split(';'));
    const contenders = (await contendersIn(directory)).filter(({ name }) => !unwanted.has(name));
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
  for (const each of contenders) await each.initialize(join(own, each.name), own);
  for (const [at, step] of steps.entries()) {
    if (step === 'database, 1 % changed') await changeDatabase(data);
    for (const contender of (round + at) % 2 === 0 ? contenders : contenders.toReversed()) {
      const run = await oneStep(contender, step, { data, own: join(own, contender.name) });
      if (run === undefined) continue;
      toStderr(`round ${round + 1}, ${step}, ${run.who}: ${run.usage.wallSeconds.toFixed(1)} s`);
      runs.push(run);
    }
  }
  await rm(own, { recursive: true });
  return runs;
}

/** In a process of its own; its start counts, as it does for a person. */
async function oneStep(
  { name, peer, command, environment }: Contender,
  step: Step,
  { data, own }: { readonly data: Data; readonly own: string },
): Promise<RepositoryRun | undefined> {
  const target = join(own, 'target');
  const words = await command(step, { data, own, target });
  if (words === undefined) return undefined;
  const report = join(own, 'usage.json');
  const counting = join(import.meta.dirname, 'run-counted.mjs');
  await runOk([process.execPath, counting, report, ...words], { env: environment(own) });
  const usage = JSON.parse(await readFile(report, 'utf8')) as Usage;
  const stored = await sizeOf(join(own, 'repository'));
  await rm(target, { recursive: true, force: true });
  return { who: name, peer, step, usage, stored };
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
  const say = async (program: string, word: string): Promise<string> =>
    (await promisify(execFile)(program, [word])).stdout;
  const [restic, kopia] = [
    await say(await resticProgram('new'), 'version'),
    await say(await binary('kopia'), '--version'),
  ];
  return [
    new Date().toISOString().slice(0, 10),
    `${files} small files of ${(bytes / gibibyte).toFixed(1)} GiB`,
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
