import { existsSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { hierarchies } from '#testbed/cluster/cgroups.ts';
import { lockOf } from '#testbed/cluster/instance.ts';
import { mountsBelow } from '#testbed/cluster/mounts.ts';
import { tryLock } from '#testbed/locks.ts';
import { runOk } from '#testbed/processes.ts';

/**
 * Everything on this machine that belongs to the instance in `dir`: empty when it left nothing. What is named after
 * the slot alone counts only while nobody holds the slot: another suite's instance may have it by now.
 */
export async function leftovers(dir: string, slot: number): Promise<string[]> {
  return [
    ...(existsSync(dir) ? [dir] : []),
    ...mountsBelow(dir, await readFile('/proc/self/mountinfo', 'utf8')),
    ...(await processesThatName(`${dir}/`)),
    ...(await logLinksInto(`${dir}/`)),
    ...(await namedAfter(slot)),
  ];
}

async function namedAfter(slot: number): Promise<string[]> {
  await using held = await tryLock(lockOf(slot));
  if (held === undefined) return [];
  const name = `hozon${slot}`;
  const { roots } = await hierarchies();
  const links = (await runOk(['ip', '-oneline', 'link'])).split('\n');
  return [
    ...roots.map(root => join(root, name)).filter(path => existsSync(path)),
    ...Object.keys(networkInterfaces()).filter(found => found === name),
    ...links.filter(line => line.includes(`master ${name} `)),
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
