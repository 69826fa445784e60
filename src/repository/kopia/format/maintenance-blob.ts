import { Fault } from '../../format/fault.ts';
import { type Json, type JsonObject, jsonNumber, ordered, writeJson } from '../../format/go-json.ts';
import {
  countField,
  documentOf,
  flagField,
  listField,
  objectField,
  objectIn,
  textField,
  timeField,
  timeText,
  wholeField,
} from './document-fields.ts';
import { type NonceKey, openWithNonce, purposeKey, sealWithNonce } from './format-key.ts';
import { reasons } from './reasons.ts';
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

const hour = 3_600_000_000_000n;
const reason = reasons.maintenance;

/** Kopia's own defaults. */
export function defaultMaintenance(owner: string): MaintenanceParameters {
  return {
    owner,
    quick: { enabled: true, interval: hour },
    full: { enabled: true, interval: 24n * hour },
    logRetention: { maxTotalSize: 1n << 30n, maxCount: 10_000n, maxAge: 720n * hour },
    extendObjectLocks: false,
    listParallelism: 0,
  };
}

/** @throws Fault */
export function readMaintenance(data: Json | undefined): MaintenanceParameters {
  const document = objectIn(data, reason);
  const logs = objectField(document, 'logRetention', reason);
  return {
    owner: textField(document, 'owner', reason),
    quick: readCycle(objectField(document, 'quick', reason)),
    full: readCycle(objectField(document, 'full', reason)),
    logRetention: {
      maxTotalSize: wholeField(logs, 'maxTotalSize', reason),
      maxCount: wholeField(logs, 'maxCount', reason),
      maxAge: wholeField(logs, 'maxAge', reason),
    },
    extendObjectLocks: flagField(document, 'extendObjectLocks', reason),
    listParallelism: countField(document, 'listParallelism', reason),
    document,
  };
}

function readCycle(document: JsonObject): MaintenanceCycle {
  return {
    enabled: flagField(document, 'enabled', reason),
    interval: wholeField(document, 'interval', reason),
  };
}

const memberOrder = ['owner', 'quick', 'full', 'logRetention', 'extendObjectLocks', 'listParallelism'];

/** The document of the manifest, its members in kopia's order. */
export function writeMaintenance(parameters: MaintenanceParameters): JsonObject {
  const { logRetention } = parameters;
  const members: JsonObject = {
    ...parameters.document,
    owner: parameters.owner,
    quick: writeCycle(parameters.quick),
    full: writeCycle(parameters.full),
    logRetention: {
      maxTotalSize: jsonNumber(logRetention.maxTotalSize),
      maxCount: jsonNumber(logRetention.maxCount),
      maxAge: jsonNumber(logRetention.maxAge),
    },
    extendObjectLocks: parameters.extendObjectLocks,
    listParallelism: parameters.listParallelism,
  };
  return ordered(members, memberOrder);
}

function writeCycle({ enabled, interval }: MaintenanceCycle): JsonObject {
  return { enabled, interval: jsonNumber(interval) };
}

/** What the blob is sealed with. */
export interface ScheduleKeys extends Pick<FormatBlob, 'uniqueId'> {
  readonly format: Pick<RepositoryFormat, 'masterKey' | 'enablePasswordChange'>;
  /** What the password gives. */
  readonly formatKey: Buffer;
}

/** What the bytes of `kopia.maintenance` say. @throws Fault */
export function openSchedule(sealed: Uint8Array, keys: ScheduleKeys): MaintenanceSchedule {
  const plain = openWithNonce(sealed, scheduleKey(keys));
  if (plain === undefined) throw new Fault(reasons.notAuthentic);
  const document = documentOf(plain, reason);
  const runs = Object.entries(objectField(document, 'runs', reason)).map(([task, list]) => {
    const of = listField({ list }, 'list', reason);
    return [task, of.map(each => readRun(objectIn(each, reason)))] as const;
  });
  return {
    nextFull: timeField(document, 'nextFullMaintenance', reason),
    nextQuick: timeField(document, 'nextQuickMaintenance', reason),
    runs: Object.fromEntries(runs),
  };
}

function readRun(document: JsonObject): MaintenanceRun {
  return {
    start: timeField(document, 'start', reason) ?? 0n,
    end: timeField(document, 'end', reason) ?? 0n,
    success: flagField(document, 'success', reason),
    error: textField(document, 'error', reason),
    extra: document['extra'] ?? undefined,
  };
}

/** The bytes of `kopia.maintenance`. */
export function sealSchedule({ nextFull, nextQuick, runs }: MaintenanceSchedule, keys: ScheduleKeys): Buffer {
  const tasks = Object.keys(runs).sort();
  const document: JsonObject = {
    nextFullMaintenance: timeText(nextFull),
    nextQuickMaintenance: timeText(nextQuick),
    runs: Object.fromEntries(tasks.map(task => [task, (runs[task] ?? []).slice(0, runsKept).map(writeRun)])),
  };
  return sealWithNonce(Buffer.from(writeJson(document)), scheduleKey(keys));
}

function writeRun({ start, end, success, error, extra }: MaintenanceRun): JsonObject {
  const times = { start: timeText(start), end: timeText(end) };
  return { ...times, success: success || undefined, error: error || undefined, extra };
}

function scheduleKey({ format, formatKey, uniqueId }: ScheduleKeys): NonceKey {
  // Where the password cannot be changed, its own key is what others come from.
  const key = format.enablePasswordChange ? format.masterKey : formatKey;
  return {
    key: purposeKey(key, uniqueId, 'maintenance schedule'),
    context: Buffer.from('maintenance'),
  };
}
