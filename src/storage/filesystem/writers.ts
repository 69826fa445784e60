import { createHash, randomBytes } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

/**
 * Who writes, as far as another process can later tell whether it still lives. It is the name of the writer's
 * directory under `.hozon-unfinished`: the fields joined by `.`.
 *
 * The policy, in {@link isLeftBehind}: a writer of this machine is judged by its process id and that process's
 * start time, and everything from before the machine's last start is dead. A writer of another machine, or of
 * another container (a location on NFS, a shared volume), cannot be asked, nor can one where it is not known which start of the machine
 * is meant, which may be another machine's; it counts as dead once its file has not been written to for {@link silence}. One that lives touches its files more often than that (`heartbeat.ts`).
 */
export interface Writer {
  /** Host name and machine id; `0` where the machine has no id and names may repeat. */
  readonly machine: string;
  /** This start of the machine; `0` where unknown. */
  readonly boot: string;
  /** The PID namespace; `0` where there is no such thing. */
  readonly namespace: string;
  readonly pid: number;
  /** When the process started, in the system's own count; `0` where unknown. */
  readonly started: string;
}

/** Milliseconds without a change of its file after which a writer that cannot be asked counts as dead: a day. */
export const silence = 24 * 60 * 60 * 1000;

let own: Promise<Writer> | undefined;

/** This process. */
export function thisWriter(): Promise<Writer> {
  own ??= describeThisProcess();
  return own;
}

/** A new name for a write of `writer`, unlike any other. */
export function nameOfWrite(writer: Writer): string {
  const { machine, boot, namespace, pid, started } = writer;
  return [machine, boot, namespace, pid, started, randomBytes(8).toString('hex')].join('.');
}

/** The writer in a name made by {@link nameOfWrite}; `undefined` for any other text. */
export function writerOf(name: string): Writer | undefined {
  const match =
    /^([0-9a-f]{1,16})\.([0-9a-f]{1,16})\.([0-9]{1,20})\.([0-9]{1,10})\.([0-9]{1,20})\.[0-9a-f]{16}$/.exec(
      name,
    );
  if (match === null) return undefined;
  const [, machine = '', boot = '', namespace = '', pid = '', started = ''] = match;
  return { machine, boot, namespace, pid: Number(pid), started };
}

/**
 * Whether nobody will finish the write: `isRunning` answers for a process of this machine, `idle` is for how long
 * the file has been neither written to nor touched, in milliseconds.
 */
export async function isLeftBehind(
  writer: Writer | undefined,
  self: Writer,
  idle: number,
  isRunning: (pid: number, started: string) => Promise<boolean> = isRunningHere,
): Promise<boolean> {
  if (writer === undefined || writer.machine !== self.machine) return idle > silence;
  if (writer.boot === '0' || self.boot === '0') return idle > silence;
  if (writer.boot !== self.boot) return writer.machine !== '0' || idle > silence;
  if (writer.namespace !== self.namespace) return idle > silence;
  return !(await isRunning(writer.pid, writer.started));
}

/** Whether the process with this id, started at that time, runs on this machine. A zombie does not. */
export async function isRunningHere(pid: number, started: string): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const stat = await processStat(pid);
  if (stat === undefined) return true;
  return stat.state !== 'Z' && stat.state !== 'X' && (started === '0' || stat.started === started);
}

async function describeThisProcess(): Promise<Writer> {
  const [machineId, bootId, namespace, stat] = await Promise.all([
    textOf('/etc/machine-id'),
    textOf('/proc/sys/kernel/random/boot_id'),
    readlink('/proc/self/ns/pid').catch(() => ''),
    processStat(process.pid),
  ]);
  return {
    machine: machineId === '' ? '0' : digest(`${hostname()}\n${machineId}`),
    boot: bootId === '' ? '0' : digest(bootId),
    namespace: /\d+/.exec(namespace)?.[0] ?? '0',
    pid: process.pid,
    started: stat?.started ?? '0',
  };
}

/** State and start time of a process: fields 3 and 22 of /proc/PID/stat, see proc_pid_stat(5). */
async function processStat(pid: number): Promise<{ state: string; started: string } | undefined> {
  const text = await textOf(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, started] = [fields[0], fields[19]];
  return text === '' || state === undefined || started === undefined ? undefined : { state, started };
}

/** A small file of the system; empty where it is not there or may not be read. */
async function textOf(path: string): Promise<string> {
  return (await readFile(path, 'utf8').catch(() => '')).trim();
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
