import { setInterval } from 'node:timers/promises';
import type { Clock } from '#foundation/clock.ts';
import { type HozonError, isHozonError } from '#foundation/errors.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { keyOf } from './files.ts';
import { surviveHangup } from './hangup.ts';
import type { Identity } from './identity.ts';
import { lockIds, makeLock } from './lock-file.ts';
import type { OpenRepository } from './open.ts';
import { refuseOthers } from './others.ts';

/** What a person may want to know of locking that goes on nevertheless. */
export type LockFinding =
  /** Others hold the repository, and it is waited for them. */
  | { readonly kind: 'waiting'; readonly error: HozonError }
  /** No lock could be put, and none is needed: the location refuses to be written. */
  | { readonly kind: 'unlocked'; readonly error: HozonError }
  /** A lock of this process could not be removed: the location lets nothing be deleted. It is stale in half an hour. */
  | { readonly kind: 'left'; readonly file: string; readonly error: unknown };

export interface LockOptions extends StoreOptions {
  /** Whether nobody else may work in the repository; otherwise several may read it and add to it at once. */
  readonly exclusive: boolean;
  readonly identity: Identity;
  /** Only read, apart from short pauses: that a lock has to be renewed is noticed by looking at it every second. */
  readonly clock: Clock;
  /** Milliseconds for which others are waited for; not at all unless told. */
  readonly retryFor?: number | undefined;
  /** Go on without a lock where the location refuses to be written: for those who only read. */
  readonly optional?: boolean | undefined;
  readonly onFinding?: ((finding: LockFinding) => void) | undefined;
}

/** A lock that is renewed until it is disposed of, which removes it. */
export interface HeldLock extends AsyncDisposable {
  /** Aborts with the caller's signal, and with `repository.lock-lost` where the lock could not be renewed in time, or is gone. */
  readonly signal: AbortSignal;
}

/** All in milliseconds, and as restic has them. */
const settleTime = 200;
const [firstWait, longestWait] = [5000, 60_000];
const refreshEvery = 5 * 60_000;
const retryEvery = 60_000;
/** Others may remove a lock as stale after half an hour; a quarter of that before, its holder stops working. */
const expiresAfter = 22.5 * 60_000;
const lookEvery = 1000;
/** How long removing a lock may take at the end, and taking up one that grew too old. */
const removalLimit = 60_000;
const revivalLimit = 60_000;

/**
 * Runs `action` while the repository is locked as restic locks it, and unlocks it. The lock is renewed as long as the action
 * runs; where that fails for too long, the signal given to the action aborts with `repository.lock-lost`.
 *
 * @throws what {@link holdLock} and the action throw
 */
export async function withLock<T>(
  repository: OpenRepository,
  options: LockOptions,
  action: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  await using lock = await holdLock(repository, options);
  return await action(lock.signal);
}

/**
 * Locks the repository as restic locks it.
 *
 * @throws `repository.locked`, `repository.lock-unreadable` and what the store throws
 */
export async function holdLock(repository: OpenRepository, options: LockOptions): Promise<HeldLock> {
  const hangup = surviveHangup();
  const keeper = new LockKeeper(repository, options);
  try {
    await acquire(repository, keeper, options);
  } catch (thrown) {
    if (await keeper.removeAll()) hangup[Symbol.dispose]();
    throw thrown;
  }
  const watching = keeper.watch();
  const { lost } = keeper;
  return {
    signal: options.signal === undefined ? lost : AbortSignal.any([lost, options.signal]),
    [Symbol.asyncDispose]: async () => {
      await keeper.stop();
      await watching;
      if (await keeper.removeAll()) hangup[Symbol.dispose]();
    },
  };
}

/** Tries until others have gone, or the time for it is over. */
async function acquire(repository: OpenRepository, keeper: LockKeeper, options: LockOptions): Promise<void> {
  const { clock, retryFor = 0, signal, onFinding } = options;
  const until = clock.monotonic() + retryFor;
  for (let pause = firstWait, told = false; ; pause = Math.min(pause * 2, longestWait), told = true) {
    try {
      await tryOnce(repository, keeper, options);
      return;
    } catch (thrown) {
      const left = until - clock.monotonic();
      if (!isHozonError(thrown, 'repository.locked') || left <= 0) throw thrown;
      if (!told) onFinding?.({ kind: 'waiting', error: thrown });
      await clock.sleep(Math.min(pause, left), signal);
    }
  }
}

/** Looks for others, puts the lock, and looks again: of two that came at once, at least one sees the other. */
async function tryOnce(repository: OpenRepository, keeper: LockKeeper, options: LockOptions): Promise<void> {
  await refuseOthers(repository, options);
  const own = await putFirst(keeper, options);
  if (own === undefined) return;
  try {
    await options.clock.sleep(settleTime, options.signal);
    await refuseOthers(repository, options, own);
  } catch (thrown) {
    await keeper.removeAll();
    throw thrown;
  }
}

async function putFirst(
  keeper: LockKeeper,
  { optional, onFinding, signal }: LockOptions,
): Promise<string | undefined> {
  try {
    return await keeper.put(signal);
  } catch (thrown) {
    if (optional === true && isRefusal(thrown)) {
      onFinding?.({ kind: 'unlocked', error: thrown });
      return undefined;
    }
    await keeper.removeAll();
    throw thrown;
  }
}

function isRefusal(thrown: unknown): thrown is HozonError {
  return isHozonError(thrown, 'storage.read-only') || isHozonError(thrown, 'storage.denied');
}

/** The locks that this process holds in a repository: one, and while it is renewed two. */
class LockKeeper {
  readonly #repository: OpenRepository;
  readonly #options: LockOptions;
  readonly #lost = new AbortController();
  readonly #stopped = new AbortController();
  readonly #held = new Set<string>();
  /** The lock that stands for this process: the last one that was put within its time. */
  #current: string | undefined;
  #renewed: Moment;
  #tried: Moment;
  #renewing: Promise<void> | undefined;
  #clean = true;

  constructor(repository: OpenRepository, options: LockOptions) {
    this.#repository = repository;
    this.#options = options;
    this.#renewed = momentOf(options.clock);
    this.#tried = this.#renewed;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Its id is remembered before it is stored, so that it is removed too where the answer of the store was lost. */
  async put(signal: AbortSignal | undefined): Promise<string> {
    const { store } = this.#repository;
    const { clock } = this.#options;
    const now = momentOf(clock);
    const { id, bytes } = makeLock(this.#repository, { ...this.#options, now: clock.now() });
    this.#held.add(id);
    try {
      await store.put(keyOf('locks', id), bytes, { size: bytes.length, signal });
    } catch (thrown) {
      if (isRefusal(thrown)) this.#held.delete(id);
      throw thrown;
    }
    this.#renewed = now;
    if (!this.#isTooOld()) this.#current = id;
    return id;
  }

  /** Renews the lock when it is due. Resolves when it is stopped, or the lock is lost. */
  async watch(): Promise<void> {
    if (this.#held.size === 0) return;
    const { signal } = this.#stopped;
    try {
      for await (const _ of setInterval(lookEvery, undefined, { signal, ref: false })) {
        if (this.#isTooOld() && !(await this.#revive())) return;
        if (this.#isDue()) this.#renewing = this.#renew();
      }
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    }
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#renewing;
  }

  /**
   * What cannot be removed is told, not thrown: the work is done, and the lock will be stale. Whether none was ever left, as one
   * that is left still names this process, which is asked for signs of life.
   */
  async removeAll(): Promise<boolean> {
    for (const id of this.#held) {
      try {
        await this.#remove([id], AbortSignal.timeout(removalLimit));
      } catch (error) {
        this.#clean = false;
        this.#options.onFinding?.({ kind: 'left', file: keyOf('locks', id), error });
      }
    }
    this.#held.clear();
    return this.#clean;
  }

  #isTooOld(): boolean {
    return elapsedSince(this.#renewed, this.#options.clock) >= expiresAfter;
  }

  /**
   * Takes up a lock that grew too old, mostly because the machine was asleep. While it is there nobody has taken its holder for dead; so it
   * has to be there before a new one is put, and a moment after. Otherwise it is lost. Whether it goes on.
   */
  async #revive(): Promise<boolean> {
    const { clock } = this.#options;
    const [before, current] = [[...this.#held], this.#current];
    const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(revivalLimit)]);
    try {
      await this.#requireThere(current, signal);
      await this.put(signal);
      await clock.sleep(settleTime, signal);
      await this.#requireThere(current, signal);
    } catch (cause) {
      if (this.#stopped.signal.aborted) return false;
      this.#lost.abort(raise['lock-lost']({ url: this.#repository.store.url }, { cause }));
      return false;
    }
    // one that cannot be removed is removed with the next, or at the end
    await this.#remove(before, signal).catch(() => {});
    return true;
  }

  async #requireThere(current: string | undefined, signal: AbortSignal): Promise<void> {
    for await (const id of lockIds(this.#repository, { signal })) if (id === current) return;
    throw new Error('the lock was removed by somebody else');
  }

  #isDue(): boolean {
    const { clock } = this.#options;
    if (this.#renewing !== undefined || elapsedSince(this.#renewed, clock) < refreshEvery) return false;
    return elapsedSince(this.#tried, clock) >= retryEvery;
  }

  /** Puts a new lock, then removes the old one. What fails is tried again a minute later. */
  async #renew(): Promise<void> {
    const before = [...this.#held];
    this.#tried = momentOf(this.#options.clock);
    try {
      await this.put(this.#stopped.signal);
      if (!this.#isTooOld()) await this.#remove(before, this.#stopped.signal);
    } catch {
      // the lock in place holds until it expires, which is looked at every second
    } finally {
      this.#renewing = undefined;
    }
  }

  async #remove(ids: readonly string[], signal: AbortSignal): Promise<void> {
    for (const id of ids) {
      await this.#repository.store.delete(keyOf('locks', id), { signal });
      this.#held.delete(id);
    }
  }
}

/** Both clocks: one may be set, the other stands still while the machine sleeps. Milliseconds. */
interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

function momentOf(clock: Clock): Moment {
  return { wall: clock.now().getTime(), monotonic: clock.monotonic() };
}

function elapsedSince({ wall, monotonic }: Moment, clock: Clock): number {
  return Math.max(clock.now().getTime() - wall, clock.monotonic() - monotonic);
}
