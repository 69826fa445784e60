import type { Clock } from '#foundation/clock.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import type { Compression } from '../format/zstd.ts';
import { finishPack } from './blob-store.ts';
import { BlobClaims, newClaims } from './claims.ts';
import type { SinkTotals } from './content-sink.ts';
import type { QueuedJob } from './job-queue.ts';
import type { Job, JobAnswer } from './messages.ts';
import { newSlots, PackSlots } from './pack-slots.ts';
import { PackStoring } from './pack-storing.ts';
import { Calling } from './shared-lock.ts';
import { WorkerCrew } from './worker-crew.ts';

export interface EngineOptions extends StoreOptions {
  readonly workers: number;
  readonly compression: Compression;
  readonly packsUnderWay: number;
  readonly clock?: Clock | undefined;
  /** The next job for a worker that has room. */
  readonly nextJob: () => QueuedJob | undefined;
}

/** Slots that are filled while others are stored: one for each type of blob. */
const openSlots = 2;

/**
 * Workers, the memory they share, and the storing of what they made. The first failure of any of them, or the caller's abort,
 * ends everything: whoever waits is told, threads that sleep wake up, and puts are aborted.
 */
export class SinkEngine {
  readonly claims: BlobClaims;
  readonly #repository: IndexedRepository;
  readonly #options: EngineOptions;
  readonly #calling: Calling;
  readonly #slots: PackSlots;
  readonly #crew: WorkerCrew;
  readonly #storing: PackStoring;
  readonly #stopping = new AbortController();
  readonly #rejects = new Set<(error: unknown) => void>();
  readonly #abort = (): void => this.fail(this.#options.signal?.reason);
  #failure: { readonly error: unknown } | undefined;
  #waiting: (() => void)[] = [];
  #underWay = 0;

  constructor(repository: IndexedRepository, options: EngineOptions) {
    const { workers, compression, packsUnderWay, clock } = options;
    const { key, config, index } = repository;
    this.#repository = repository;
    this.#options = options;
    const shared = {
      claims: newClaims(),
      slots: newSlots(packsUnderWay + openSlots),
      calling: Calling.memory(),
    };
    this.#calling = new Calling(shared.calling);
    this.claims = new BlobClaims(shared.claims, this.#calling);
    this.#slots = new PackSlots(shared.slots, this.#calling);
    const onFailure = (error: unknown): void => this.fail(error);
    const signal = this.#stopping.signal;
    this.#storing = new PackStoring(repository, { signal, slots: this.#slots, clock, onFailure });
    const setup = { ...shared, key, polynomial: config.polynomial, compression, known: index.shared() };
    this.#crew = new WorkerCrew(setup, workers, {
      onPack: pack => this.#storing.begin(pack),
      onRoom: () => this.giveOut(),
      onFailure,
    });
    options.signal?.addEventListener('abort', this.#abort, { once: true });
  }

  /** How many workers there are at most. */
  get workers(): number {
    return this.#options.workers;
  }

  /** @throws the first failure */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Ends everything; the first one counts. */
  fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    this.#calling.off();
    this.#stopping.abort(error);
    this.#crew.fail(error);
    for (const reject of this.#rejects) reject(error);
    this.#rejects.clear();
    this.wake();
  }

  /** A promise that is rejected with the first failure. */
  pending<T>(begin: (resolve: (value: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#rejects.add(reject);
      begin(value => {
        this.#rejects.delete(reject);
        resolve(value);
      });
    });
  }

  /** Waits until something that jobs change is so. @throws the first failure */
  async until(condition: () => boolean): Promise<void> {
    this.check();
    while (!condition()) {
      await new Promise<void>(resolve => this.#waiting.push(resolve));
      this.check();
    }
  }

  /** Lets those who wait look again. */
  wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }

  /** Gives jobs to the workers that have room. */
  giveOut(): void {
    while (this.#failure === undefined && this.#crew.hasRoom()) {
      const queued = this.#options.nextJob();
      if (queued === undefined) return;
      this.#underWay++;
      void this.#perform(queued);
    }
  }

  async #perform({ job, done }: QueuedJob): Promise<void> {
    try {
      const answer = await this.#crew.run(job);
      this.#underWay--;
      done(answer);
      this.wake();
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  /** Gives a job to each worker, of whom so many are wanted. @throws the first failure */
  runOnAll(job: Job, wanted: number): Promise<JobAnswer[]> {
    this.check();
    return this.#crew.runOnAll(job, wanted);
  }

  /** Waits until every job is done, stores what is not stored yet, and the index. @throws the first failure */
  async finish(): Promise<SinkTotals> {
    this.giveOut();
    await this.until(() => this.#underWay === 0);
    for (const type of ['data', 'tree'] as const) {
      const slot = this.#slots.closeOpen(type);
      if (slot === undefined) continue;
      this.#storing.begin(finishPack(this.#slots, this.#repository.key, { slot, type }));
    }
    await this.#storing.settled();
    this.check();
    await this.#storing.saveIndex();
    return this.#storing.totals;
  }

  /** Ends the threads, and waits for what is being stored. */
  async stop(): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#abort);
    await this.#crew.stop();
    await this.#storing.settled();
  }
}
