import type { HozonError } from '#foundation/errors.ts';
import type { ObjectStore, StoreOptions } from '#storage/object-store.ts';
import type { RunIdentity } from './run-identity.ts';

export interface SweepOptions extends StoreOptions {
  readonly identity: RunIdentity;
}

export interface Swept {
  /** Backups that an interrupted run had begun, or whose deletion it had: nothing of them is left. */
  readonly removed: readonly string[];
  /** Restores that an interrupted run had begun: their records say Failed now. */
  readonly failedRestores: readonly string[];
  readonly left: readonly LeftAlone[];
}

/**
 * A folder that is no backup and was not touched. `running`: its run is alive. `elsewhere`: its run is on another
 * host and was heard of lately. `foreign`: no run of Hozon's is known for it. `failed`: it could not be removed.
 */
export interface LeftAlone {
  readonly name: string;
  readonly reason: 'running' | 'elsewhere' | 'foreign' | 'failed';
  readonly problem?: HozonError;
}

export async function sweepInterrupted(store: ObjectStore, options: SweepOptions): Promise<Swept> {
  throw new Error(`to come ${store.url} ${options.signal}`);
}
