import { type Clock, systemClock } from '#foundation/clock.ts';
import { mapConcurrent } from '#foundation/concurrency.ts';
import { type HozonError, isHozonError } from '#foundation/errors.ts';
import type { ObjectStore, StoreOptions, UnfinishedWrite } from '#storage/object-store.ts';
import { requestsAtOnce } from '../stored/folder.ts';
import {
  backupKeys,
  backupsFolder,
  isInFolder,
  isMarkerKey,
  restoreKeys,
  restoresFolder,
} from '../stored/keys.ts';
import { endBackupRun, endRestoreRun } from './interrupted.ts';
import { judgeMarker, readMarker } from './run-marker.ts';
import { type StoreTime, storeTimeOf } from './store-time.ts';
import { type Suspect, type SuspectKind, suspects } from './suspects.ts';

export interface SweepOptions extends StoreOptions {
  readonly clock?: Clock | undefined;
}

export interface Swept {
  /** Backups that an interrupted run had begun, or whose deletion it had: nothing of them is left. */
  readonly removed: readonly string[];
  /** Restores that an interrupted run had begun: their records say Failed now. */
  readonly failedRestores: readonly string[];
  readonly left: readonly LeftAlone[];
}

/**
 * A folder that is no backup, or has a marker, and was not touched. `running`: its run is alive. `elsewhere`: its run
 * is on another host and was heard of lately. `foreign`: no run of Hozon's is known for it. `failed`: what was left
 * there could not be removed.
 */
export interface LeftAlone {
  readonly kind: SuspectKind;
  readonly name: string;
  readonly reason: 'running' | 'elsewhere' | 'foreign' | 'failed';
  readonly problem?: HozonError;
}

/**
 * Finds what interrupted runs left, unfinished uploads too, and removes it; ends the deletions that were
 * interrupted; lets the records of interrupted restores say so. Whole backups are never touched, nor what a run is
 * at work on. It costs one listing of the location.
 *
 * @throws `storage.*` where the location cannot be listed or written
 */
export async function sweepInterrupted(store: ObjectStore, options: SweepOptions = {}): Promise<Swept> {
  const { signal, clock = systemClock } = options;
  const sweep: Sweep = { store, clock, signal, storeTime: storeTimeOf(store, { signal }) };
  await abandonFirstWrites(store, { signal });
  const backups = await sweepAll(sweep, 'backup');
  const restores = await sweepAll(sweep, 'restore');
  return {
    removed: backups.ended,
    failedRestores: restores.ended,
    left: [...backups.left, ...restores.left],
  };
}

interface Sweep {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  readonly storeTime: StoreTime;
}

/**
 * A run that died while it wrote its marker left no folder, but that. No other program writes markers, and a write
 * that does not even say in which folder was given up before its first byte.
 */
async function abandonFirstWrites(store: ObjectStore, options: StoreOptions): Promise<void> {
  for (const parent of [backupsFolder, restoresFolder]) {
    const writes: UnfinishedWrite[] = [];
    for await (const write of store.unfinished(parent, options)) {
      if (isMarkerKey(write.key) || !isInFolder(parent, write.key)) writes.push(write);
    }
    for (const write of writes) await store.abandon(write, options);
  }
}

async function sweepAll(
  sweep: Sweep,
  kind: SuspectKind,
): Promise<{ readonly ended: string[]; readonly left: LeftAlone[] }> {
  const ended: string[] = [];
  const left: LeftAlone[] = [];
  const found = suspects(sweep.store, kind, { signal: sweep.signal });
  for await (const outcome of mapConcurrent(found, requestsAtOnce, each => sweepFolder(sweep, each))) {
    if (typeof outcome === 'string') ended.push(outcome);
    else if (outcome !== undefined) left.push(outcome);
  }
  return { ended, left };
}

/** The name of what was ended, why it was left, or neither where nothing but a marker was in the way. */
async function sweepFolder(
  sweep: Sweep,
  { kind, name, hasMarker }: Suspect,
): Promise<string | LeftAlone | undefined> {
  if (!hasMarker) return { kind, name, reason: 'foreign' };
  try {
    return await endIfDead(sweep, kind, name);
  } catch (thrown) {
    if (!isHozonError(thrown) || sweep.signal?.aborted === true) throw thrown;
    return { kind, name, reason: 'failed', problem: thrown };
  }
}

async function endIfDead(
  sweep: Sweep,
  kind: SuspectKind,
  name: string,
): Promise<string | LeftAlone | undefined> {
  const { store, clock, signal, storeTime } = sweep;
  const { marker: key } = kind === 'backup' ? backupKeys(name) : restoreKeys(name);
  const marker = await readMarker(store, key, { signal });
  if (marker === undefined) return undefined;
  const verdict = await judgeMarker(store, key, marker, { storeTime, signal });
  if (verdict === 'alive') return { kind, name, reason: 'running' };
  if (verdict === 'unknown') return { kind, name, reason: 'elsewhere' };
  const end = kind === 'backup' ? endBackupRun : endRestoreRun;
  return (await end(store, name, marker, { clock, signal })) ? name : undefined;
}
