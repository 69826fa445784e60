import type { Clock } from '#foundation/clock.ts';
import type { HozonError } from '#foundation/errors.ts';
import type { Progress } from '#foundation/progress.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import type { JsonObject } from '../../../format/go-json.ts';
import type { KopiaIdentity } from '../../access/identity.ts';
import type { IndexedKopia } from '../../access/indexed.ts';
import { Ledger } from '../../writing/ledger.ts';
import type { Undeleted } from '../remove-blobs.ts';
import type { SafetyMargins } from '../safety.ts';

/** What every task of maintenance works on and with. */
export interface MaintenanceWork extends StoreOptions {
  readonly repository: IndexedKopia;
  /** Who it is ascribed to. */
  readonly identity: KopiaIdentity;
  readonly safety: SafetyMargins;
  /** When this maintenance began, by the clock of the storage. Milliseconds since 1970. */
  readonly began: number;
  readonly clock: Clock;
  /** Only says what would be done. */
  readonly dryRun: boolean;
  readonly progress: Progress;
}

/** What a task did, or would do, as kopia's history of runs has it. */
export interface TaskResult {
  /** kopia's name of these numbers: `snapshotGCStats`. */
  readonly kind: string;
  readonly data: JsonObject;
  /** What kept it from doing all of that; the next run tries again. */
  readonly shortfall?: Shortfall | undefined;
}

/** Why a task did less than it should have; whoever keeps the history counts it as failed. */
export interface Shortfall {
  readonly error: HozonError;
  /** Blobs that are still there. */
  readonly undeleted?: readonly Undeleted[] | undefined;
}

/** Notes what is written and deleted until it is committed. */
export function ledgerOf({ repository, identity, clock, signal }: MaintenanceWork): Ledger {
  return new Ledger(repository, { identity, clock, signal });
}
