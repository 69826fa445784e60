import type { ObjectStore, StoreOptions } from '#storage/object-store.ts';
import { raise } from '../errors.ts';
import { restoreKeys } from '../stored/keys.ts';
import { judgeMarker, type Marker, readMarker } from './run-marker.ts';
import { storeTimeOf } from './store-time.ts';

export interface FoundMarker extends StoreOptions {
  readonly key: string;
  readonly marker: Marker;
}

/**
 * Throws unless the run of a marker in a backup's folder is dead.
 *
 * @throws `archive.backup-running`, `archive.backup-deleting`
 */
export async function refuseLiveRun(store: ObjectStore, name: string, found: FoundMarker): Promise<void> {
  if (!(await isAtWork(store, found))) return;
  const { host, pid } = found.marker.run;
  const code = found.marker.kind === 'delete' ? 'backup-deleting' : 'backup-running';
  throw raise[code]({ url: store.url, name, host, pid });
}

/** The marker of a restore if its run is alive, or may be. */
export async function liveRestore(
  store: ObjectStore,
  restore: string,
  options: StoreOptions = {},
): Promise<Marker | undefined> {
  const { marker: key } = restoreKeys(restore);
  const marker = await readMarker(store, key, options);
  if (marker === undefined) return undefined;
  return (await isAtWork(store, { key, marker, signal: options.signal })) ? marker : undefined;
}

/**
 * Whether a restore has a marker whose run is known to be dead. Nothing is written to find out, so that of a run on
 * another host, however silent, it is not known.
 */
export async function isInterrupted(
  store: ObjectStore,
  restore: string,
  options: StoreOptions = {},
): Promise<boolean> {
  const { marker: key } = restoreKeys(restore);
  const marker = await readMarker(store, key, options);
  if (marker === undefined) return false;
  const storeTime = async (): Promise<number> => 0;
  return (await judgeMarker(store, key, marker, { storeTime, signal: options.signal })) === 'dead';
}

async function isAtWork(store: ObjectStore, { key, marker, signal }: FoundMarker): Promise<boolean> {
  const storeTime = storeTimeOf(store, { signal });
  return (await judgeMarker(store, key, marker, { storeTime, signal })) !== 'dead';
}
