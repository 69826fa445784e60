import { parseArgs } from 'node:util';
import { namespacesOf } from '#testbed/estate/generated-objects.ts';
import { generateEstate } from '#testbed/estate/generator.ts';
import { type EstateShape, sizeOf, veleroShape } from '#testbed/estate/shape.ts';
import { toStderr } from '#testbed/narration.ts';
import type { VeleroRun } from '#testbed/velero/runs.ts';
import { startVelero, type Velero } from '#testbed/velero/velero.ts';
import { countCopies, mappingOf, removeCopies, untilSettled } from './copies.ts';
import { machineFacts } from './facts.ts';
import { makeUser, measureLoad } from './fairness.ts';
import { measureServer, measureTool } from './processes.ts';
import { makeSetting, type Setting, toolUser } from './setting.ts';
import { type Measured, tableOf } from './table.ts';

/**
 * `backup-restore.ts [--rounds 3] [--restores 1] [--namespaces 50]`: Hozon and the real Velero server back up and restore the same
 * estate, on one API server and one object store, in turns. Prints the medians as a Markdown table.
 */
const veleroUser = 'velero';

interface Bench extends Setting {
  readonly shape: EstateShape;
  readonly velero: Velero;
}

/** One of the two that are compared. Each names what it makes, and restores what it backed up itself. */
interface Contender {
  readonly name: 'Hozon' | 'Velero';
  backup(name: string): Promise<Measured>;
  restore(backup: string, name: string): Promise<Measured>;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '3' },
      restores: { type: 'string', default: '1' },
      namespaces: { type: 'string', default: '50' },
    },
  });
  const shape = { ...veleroShape('estate'), namespaces: Number(values.namespaces) };
  await using setting = await makeSetting();
  toStderr(`creating ${sizeOf(shape)} objects in ${shape.namespaces} namespaces`);
  await generateEstate(setting.admin, shape);
  await using velero = await startVelero({
    cluster: { kubeconfig: await makeUser(setting.cluster, setting.admin, veleroUser) },
    store: setting.store,
    bucket: setting.bucket,
    prefix: 'velero',
  });
  const bench = { ...setting, shape, velero };
  const contenders = [hozon(bench), theVelero(bench)];
  const backups = await backUp(contenders, Number(values.rounds), bench);
  const restores = await restore(contenders, Number(values.restores), bench);
  process.stdout.write(`${await facts(bench)}\n\n${tableOf({ backup: backups, restore: restores })}`);
}

/** In turns, and the other one first in each second round. */
async function backUp(contenders: readonly Contender[], rounds: number, bench: Bench): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (let round = 0; round < rounds; round++)
    for (const contender of inTurn(contenders, round)) {
      await untilSettled(bench.admin);
      measured.push(
        told(`backup ${round + 1} by ${contender.name}`, await contender.backup(`backup-${round}`)),
      );
    }
  return measured;
}

/** Into namespaces that are not there. What was restored is counted; a round's copies are gone before the next one. */
async function restore(contenders: readonly Contender[], rounds: number, bench: Bench): Promise<Measured[]> {
  const { admin, shape } = bench;
  const measured: Measured[] = [];
  const copies: string[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const name of copies.splice(0)) await removeCopies(admin, shape, name);
    for (const contender of inTurn(contenders, round)) {
      await untilSettled(admin);
      const name = `${contender.name.toLowerCase()}-${round}`;
      copies.push(name);
      const restored = await contender.restore('backup-0', name);
      measured.push(told(`restore ${round + 1} by ${contender.name}`, restored));
      const count = await countCopies(admin, shape, name);
      if (count !== sizeOf(shape)) throw new Error(`${count} of ${sizeOf(shape)} objects were restored`);
    }
  }
  return measured;
}

function inTurn(contenders: readonly Contender[], round: number): readonly Contender[] {
  return round % 2 === 0 ? contenders : contenders.toReversed();
}

function told(what: string, measured: Measured): Measured {
  const { wallSeconds, cpuSeconds, peakMib } = measured.usage;
  toStderr(`${what}: ${wallSeconds.toFixed(1)} s, CPU ${cpuSeconds.toFixed(1)} s, ${peakMib.toFixed(0)} MiB`);
  return measured;
}

function hozon({ cluster, tool, location, shape }: Bench): Contender {
  const run = async (args: readonly string[]): Promise<Measured> => {
    const work = (): ReturnType<typeof measureTool> => measureTool(tool, [...args, '--location', location]);
    const { result: usage, load } = await measureLoad(cluster, toolUser, work);
    return { who: 'Hozon', usage, load };
  };
  return {
    name: 'Hozon',
    backup: name => run(['backup', 'create', name, '--include-namespaces', namespacesOf(shape).join()]),
    restore: (backup, name) => {
      const pairs = Object.entries(mappingOf(shape, name)).map(pair => pair.join(':'));
      return run(['restore', 'create', name, '--from-backup', backup, '--namespace-mappings', pairs.join()]);
    },
  };
}

/** From the creation of the custom resource until it is in a terminal phase. */
function theVelero({ cluster, velero, shape }: Bench): Contender {
  const run = async (work: () => Promise<VeleroRun>): Promise<Measured> => {
    const { result: usage, load } = await measureLoad(cluster, veleroUser, () =>
      measureServer(velero.pid, work),
    );
    const { phase, failureReason = '' } = usage.result.status;
    if (phase !== 'Completed') throw new Error(`Velero ended as ${phase}: ${failureReason}`);
    return { who: 'Velero', usage, load };
  };
  const seconds = 3600;
  return {
    name: 'Velero',
    backup: name => run(() => velero.backup({ includedNamespaces: namespacesOf(shape) }, { name, seconds })),
    restore: (backup, name) => {
      const spec = { backupName: backup, namespaceMapping: mappingOf(shape, name) };
      return run(() => velero.restore(spec, { name, seconds }));
    },
  };
}

async function facts({ admin, velero, shape }: Bench): Promise<string> {
  const { stdout } = await velero.cli(['version', '--client-only']);
  const version = /Version:\s*(\S+)/.exec(stdout)?.[1] ?? 'of the testbed';
  const estate = `${sizeOf(shape)} objects in ${shape.namespaces} namespaces`;
  return `${estate}; ${await machineFacts(admin)}, Velero ${version}`;
}

await main();
