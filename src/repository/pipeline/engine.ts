import type { StoreOptions } from '#storage/object-store.ts';
import { Claims, type ClaimsMemory, newClaims } from './claims.ts';
import type { QueuedJob } from './job-queue.ts';
import type { Job, JobAnswer } from './messages.ts';
import {
  type CompletePack,
  newSlots,
  type PackKind,
  type PackLayout,
  PackSlots,
  type SlotsMemory,
} from './pack-slots.ts';
import { PackStoring, type PackToStore } from './pack-storing.ts';
import { Calling } from './shared-lock.ts';
import { type BeginPack, SlotFiles } from './slot-files.ts';
import type { Storer } from './storer.ts';
import { WorkerCrew } from './worker-crew.ts';

/** The memory that all threads of an engine share. */
export interface SharedSetup {
  readonly claims: ClaimsMemory;
  readonly slots: SlotsMemory;
  readonly calling: SharedArrayBuffer;
}

/** What of a storer is used in the thread of the engine. */
export type HereStorer = Pick<Storer, 'storeNew' | 'flush'>;

/** What a format brings along for an engine. */
export interface EngineFormat {
  readonly layout: PackLayout;
  /** The program of the threads. */
  readonly program: URL;
  /** What a thread begins with. */
  readonly setup: (shared: SharedSetup) => unknown;
  /** Makes what stores contents in this thread, for those that are too few for another one to begin. Without it one begins. */
  readonly storer?: (
    shared: SharedSetup,
    calling: Calling,
    complete: (pack: CompletePack) => void,
  ) => HereStorer;
  /** Begins packs that are stored while they are filled, where the store can have that. */
  readonly begin?: BeginPack | undefined;
  /** Makes a whole pack of a slot that nobody writes to any more, in this thread. */
  readonly finish: (slots: PackSlots, slot: number, kind: PackKind) => CompletePack;
  /** Stores a pack, releases it, and takes note of it. */
  readonly store: (pack: PackToStore, signal: AbortSignal) => Promise<void>;
}

export interface EngineOptions extends StoreOptions {
  readonly format: EngineFormat;
  readonly workers: number;
  readonly packsUnderWay: number;
  /** The next job for a worker that has room. */
  readonly nextJob: () => QueuedJob | undefined;
}

/** Slots that are filled while others are stored: one for each kind of pack. */
const openSlots = 2;

/**
 * Workers, the memory they share, and the storing of what they made. The first failure of any of them, or the caller's abort,
 * ends everything: whoever waits is told, threads that sleep wake up, and puts are aborted.
 */
export class Engine {
  readonly claims: Claims;
  readonly #options: EngineOptions;
  readonly #shared: SharedSetup;
  readonly #calling: Calling;
  readonly #slots: PackSlots;
  readonly #crew: WorkerCrew;
  readonly #files: SlotFiles;
  readonly #storing: PackStoring;
  readonly #stopping = new AbortController();
  readonly #rejects = new Set<(error: unknown) => void>();
  readonly #abort = (): void => this.fail(this.#options.signal?.reason);
  #storer: HereStorer | undefined;
  #failure: { readonly error: unknown } | undefined;
  #waiting: (() => void)[] = [];
  #underWay = 0;

  constructor(options: EngineOptions) {
    const { workers, packsUnderWay, format } = options;
    this.#options = options;
    const shared = sharedSetup(format.layout, packsUnderWay + openSlots);
    this.#shared = shared;
    this.#calling = new Calling(shared.calling);
    this.claims = new Claims(shared.claims, this.#calling);
    this.#slots = new PackSlots(shared.slots, this.#calling);
    const onFailure = (error: unknown): void => this.fail(error);
    const { signal } = this.#stopping;
    const storing = { signal, slots: this.#slots, onFailure };
    this.#files = new SlotFiles({ ...storing, begin: format.begin });
    this.#storing = new PackStoring({ ...storing, files: this.#files, store: format.store });
    const program = { url: format.program, setup: format.setup(shared) };
    this.#crew = new WorkerCrew(program, workers, {
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

  /** Whether few contents wait for {@link settle} to be stored in this thread, because no other has begun. */
  get storesHere(): boolean {
    return this.#options.format.storer !== undefined && !this.#crew.begun;
  }

  /** @throws the first failure */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Ends everything; the first one counts. */
  fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    const told = this.#files.failure(error);
    this.#failure = { error: told };
    this.#calling.off();
    this.#stopping.abort(told);
    this.#crew.fail(told);
    for (const reject of this.#rejects) reject(told);
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
    this.#makeSlots();
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
    this.#makeSlots();
    return this.#crew.runOnAll(job, wanted);
  }

  /** Threads that need a slot before it is made wait for it. */
  #makeSlots(): void {
    void this.#files.make(this.#options.packsUnderWay + openSlots);
  }

  /**
   * Makes the slots free that {@link storeHere} fills, which cannot wait for any. To be awaited before it, when nothing is stored of what it
   * was given before. @throws the first failure
   */
  async prepareHere(): Promise<void> {
    await this.#files.make(openSlots);
    this.check();
  }

  /** Stores contents in this thread, if {@link storesHere}: no more than fit into a pack. @throws the first failure */
  storeHere(plains: Iterable<Uint8Array>, how: string): void {
    this.#attempt(() => {
      this.#storer ??= this.#options.format.storer?.(this.#shared, this.#calling, pack =>
        this.#storing.begin(pack),
      );
      for (const plain of plains) this.#storer?.storeNew(plain, how);
      this.#storer?.flush();
    });
  }

  /** @throws the first failure, which may be that of the action */
  #attempt(action: () => void): void {
    try {
      action();
    } catch (thrown) {
      this.fail(thrown);
      this.check();
    }
  }

  /**
   * Waits until every job is done, and stores the packs that are still open. The engine can be used on.
   *
   * @param noneOnAll whether no job of {@link runOnAll} is under way
   * @throws the first failure
   */
  async settle(noneOnAll: () => boolean): Promise<void> {
    const isQuiet = (): boolean => this.#underWay === 0 && noneOnAll();
    this.giveOut();
    // jobs that begin once it was quiet, before this goes on, write to the packs that are to be closed
    while (!isQuiet()) {
      await this.until(isQuiet);
      this.giveOut();
    }
    this.#attempt(() => {
      for (const kind of [0, 1] as const) this.#storeOpen(kind);
    });
    await this.#storing.settled();
    this.check();
  }

  #storeOpen(kind: PackKind): void {
    const slot = this.#slots.closeOpen(kind);
    if (slot !== undefined) this.#storing.begin(this.#options.format.finish(this.#slots, slot, kind));
  }

  /** Ends the threads, and waits for what is being stored. */
  async stop(): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#abort);
    await this.#crew.stop();
    await this.#storing.settled();
    await this.#files.abandon();
  }
}

function sharedSetup(layout: PackLayout, slots: number): SharedSetup {
  return {
    claims: newClaims(layout.keySize),
    slots: newSlots(layout, slots),
    calling: Calling.memory(),
  };
}
