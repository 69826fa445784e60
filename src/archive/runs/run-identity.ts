import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { isRunningHere, thisWriter } from '#storage/filesystem/writers.ts';

/** Who runs, as far as another process can later tell whether it still lives. */
export interface RunIdentity {
  /** Unlike any other. */
  readonly runId: string;
  /** The host's name, for people. */
  readonly host: string;
  /** Host name and machine id, digested; `0` where the machine has no id. */
  readonly machine: string;
  /** This start of the machine, digested; `0` where unknown. */
  readonly boot: string;
  /** `0` where there is no such thing. */
  readonly pidNamespace: string;
  readonly pid: number;
  /** When the process started, in the system's own count; `0` where unknown. */
  readonly started: string;
}

/** `unknown` where the process is on another host, or in another container, and cannot be asked. */
export type Liveness = 'alive' | 'dead' | 'unknown';

/** This process, with a new `runId` at each call. */
export async function readRunIdentity(): Promise<RunIdentity> {
  const { machine, boot, namespace, pid, started } = await thisWriter();
  return { runId: randomUUID(), host: hostname(), machine, boot, pidNamespace: namespace, pid, started };
}

/** Whether the process that it names still runs, as seen from this one. */
export async function isAlive(identity: RunIdentity): Promise<Liveness> {
  const self = await readRunIdentity();
  if (identity.machine !== self.machine || identity.host !== self.host) return 'unknown';
  if (identity.boot !== self.boot) {
    const bothKnown = identity.machine !== '0' && identity.boot !== '0' && self.boot !== '0';
    return bothKnown ? 'dead' : 'unknown';
  }
  if (identity.pidNamespace !== self.pidNamespace) return 'unknown';
  return (await isRunningHere(identity.pid, identity.started)) ? 'alive' : 'dead';
}

/** Whether it names the very process that asks. */
export async function isThisProcess(identity: RunIdentity): Promise<boolean> {
  const self = await readRunIdentity();
  return (['host', 'machine', 'boot', 'pidNamespace', 'pid', 'started'] as const).every(
    field => identity[field] === self[field],
  );
}
