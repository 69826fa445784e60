import type { Clock } from '#foundation/clock.ts';
import { raise } from '#storage/errors.ts';
import type { Body, ObjectInfo, PutOptions, Retention } from '#storage/object-store.ts';
import { DatedStore } from './kopia-history.ts';

/**
 * A location in memory that locks objects until the clock says that their locks have ended. With versions, as in a bucket of S3, what is
 * locked can be deleted all the same, as far as anybody sees; without, that is refused.
 */
export class LockingStore extends DatedStore {
  readonly locks = new Map<string, Retention>();
  readonly #clock: Clock;
  readonly #hasVersions: boolean;

  constructor(clock: Clock, { hasVersions }: { readonly hasVersions: boolean }) {
    super(clock);
    this.#clock = clock;
    this.#hasVersions = hasVersions;
  }

  override async put(key: string, body: Body, options: PutOptions = {}): Promise<ObjectInfo> {
    const info = await super.put(key, body, options);
    this.#begin(key, options);
    return info;
  }

  override async putIfAbsent(key: string, body: Body, options: PutOptions = {}): Promise<ObjectInfo> {
    const info = await super.putIfAbsent(key, body, options);
    this.#begin(key, options);
    return info;
  }

  override async delete(key: string): Promise<void> {
    const lock = this.locks.get(key);
    if (!this.#hasVersions && lock !== undefined && lock.until > this.#clock.now()) {
      throw raise.locked({ url: this.url, key, reason: lock.until.toISOString() });
    }
    await super.delete(key);
    this.locks.delete(key);
  }

  async extendRetention(key: string, retention: Retention): Promise<void> {
    if (!this.files.has(key)) throw raise['not-found']({ url: this.url, key });
    const lock = this.locks.get(key);
    if (lock === undefined || lock.until < retention.until) this.locks.set(key, retention);
  }

  #begin(key: string, { retention }: PutOptions): void {
    if (retention === undefined) this.locks.delete(key);
    else this.locks.set(key, retention);
  }
}
