import { parseArgs } from 'node:util';
import { openLocation } from '#storage/locations.ts';
import { namespacesOf } from '#testbed/estate/generated-objects.ts';
import { type EstateShape, sizeOf } from '#testbed/estate/shape.ts';
import { toStderr } from '#testbed/narration.ts';
import { countCopies } from './copies.ts';
import { machineFacts } from './facts.ts';
import { makeBackup } from './made-backup.ts';
import { measureTool, type Usage } from './processes.ts';
import { makeSetting, type Setting } from './setting.ts';

/**
 * `scale.ts [--namespaces 50]`: an estate of 2,000 objects a namespace is restored into an empty cluster and backed up
 * from there. Prints time and memory as a Markdown table, and fails where either takes more memory than it may.
 */
const mostMib = 512;

/** With its namespace, 2,000 objects each. */
const perNamespace = { ConfigMap: 700, Secret: 700, ServiceAccount: 200, Role: 200, RoleBinding: 199 };

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { namespaces: { type: 'string', default: '50' } } });
  const shape: EstateShape = { name: 'scale', seed: 1, namespaces: Number(values.namespaces), perNamespace };
  await using setting = await makeSetting();
  const restored = await restore(shape, setting);
  const stored = await backUp(shape, setting);
  const lines = [lineOf('backup', stored, shape), lineOf('restore', restored, shape)];
  const header = [
    '| | objects | wall time, s | processor time, s | peak memory, MiB |',
    '|---|---|---|---|---|',
  ];
  process.stdout.write(`${await machineFacts(setting.admin)}\n\n${[...header, ...lines].join('\n')}\n`);
  if (Math.max(restored.peakMib, stored.peakMib) > mostMib) throw new Error(`more than ${mostMib} MiB`);
}

async function restore(shape: EstateShape, { admin, tool, location }: Setting): Promise<Usage> {
  toStderr(`making a backup of ${sizeOf(shape)} objects`);
  const name = 'made';
  await makeBackup(await openLocation({ url: location }), shape, { client: admin, name });
  toStderr('restoring it');
  const args = ['restore', 'create', 'restore', '--from-backup', name, '--location', location];
  const usage = await measureTool(tool, args);
  toStderr(`restored in ${usage.wallSeconds.toFixed(1)} s, ${usage.peakMib.toFixed(0)} MiB`);
  const count = await countCopies(admin, shape, shape.name);
  if (count !== sizeOf(shape)) throw new Error(`${count} of ${sizeOf(shape)} objects were restored`);
  return usage;
}

async function backUp(shape: EstateShape, { tool, location }: Setting): Promise<Usage> {
  const included = ['--include-namespaces', namespacesOf(shape).join()];
  const args = ['backup', 'create', 'backup', ...included, '--location', location];
  const usage = await measureTool(tool, args);
  toStderr(`backed up in ${usage.wallSeconds.toFixed(1)} s, ${usage.peakMib.toFixed(0)} MiB`);
  return usage;
}

function lineOf(what: string, { wallSeconds, cpuSeconds, peakMib }: Usage, shape: EstateShape): string {
  const cells = [what, sizeOf(shape), wallSeconds.toFixed(1), cpuSeconds.toFixed(1), peakMib.toFixed(0)];
  return `| ${cells.join(' | ')} |`;
}

await main();
