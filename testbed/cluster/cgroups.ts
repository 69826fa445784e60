import { access, constants, mkdir, readdir, readFile, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Control groups are how an instance's processes are found again: whatever a process forks, daemonised or not,
 * stays in the cgroup, so killing the cgroup kills the instance and nothing else. Works with cgroup v1, v2 and
 * with both mounted side by side.
 */
export interface Hierarchies {
  /** Mount points of every hierarchy, each of which may hold a cgroup of an instance. */
  readonly roots: readonly string[];
  /** The one that daemons are put into when they start: v2 where it is mounted, else any of v1. */
  readonly tracking: string | undefined;
}

/** The hierarchies of this machine, from the text of `/proc/self/mountinfo` (see proc_pid_mountinfo(5)). */
export function parseHierarchies(mountinfo: string): Hierarchies {
  const found = mountinfo
    .split('\n')
    .map(
      line =>
        / - (cgroup2?) /.exec(line) && {
          type: / - (cgroup2?) /.exec(line)?.[1],
          at: line.split(' ')[4] ?? '',
        },
    )
    .filter(entry => entry !== null && entry.at !== '') as { type: string; at: string }[];
  const unified = found.find(({ type }) => type === 'cgroup2');
  return { roots: found.map(({ at }) => at), tracking: unified?.at ?? found[0]?.at };
}

export async function hierarchies(): Promise<Hierarchies> {
  return parseHierarchies(await readFile('/proc/self/mountinfo', 'utf8'));
}

/**
 * Makes the cgroup `name` in every hierarchy, as kubelet wants it, and `name/daemons` in the tracking one;
 * resolves to the directory of the latter, or `undefined` where cgroups may not be written (not root).
 */
export async function makeCgroup(name: string): Promise<string | undefined> {
  const { roots, tracking } = await hierarchies();
  if (tracking === undefined || !(await writable(tracking))) return undefined;
  for (const root of roots) await mkdir(join(root, name), { recursive: true });
  const daemons = join(tracking, name, 'daemons');
  await mkdir(daemons, { recursive: true });
  return daemons;
}

/** Kills every process in the cgroup `name` of any hierarchy and removes the cgroup. Nothing there: nothing done. */
export async function removeCgroup(name: string): Promise<void> {
  const { roots } = await hierarchies();
  const tops = roots.map(root => join(root, name));
  for (let round = 0; round < 600; round++) {
    for (const top of tops) await killAll(top);
    const left = await Promise.all(tops.map(removeTree));
    if (left.every(gone => gone)) return;
    await delay(50); // a killed process leaves its cgroup when it has been torn down; no event says so in v1
  }
  throw new Error(`cgroup ${name} still has processes after SIGKILL`);
}

async function killAll(directory: string): Promise<void> {
  for (const child of await childGroups(directory)) await killAll(child);
  const processes = await readFile(join(directory, 'cgroup.procs'), 'utf8').catch(() => '');
  for (const pid of processes.split('\n').filter(Boolean)) kill(Number(pid));
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
  }
}

/** Whether it is gone. */
async function removeTree(directory: string): Promise<boolean> {
  for (const child of await childGroups(directory)) await removeTree(child);
  try {
    await rmdir(directory);
    return true;
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT') return true;
    if (code === 'EBUSY') return false;
    throw thrown;
  }
}

async function childGroups(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  return entries.filter(entry => entry.isDirectory()).map(entry => join(directory, entry.name));
}

async function writable(directory: string): Promise<boolean> {
  return access(directory, constants.W_OK).then(
    () => true,
    () => false,
  );
}
