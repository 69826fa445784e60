import type { Clock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import { type Message, say } from '#foundation/language.ts';
import type { KubeApi } from '#kube/api.ts';
import type { KubeObject } from '#kube/objects.ts';
import { raise } from '#steps/errors.ts';
import type { HeldJournal, JournalRecord } from '#steps/journal.ts';
import { configMapType } from '../hosted-cluster.ts';
import {
  type LockedCluster,
  type LockState,
  lockKey,
  lockObject,
  nameOfCluster,
  readLock,
} from './lock-object.ts';

interface Keeping {
  readonly api: Pick<KubeApi, 'create' | 'delete' | 'get' | 'replace'>;
  readonly cluster: LockedCluster;
  readonly clock: Clock;
  readonly renewMs: number;
}

const taken = say('another run has taken it', '別の処理が取得しました');

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

  /** A process that was stopped, and a machine that slept, learn here that time has passed. */
  async confirm(): Promise<void> {
    this.lost.throwIfAborted();
    const { clock, renewMs } = this.#keeping;
    const age = clock.now().getTime() - Date.parse(this.#state.renewed);
    if (!(age >= 0 && age < 2 * renewMs)) await this.#write({});
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
      const { uid, resourceVersion } = this.#kept.metadata;
      await api.delete(configMapType, lockKey(this.#keeping.cluster.key), { uid, resourceVersion });
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
      const isThere = await this.#adopt(thrown);
      this.#kept = isThere
        ? await api.replace(configMapType, object())
        : await this.#makeAgain(lockObject(cluster, state, undefined));
    }
    this.#state = state;
  }

  /** Whether it is there. A write whose answer was lost may have arrived: what is there and still ours is gone on from. */
  async #adopt(thrown: unknown): Promise<boolean> {
    const unsure = ['kube.conflict', 'kube.outcome-unknown', 'kube.not-found'];
    if (!unsure.some(code => isHozonError(thrown, code))) throw thrown;
    const found = await this.#keeping.api.get(configMapType, lockKey(this.#keeping.cluster.key));
    if (found === undefined) return false;
    if (readLock(found).holder?.runId !== this.#state.holder?.runId) throw this.#lose(taken);
    this.#kept = found;
    return true;
  }

  /** Somebody has deleted it: what was there before must be known as long as it is not so again. */
  async #makeAgain(object: KubeObject): Promise<KubeObject> {
    try {
      return await this.#keeping.api.create(configMapType, object);
    } catch (thrown) {
      throw isHozonError(thrown, 'kube.already-exists') ? this.#lose(taken) : thrown;
    }
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

  #lose(reason: Message): Error {
    const error = raise['lock-lost']({ what: nameOfCluster(this.#keeping.cluster), reason });
    this.#lost.abort(error);
    return error;
  }
}
