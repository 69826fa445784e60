import { forEachConcurrent } from '#foundation/concurrency.ts';
import { formatGoDuration } from '#foundation/duration.ts';
import { type HozonError, isHozonError } from '#foundation/errors.ts';
import { isRefusal } from '#storage/refusal.ts';
import { raise } from '../../../errors.ts';
import type { BlobInfo } from '../../access/blobs.ts';
import { type BlobLock, lockedPrefixes, lockOf, retentionFrom } from '../../access/keeping.ts';
import type { MaintenanceWork, Shortfall, TaskResult } from './work.ts';

/** Blobs whose locks are extended at once. */
const atOnce = 16;

/**
 * Lets the locks of all blobs that the repository locks end a whole period from now, if they end before; nothing where it locks none.
 * A blob whose lock cannot be extended does not keep the others. Sources: kopia's `repo/maintenance/blob_retain.go`, which sends
 * locks that end before the present ones, too, and counts it as a failure that these are refused.
 */
export async function extendLocks(work: MaintenanceWork): Promise<TaskResult | undefined> {
  const { repository, dryRun } = work;
  const lock = lockOf(repository.blobConfig);
  if (lock === undefined) return undefined;
  const extension = new Extension(work, lock);
  const blobs = await lockedBlobs(work);
  if (!dryRun) await extension.extend(blobs);
  return {
    kind: 'extendBlobRetentionStats',
    data: {
      toExtendBlobCount: blobs.length,
      extendedBlobCount: extension.extended,
      retentionPeriod: formatGoDuration(lock.period),
    },
    shortfall: extension.shortfall(blobs.length),
  };
}

async function lockedBlobs({ repository, signal }: MaintenanceWork): Promise<readonly BlobInfo[]> {
  const blobs: BlobInfo[] = [];
  for (const prefix of lockedPrefixes) {
    for await (const blob of repository.blobs.list(prefix, { signal })) blobs.push(blob);
  }
  return blobs;
}

class Extension {
  readonly #work: MaintenanceWork;
  readonly #lock: BlobLock;
  readonly #refused: { readonly id: string; readonly error: HozonError }[] = [];
  #unable: HozonError | undefined;
  #extended = 0;

  constructor(work: MaintenanceWork, lock: BlobLock) {
    this.#work = work;
    this.#lock = lock;
  }

  get extended(): number {
    return this.#extended;
  }

  /** @throws what asking the store throws, unless it refuses or cannot lock anything */
  async extend(blobs: readonly BlobInfo[]): Promise<void> {
    let done = 0;
    await forEachConcurrent(blobs, atOnce, async ({ id }) => {
      if (this.#unable === undefined) await this.#extendOne(id);
      this.#work.progress({ phase: 'extend locks', done: ++done, total: blobs.length, unit: 'items' });
    });
  }

  async #extendOne(id: string): Promise<void> {
    const { repository, clock, signal } = this.#work;
    try {
      await repository.blobs.extendRetention(id, retentionFrom(this.#lock, clock.now()), { signal });
      this.#extended++;
    } catch (thrown) {
      if (isHozonError(thrown, 'storage.unsupported')) this.#unable = thrown;
      else if (isRefusal(thrown)) this.#refused.push({ id, error: thrown });
      // Whoever deleted it since it was listed has no need of a lock.
      else if (!isHozonError(thrown, 'storage.not-found')) throw thrown;
    }
  }

  shortfall(total: number): Shortfall | undefined {
    if (this.#unable !== undefined) return { error: this.#unable };
    const [first] = this.#refused;
    if (first === undefined) return undefined;
    const { url } = this.#work.repository.store;
    const count = this.#refused.length;
    const { id: file, error } = first;
    return { error: raise['locks-not-extended']({ url, count, total, file, reason: error.explain('en') }) };
  }
}
