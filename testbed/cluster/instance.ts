import { existsSync } from 'node:fs';
import { mkdir, readdir, rmdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { testbedErrors } from '../errors.ts';
import { type Lock, tryLock } from '../locks.ts';
import type { Narrate } from '../narration.ts';
import { type Daemon, type DaemonOptions, startDaemon } from '../processes.ts';
import { hierarchies, makeCgroup } from './cgroups.ts';
import { clearInstance } from './clearing.ts';

const slots = 200;
const portsPerSlot = 16;
const firstPort = 22_000; // below the range that the kernel takes ports for outgoing connections from

/**
 * The place of one cluster or object store on this machine: a directory, a cgroup, a range of ports, a subnet.
 * Every instance has a slot, a number that all of these follow from, and holds the slot's lock for as long as its
 * owner lives: what lies in a slot whose lock is free is left from a crash.
 */
export interface Instance {
  readonly slot: number;
  /** `hozon7`: the name of its cgroup and of its bridge. */
  readonly name: string;
  readonly dir: string;
  /** Starts a process that belongs to the instance and ends with it. Its log is in `logs/NAME.log`. */
  startDaemon(options: InstanceDaemon): Promise<Daemon>;
  /** A port of its own on every address. */
  readonly port: (offset: number) => number;
  /** The first three bytes of its subnet: `10.213.7`. */
  readonly subnet: string;
  /** Removes all it has on this machine and gives the slot back. Safe to call twice. */
  release(): Promise<void>;
}

export type InstanceDaemon = Omit<DaemonOptions, 'logDir' | 'cgroup'>;

/** Where instances live: `HOZON_TESTBED_DIR`, else a directory on disk that only this user can write. */
export function testbedDir(): string {
  const given = process.env['HOZON_TESTBED_DIR'];
  if (given) return shortEnough(resolve(given));
  const user = process.getuid?.() ?? 0;
  return user === 0 ? '/var/lib/hozon-testbed' : join(tmpdir(), `hozon-testbed-${user}`);
}

/** A socket's path has at most 107 bytes (unix(7)), of which kubelet's and containerd's need some below the directory. */
function shortEnough(dir: string): string {
  if (Buffer.byteLength(dir) <= 60) return dir;
  throw new Error(`HOZON_TESTBED_DIR may have at most 60 bytes, since sockets are made below it: ${dir}`);
}

/** Clears away what crashed owners left, then takes a free slot. */
export async function claimInstance(narrate: Narrate): Promise<Instance> {
  await sweep(narrate);
  for (let slot = 0; slot < slots; slot++) {
    const held = await tryLock(lockOf(slot));
    if (held === undefined) continue;
    if (await usable(slot)) return occupy(slot, held);
    await held.release();
  }
  throw testbedErrors.raise['no-free-slot']({ tried: slots });
}

/** Clears away the instances whose owners are dead. Resolves to how many there were. */
export async function sweep(narrate: Narrate): Promise<number> {
  const base = testbedDir();
  const names = await readdir(base).catch(() => []);
  let cleared = 0;
  for (const name of names.filter(text => /^\d+$/.test(text))) {
    const held = await tryLock(lockOf(Number(name)));
    if (held === undefined) continue;
    try {
      narrate(`clearing away what a testbed left that did not end cleanly (${join(base, name)})`);
      await clearInstance({ name: `hozon${name}`, dir: join(base, name) });
      cleared++;
    } finally {
      await held.release();
    }
  }
  await removeBase();
  return cleared;
}

async function occupy(slot: number, held: Lock): Promise<Instance> {
  const name = `hozon${slot}`;
  const dir = join(testbedDir(), String(slot));
  const logDir = join(dir, 'logs');
  await clearInstance({ name, dir });
  await mkdir(logDir, { recursive: true, mode: 0o700 });
  const cgroup = await makeCgroup(name);
  let released: Promise<void> | undefined;
  const daemons: Daemon[] = [];
  const giveBack = async (): Promise<void> => {
    await Promise.all(daemons.map(daemon => daemon.stop({ signal: 'SIGKILL' })));
    await clearInstance({ name, dir });
    await removeBase();
    await held.release();
  };
  return {
    slot,
    name,
    dir,
    startDaemon: async options => {
      const daemon = await startDaemon({ ...options, logDir, cgroup });
      daemons.push(daemon);
      return daemon;
    },
    port: offset => portOf(slot, offset),
    subnet: subnetOf(slot),
    release: () => (released ??= giveBack()),
  };
}

async function usable(slot: number): Promise<boolean> {
  if ((await leftElsewhere(slot)) || (await othersUseSubnet(slot))) return false;
  const offsets = Array.from({ length: portsPerSlot }, (_, offset) => offset);
  const free = await Promise.all(offsets.map(offset => bindable(portOf(slot, offset))));
  return free.every(Boolean);
}

/**
 * Whether a crashed instance in another HOZON_TESTBED_DIR still has its cgroup. This directory's own leftovers are
 * gone by now; taking the slot would make the other look alive to the sweep that is to clear it away.
 */
async function leftElsewhere(slot: number): Promise<boolean> {
  const { roots } = await hierarchies();
  return roots.some(root => existsSync(join(root, `hozon${slot}`)));
}

/** Whether an interface that is not this slot's own has an address in its subnet. */
async function othersUseSubnet(slot: number): Promise<boolean> {
  return Object.entries(networkInterfaces()).some(
    ([name, addresses]) =>
      name !== `hozon${slot}` && addresses?.some(({ address }) => address.startsWith(`${subnetOf(slot)}.`)),
  );
}

function bindable(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer();
  server.once('error', () => resolve(false));
  server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  return promise;
}

/** Stays where it is not empty: other instances, or files of a named testbed. */
async function removeBase(): Promise<void> {
  await rmdir(testbedDir()).catch(() => {});
}

function portOf(slot: number, offset: number): number {
  if (offset >= portsPerSlot) throw new RangeError(`an instance has ${portsPerSlot} ports`);
  return firstPort + slot * portsPerSlot + offset;
}

function subnetOf(slot: number): string {
  return `10.213.${slot}`;
}

/** The name of the lock that whoever has the slot holds. */
export function lockOf(slot: number): string {
  return `slot-${slot}`;
}
