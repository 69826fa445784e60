import type { Json, JsonObject } from '../../format/go-json.ts';
import type { FormatBlob, RepositoryFormat } from './repository-format.ts';

/** What is done at intervals. */
export interface MaintenanceCycle {
  readonly enabled: boolean;
  /** Nanoseconds. */
  readonly interval: bigint;
}

/** How a repository is looked after: the manifest with the label `type` = `maintenance`. */
export interface MaintenanceParameters {
  /** `user@host`: who alone may. */
  readonly owner: string;
  readonly quick: MaintenanceCycle;
  readonly full: MaintenanceCycle;
  readonly logRetention: {
    readonly maxTotalSize: bigint;
    readonly maxCount: bigint;
    /** Nanoseconds. */
    readonly maxAge: bigint;
  };
  readonly extendObjectLocks: boolean;
  readonly listParallelism: number;
  /** The document that it was read from: members that are not named here are written again. */
  readonly document?: JsonObject | undefined;
}

/** When it is due next, and what was done: the blob `kopia.maintenance`. Times in nanoseconds since 1970; `undefined` for never. */
export interface MaintenanceSchedule {
  readonly nextFull: bigint | undefined;
  readonly nextQuick: bigint | undefined;
  /** By task; the newest first. */
  readonly runs: Readonly<Record<string, readonly MaintenanceRun[]>>;
}

export interface MaintenanceRun {
  readonly start: bigint;
  readonly end: bigint;
  readonly success: boolean;
  /** '' for none. */
  readonly error: string;
  readonly extra?: Json | undefined;
}

/** The labels of the manifest. */
export const maintenanceLabels = { type: 'maintenance' } as const;

/** How many runs of each task are remembered. */
export const runsKept = 50;

/** Kopia's own defaults. */
export function defaultMaintenance(_owner: string): MaintenanceParameters {
  throw new Error('unfinished');
}

/** @throws Fault */
export function readMaintenance(_data: Json | undefined): MaintenanceParameters {
  throw new Error('unfinished');
}

export function writeMaintenance(_parameters: MaintenanceParameters): JsonObject {
  throw new Error('unfinished');
}

type Keys = Pick<RepositoryFormat, 'masterKey'> & Pick<FormatBlob, 'uniqueId'>;

/** What the bytes of `kopia.maintenance` say. @throws Fault */
export function openSchedule(_sealed: Uint8Array, _keys: Keys): MaintenanceSchedule {
  throw new Error('unfinished');
}

/** The bytes of `kopia.maintenance`. */
export function sealSchedule(_schedule: MaintenanceSchedule, _keys: Keys): Buffer {
  throw new Error('unfinished');
}
