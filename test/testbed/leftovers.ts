import { existsSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { hierarchies } from '#testbed/cluster/cgroups.ts';
import { mountsBelow } from '#testbed/cluster/mounts.ts';
import { runOk } from '#testbed/processes.ts';

/** Everything on this machine that belongs to the instance in `dir`: empty when it left nothing. */
export async function leftovers(dir: string, slot: number): Promise<string[]> {
  const name = `hozon${slot}`;
  const { roots } = await hierarchies();
  const cgroups = roots.map(root => join(root, name)).filter(path => existsSync(path));
  const mounts = mountsBelow(dir, await readFile('/proc/self/mountinfo', 'utf8'));
  const interfaces = Object.keys(networkInterfaces()).filter(found => found === name);
  const links = (await runOk(['ip', '-oneline', 'link']))
    .split('\n')
    .filter(line => line.includes(`master ${name} `));
  return [
    ...(existsSync(dir) ? [dir] : []),
    ...cgroups,
    ...mounts,
    ...interfaces,
    ...links,
    ...(await processesThatName(`${dir}/`)),
    ...(await logLinksInto(`${dir}/`)),
  ];
}

async function processesThatName(path: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(path)) found.push(`${pid} ${command.replaceAll('\0', ' ')}`);
  }
  return found;
}

async function logLinksInto(path: string): Promise<string[]> {
  const directory = '/var/log/containers';
  const names = await readdir(directory).catch(() => []);
  const targets = await Promise.all(names.map(name => readlink(join(directory, name)).catch(() => '')));
  return targets.filter(target => target.startsWith(path));
}
