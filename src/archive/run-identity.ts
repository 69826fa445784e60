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
  throw new Error('to come');
}

/** Whether the process that it names still runs, as seen from this one. */
export async function isAlive(identity: RunIdentity): Promise<Liveness> {
  throw new Error(`to come ${identity.runId}`);
}
