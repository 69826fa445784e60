import type { Clock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { KubeApi } from '#kube/api.ts';
import { formatKey, type KubeObject } from '#kube/objects.ts';
import { raise } from '#steps/errors.ts';
import type { HeldJournal, JournalRecord } from '#steps/journal.ts';
import { configMapType, type HostedClusterKey } from '../hosted-cluster.ts';
import { type LockState, lockKey, lockObject, readLock } from './lock-object.ts';

interface Keeping {
  readonly api: Pick<KubeApi, 'delete' | 'get' | 'replace'>;
  readonly cluster: HostedClusterKey;
  readonly clock: Clock;
  readonly renewMs: number;
}

/** The lock while it is ours. Every write is guarded by the version of what we wrote last. */
export class HeldLock implements HeldJournal {
  readonly found: JournalRecord | undefined;
  readonly #keeping: Keeping;
  readonly #lost = new AbortController();
  readonly #ended = new AbortController();
  readonly #renewing: Promise<void>;
  #state: LockState;
  #kept: KubeObject;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(keeping: Keeping, state: LockState, kept: KubeObject) {
    this.found = state.record;
    this.#keeping = keeping;
    this.#state = state;
    this.#kept = kept;
    this.#renewing = this.#renew();
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  save(record: JournalRecord): Promise<void> {
    return this.#write({ record });
  }

  clear(): Promise<void> {
    return this.#write({ record: undefined });
  }

  /** Gives the lock back; nothing is left where nothing is kept. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#renewing;
    if (this.lost.aborted) return;
    const { api } = this.#keeping;
    try {
      if (this.#state.record !== undefined) return await this.#write({ holder: undefined });
      await api.delete(configMapType, lockKey(this.#keeping.cluster), { uid: this.#kept.metadata.uid ?? '' });
    } catch (thrown) {
      if (!isHozonError(thrown)) throw thrown; // the holder is dead by then, and whoever comes next sees that
    }
  }

  /** One write at a time: each is guarded by the version that the one before it made. */
  #write(change: Partial<LockState>): Promise<void> {
    const next = this.#writing.then(() => this.#replace(change));
    this.#writing = next.catch(() => {});
    return next;
  }

  async #replace(change: Partial<LockState>): Promise<void> {
    this.lost.throwIfAborted();
    const { api, cluster, clock } = this.#keeping;
    const state = { ...this.#state, renewed: clock.now().toISOString(), ...change };
    const object = (): KubeObject => lockObject(cluster, state, this.#kept.metadata.resourceVersion);
    try {
      this.#kept = await api.replace(configMapType, object());
    } catch (thrown) {
      await this.#adopt(thrown);
      this.#kept = await api.replace(configMapType, object());
    }
    this.#state = state;
  }

  /** A write whose answer was lost may have arrived. What is there and still ours is gone on from. */
  async #adopt(thrown: unknown): Promise<void> {
    const unsure = ['kube.conflict', 'kube.outcome-unknown', 'kube.not-found'];
    if (!unsure.some(code => isHozonError(thrown, code))) throw thrown;
    const found = await this.#keeping.api.get(configMapType, lockKey(this.#keeping.cluster));
    const mine = this.#state.holder?.runId;
    if (found === undefined || readLock(found).holder?.runId !== mine)
      throw this.#lose('another run has taken it');
    this.#kept = found;
  }

  /**
   * A server that is away is no reason to give up: nobody else reaches it either, or whoever did has left a mark that the next write meets;
   * and a procedure writes before each act.
   */
  async #renew(): Promise<void> {
    while (await this.#pause(this.#keeping.renewMs)) {
      try {
        await this.#write({});
      } catch {
        if (this.lost.aborted) return;
      }
    }
  }

  /** Whether there is to be another renewal. */
  async #pause(milliseconds: number): Promise<boolean> {
    try {
      await this.#keeping.clock.sleep(milliseconds, this.#ended.signal);
    } catch {
      return false;
    }
    return !this.lost.aborted;
  }

  #lose(reason: string): Error {
    const what = `the hosted cluster ${formatKey(this.#keeping.cluster)}`;
    const error = raise['lock-lost']({ what, reason });
    this.#lost.abort(error);
    return error;
  }
}
