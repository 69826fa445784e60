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
 * `etcd.ts [--objects 2000000] [--bytes 560] [--rounds 3] [--directory DIR] [--steps 'save;status']`: a database of ConfigMaps is saved, looked at and read,
 * by Hozon as it is published and by etcdctl and etcdutl 3.6, in turns. What is in DIR stays there, and is not made again.
 * Prints medians as a Markdown table.
 */
interface Step {
  readonly name: string;
  readonly hozon: readonly string[];
  /** Absent where etcd has no such thing. */
  readonly etcd?: readonly string[] | undefined;
}

interface Run {
  readonly step: string;
  readonly who: 'Hozon' | 'etcd';
  readonly usage: Usage;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      objects: { type: 'string', default: '2000000' },
      bytes: { type: 'string', default: '560' },
      rounds: { type: 'string', default: '3' },
      directory: { type: 'string' },
      steps: { type: 'string' },
    },
  });
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
  const shape = { objects: Number(values.objects), bytes: Number(values.bytes) };
  if (!isThere) {
    toStderr(`writing ${shape.objects} objects`);
    await fillEtcd(endpoint, shape);
  }
  const runs: Run[] = [];
  const wanted = values.steps?.split(';');
  const steps = stepsIn({ work, endpoint, programs: cluster.programs }).filter(
    ({ name }) => wanted?.includes(name) ?? true,
  );
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const step of steps) runs.push(...(await bothOf(step, { work, round })));
  }
  process.stdout.write(`${facts()}\n\n${tableOf(steps, runs)}`);
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
  return [
    {
      name: 'save',
      hozon: hozon('save', own, '--endpoints', endpoint),
      etcd: [etcdctl, `--endpoints=${endpoint}`, '--command-timeout=1h', 'snapshot', 'save', other],
    },
    {
      name: 'status',
      hozon: hozon('status', own),
      etcd: [etcdutl, 'snapshot', 'status', own],
    },
    { name: 'verify', hozon: hozon('verify', own) },
    { name: 'list one namespace', hozon: hozon('ls', own, '-n', 'bench-5', '-o', 'name') },
    { name: 'list everything', hozon: hozon('ls', own, '-o', 'name') },
  ];
}

/** The other one first with each round. Each saves to a file of its own, which the next round replaces. */
async function bothOf(
  { name, hozon, etcd }: Step,
  { work, round }: { readonly work: string; readonly round: number },
): Promise<readonly Run[]> {
  const contenders: readonly { readonly who: Run['who']; readonly words: readonly string[] }[] = [
    { who: 'Hozon', words: hozon },
    ...(etcd === undefined ? [] : [{ who: 'etcd' as const, words: etcd }]),
  ];
  const runs: Run[] = [];
  for (const { who, words } of round % 2 === 0 ? contenders : contenders.toReversed()) {
    if (name === 'save') await rm(join(work, `${who}.db`), { force: true });
    const usage = await measured(words, join(work, 'usage.json'));
    toStderr(`round ${round + 1}, ${name}, ${who}: ${usage.wallSeconds.toFixed(1)} s`);
    runs.push({ step: name, who, usage });
  }
  return runs;
}

/** As the kernel counts for the process, its start included. */
async function measured(words: readonly string[], report: string): Promise<Usage> {
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
