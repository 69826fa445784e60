import type { Clock } from '#foundation/clock.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import type { KopiaIdentity } from '../access/identity.ts';
import type { IndexedKopia } from '../access/indexed.ts';
import { lockOf } from '../access/keeping.ts';
import { loadManifests, type Manifests } from '../access/manifests.ts';
import { naming } from '../access/naming.ts';
import type { OpenKopia } from '../access/open.ts';
import {
  defaultMaintenance,
  type MaintenanceParameters,
  maintenanceLabels,
  readMaintenance,
  writeMaintenance,
} from '../format/maintenance-blob.ts';
import { changeManifests } from './change-manifests.ts';
import type { LogLimits } from './old-logs.ts';

/** How the repository is maintained; kopia's defaults and nobody as the owner where it does not say. @throws `repository.damaged` */
export async function readMaintenanceParameters(
  repository: IndexedKopia,
  options: StoreOptions & { readonly manifests?: Manifests } = {},
): Promise<MaintenanceParameters> {
  const manifests = options.manifests ?? (await loadManifests(repository, options));
  const stored = manifests.find(maintenanceLabels).at(-1);
  if (stored === undefined) return defaultMaintenance('');
  return naming(repository.store, stored.id, async () => readMaintenance(stored.data));
}

/** Puts them in the place of those that there are. */
export async function setMaintenanceParameters(
  repository: IndexedKopia,
  parameters: MaintenanceParameters,
  options: StoreOptions & { readonly identity: KopiaIdentity; readonly clock?: Clock | undefined },
): Promise<void> {
  await changeManifests(repository, options, async (changes, manifests) => {
    changes.replace(manifests.find(maintenanceLabels), maintenanceLabels, writeMaintenance(parameters));
  });
}

/** Locks of blobs are to be extended so long before they end, in milliseconds: kopia's `minRetentionMaintenanceDiff`. */
const lockMargin = 86_400_000;

/**
 * Refuses parameters by which locks would end before full maintenance extends them, as kopia's `maintenance set` does.
 *
 * @throws `repository.retention-too-short`
 */
export function refuseShortLocks(
  { store: { url }, blobConfig }: Pick<OpenKopia, 'store' | 'blobConfig'>,
  { extendObjectLocks, full }: Pick<MaintenanceParameters, 'extendObjectLocks' | 'full'>,
): void {
  const lock = lockOf(blobConfig);
  const interval = Number(full.interval / 1_000_000n);
  if (!extendObjectLocks || lock === undefined || lock.period - interval >= lockMargin) return;
  throw raise['retention-too-short']({ url, period: lock.period, interval });
}

/** How many logs stay: where nothing is said, what kopia says. */
export function logLimitsOf({ logRetention }: MaintenanceParameters): LogLimits {
  const { maxTotalSize, maxCount, maxAge } = logRetention;
  const said = maxTotalSize === 0n && maxCount === 0n && maxAge === 0n ? undefined : logRetention;
  const limits = said ?? defaultMaintenance('').logRetention;
  return {
    maxTotalSize: Number(limits.maxTotalSize),
    maxCount: Number(limits.maxCount),
    maxAge: Number(limits.maxAge / 1_000_000n),
  };
}
