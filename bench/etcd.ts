import { access, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { cpus, loadavg, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEtcdCluster } from '#testbed/etcd/cluster.ts';
import { toStderr } from '#testbed/narration.ts';
import { runOk } from '#testbed/processes.ts';
import { build } from '../scripts/build.ts';
import { fillEtcd, fillingFlags } from './etcd-database.ts';
import type { Usage } from './processes.ts';
import { median } from './table.ts';

/**
 * `etcd.ts [--megabytes 2000 | --objects 2000000] [--bytes 560] [--rounds 3] [--minutes 60] [--directory DIR] [--steps 'save;status']`: a database of
 * ConfigMaps is saved, looked at and read, by Hozon as it is published and by etcdctl and etcdutl 3.6, in turns. What is in DIR stays
 * there, and is not made again. No round begins that would end behind the given minutes, but the first. Prints medians as a Markdown table.
 */
interface Step {
  readonly name: string;
  readonly hozon: Command;
  /** One after the other; none where etcd has no such thing. */
  readonly etcd: readonly Command[];
}

type Command = readonly string[];

interface Run {
  readonly step: string;
  readonly who: 'Hozon' | 'etcd';
  readonly usage: Usage;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      objects: { type: 'string', default: '2000000' },
      megabytes: { type: 'string' },
      minutes: { type: 'string', default: '60' },
      bytes: { type: 'string', default: '560' },
      rounds: { type: 'string', default: '3' },
      directory: { type: 'string' },
      steps: { type: 'string' },
    },
  });
  const begun = performance.now();
  await using parts = new AsyncDisposableStack();
  const work = await mkdtemp(join(values.directory ?? tmpdir(), 'hozon-bench-'));
  parts.defer(() => rm(work, { recursive: true }));
  const dataDirs = values.directory ?? join(work, 'data');
  const isThere = await exists(join(dataDirs, 'm0/member'));
  await mkdir(dataDirs, { recursive: true });
  toStderr('building Hozon, starting etcd');
  await build(join(work, 'dist'));
  const cluster = parts.use(
    await startEtcdCluster({ members: 1, tls: false, flags: fillingFlags, dataDirs }),
  );
  const [endpoint = ''] = cluster.endpoints;
  const shape = { objects: objectsIn(values), bytes: Number(values.bytes) };
  if (!isThere) {
    toStderr(`writing ${shape.objects} objects`);
    await fillEtcd(endpoint, shape);
  }
  const runs: Run[] = [];
  const wanted = values.steps?.split(';');
  const steps = stepsIn({ work, endpoint, programs: cluster.programs }).filter(
    ({ name }) => wanted?.includes(name) ?? true,
  );
  const end = begun + Number(values.minutes) * 60_000;
  for (let round = 0, longest = 0; round < Number(values.rounds); round++) {
    const from = performance.now();
    if (round > 0 && from + longest > end) break;
    for (const step of steps) runs.push(...(await bothOf(step, { work, round })));
    longest = Math.max(longest, performance.now() - from);
  }
  process.stdout.write(`${facts()}\n\n${tableOf(steps, runs)}`);
}

/** A million bytes of the database for so many objects of 560 bytes, whose keys and metadata are as long again. */
const objectsPerMegabyte = 950;

function objectsIn(values: { readonly objects: string; readonly megabytes?: string | undefined }): number {
  const { objects, megabytes } = values;
  return megabytes === undefined ? Number(objects) : Math.round(Number(megabytes) * objectsPerMegabyte);
}

interface Place {
  readonly work: string;
  readonly endpoint: string;
  readonly programs: { readonly etcdctl: string; readonly etcdutl: string | undefined };
}

function stepsIn({ work, endpoint, programs: { etcdctl, etcdutl = '' } }: Place): readonly Step[] {
  const [own, other] = [join(work, 'Hozon.db'), join(work, 'etcd.db')];
  const hozon = (...words: string[]): string[] => [
    process.execPath,
    join(work, 'dist/hozon.js'),
    'etcd',
    'snapshot',
    ...words,
    '--progress',
    'none',
  ];
  const save = hozon('save', own, '--endpoints', endpoint);
  const stockSave = [etcdctl, `--endpoints=${endpoint}`, '--command-timeout=1h', 'snapshot', 'save', other];
  return [
    { name: 'save --no-verify', hozon: [...save, '--no-verify'], etcd: [stockSave] },
    { name: 'save', hozon: save, etcd: [stockSave, [etcdutl, 'snapshot', 'status', other]] },
    { name: 'status', hozon: hozon('status', own), etcd: [[etcdutl, 'snapshot', 'status', own]] },
    { name: 'verify', hozon: hozon('verify', own), etcd: [] },
    { name: 'list one namespace', hozon: hozon('ls', own, '-n', 'bench-5', '-o', 'name'), etcd: [] },
    { name: 'list everything', hozon: hozon('ls', own, '-o', 'name'), etcd: [] },
  ];
}

/** The other one first with each round. Each saves to a file of its own, which the next round replaces. */
async function bothOf(
  { name, hozon, etcd }: Step,
  { work, round }: { readonly work: string; readonly round: number },
): Promise<readonly Run[]> {
  const contenders: readonly { readonly who: Run['who']; readonly commands: readonly Command[] }[] = [
    { who: 'Hozon', commands: [hozon] },
    ...(etcd.length === 0 ? [] : [{ who: 'etcd' as const, commands: etcd }]),
  ];
  const runs: Run[] = [];
  for (const { who, commands } of round % 2 === 0 ? contenders : contenders.toReversed()) {
    if (name.startsWith('save')) await rm(join(work, `${who}.db`), { force: true });
    const usage = await measuredAll(commands, join(work, 'usage.json'));
    toStderr(
      `round ${round + 1}, ${name}, ${who}: ${usage.wallSeconds.toFixed(1)} s, processor ${usage.cpuSeconds.toFixed(1)} s`,
    );
    runs.push({ step: name, who, usage });
  }
  return runs;
}

async function measuredAll(commands: readonly Command[], report: string): Promise<Usage> {
  let all: Usage = { wallSeconds: 0, cpuSeconds: 0, peakMib: 0 };
  for (const words of commands) {
    const { wallSeconds, cpuSeconds, peakMib } = await measured(words, report);
    all = {
      wallSeconds: all.wallSeconds + wallSeconds,
      cpuSeconds: all.cpuSeconds + cpuSeconds,
      peakMib: Math.max(all.peakMib, peakMib),
    };
  }
  return all;
}

/** As the kernel counts for the process, its start included. */
async function measured(words: Command, report: string): Promise<Usage> {
  const counting = join(import.meta.dirname, 'run-counted.mjs');
  await runOk([process.execPath, counting, report, ...words], { env: { LANG: 'C.UTF-8' } });
  return JSON.parse(await readFile(report, 'utf8')) as Usage;
}

const columns = [
  { name: 'wall, s', of: (usage: Usage): number => usage.wallSeconds, digits: 1 },
  { name: 'processor, s', of: (usage: Usage): number => usage.cpuSeconds, digits: 1 },
  { name: 'peak, MiB', of: (usage: Usage): number => usage.peakMib, digits: 0 },
];

/** Of each step the medians of both, and the median of the ratios of each round. */
function tableOf(steps: readonly Step[], runs: readonly Run[]): string {
  const head = ['Hozon / etcd', ...columns.flatMap(({ name }) => [name, 'of etcd’s'])];
  const lines = steps.map(({ name }) => {
    const usagesOf = (who: Run['who']): Usage[] =>
      runs.filter(run => run.step === name && run.who === who).map(({ usage }) => usage);
    const [ours, theirs] = [usagesOf('Hozon'), usagesOf('etcd')];
    const cells = columns.flatMap(({ of, digits }) => {
      const text = (usages: readonly Usage[]): string => median(usages.map(of)).toFixed(digits);
      if (theirs.length === 0) return [text(ours), ''];
      const ratios = ours.map((usage, at) => of(usage) / of(theirs[at] ?? usage));
      return [`${text(ours)} / ${text(theirs)}`, median(ratios).toFixed(2)];
    });
    return `| ${[name, ...cells].join(' | ')} |`;
  });
  return [`| ${head.join(' | ')} |`, `|${'---|'.repeat(head.length)}`, ...lines, ''].join('\n');
}

function facts(): string {
  return [
    new Date().toISOString().slice(0, 10),
    `${cpus().length} cores`,
    `${Math.round(totalmem() / 1024 ** 3)} GiB`,
    `Linux ${release().split(/[-+]/)[0]}`,
    `load ${loadavg()[2]?.toFixed(1)} in the last 15 minutes`,
    `Node ${process.versions.node}`,
  ].join(', ');
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

await main();
