import { Worker } from 'node:worker_threads';
import { endThread } from '../posix/thread-end.ts';
import type { FromWorker, Job, JobAnswer, ToWorker } from './messages.ts';
import { PackUnwritten } from './pack-file.ts';
import type { CompletePack } from './pack-slots.ts';

/** How many jobs a worker is given before the first of them is done: it need not wait for the next one then. */
const jobsAhead = 2;
/** Contents are outside a thread's heap; what is in it are short-lived views. MiB. */
const heapLimits = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 };

/** What threads run, and with what they begin. */
export interface ThreadProgram {
  readonly url: URL;
  readonly setup: unknown;
}

export interface CrewEvents {
  readonly onPack: (pack: CompletePack) => void;
  /** A worker has room for another job. */
  readonly onRoom: () => void;
  /** A worker failed or ended: no job can be relied on any more. */
  readonly onFailure: (error: Error) => void;
}

interface Member {
  readonly thread: Worker;
  readonly jobs: Map<number, { resolve: (answer: JobAnswer) => void; reject: (error: unknown) => void }>;
}

/**
 * Worker threads, and the jobs that each of them has. Each begins when there is work for it: a thread costs some ten MiB and a
 * tenth of a second of a processor.
 */
export class WorkerCrew {
  readonly #program: ThreadProgram;
  readonly #limit: number;
  readonly #members: Member[] = [];
  readonly #events: CrewEvents;
  #lastJob = 0;
  #stopped = false;

  /** @param limit how many threads there are at most */
  constructor(program: ThreadProgram, limit: number, events: CrewEvents) {
    this.#program = program;
    this.#limit = limit;
    this.#events = events;
  }

  /** Whether a thread has begun. */
  get begun(): boolean {
    return this.#members.length > 0;
  }

  /** Whether a job would be begun soon. */
  hasRoom(): boolean {
    return this.#members.length < this.#limit || this.#fewestJobs() < jobsAhead;
  }

  /** Gives a job to the worker that has the fewest, or to another one where all have enough. @throws what {@link fail} was told */
  run(job: Job): Promise<JobAnswer> {
    if (this.#fewestJobs() >= jobsAhead && this.#members.length < this.#limit) this.#hire();
    return this.#give(this.#idlest(), job);
  }

  /** Gives a job to each worker, of whom there are at least one and so many then, if the limit allows it; the answers of all. */
  runOnAll(job: Job, wanted: number): Promise<JobAnswer[]> {
    while (this.#members.length < Math.min(Math.max(wanted, 1), this.#limit)) this.#hire();
    return Promise.all(this.#members.map(member => this.#give(member, job)));
  }

  /** Rejects all jobs. */
  fail(error: unknown): void {
    for (const { jobs } of this.#members) {
      for (const { reject } of jobs.values()) reject(error);
      jobs.clear();
    }
  }

  /** Ends all threads, at whatever they are. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#members.map(({ thread }) => endThread(thread)));
  }

  /** As many as the limit where there is no worker: another one is to begin then. */
  #fewestJobs(): number {
    return this.begun ? this.#idlest().jobs.size : jobsAhead;
  }

  #idlest(): Member {
    return this.#members.reduce((best, each) => (each.jobs.size < best.jobs.size ? each : best));
  }

  #give({ thread, jobs }: Member, job: Job): Promise<JobAnswer> {
    const number = ++this.#lastJob;
    const message: ToWorker = { number, job };
    return new Promise((resolve, reject) => {
      jobs.set(number, { resolve, reject });
      thread.postMessage(message, []);
    });
  }

  #hire(): void {
    const thread = new Worker(this.#program.url, {
      workerData: this.#program.setup,
      trackUnmanagedFds: false,
      resourceLimits: heapLimits,
      name: 'content',
      execArgv: [],
    });
    const member: Member = { thread, jobs: new Map() };
    thread.on('message', (message: FromWorker) => this.#receive(member, message));
    thread.on('error', error => this.#events.onFailure(asError(error)));
    thread.on('exit', code => {
      if (!this.#stopped) this.#events.onFailure(new Error(`a worker thread ended early, with ${code}`));
    });
    this.#members.push(member);
  }

  #receive({ jobs }: Member, message: FromWorker): void {
    if (message.kind === 'pack') this.#events.onPack(message.pack);
    else if (message.kind === 'failed') this.#events.onFailure(message.error);
    else if (message.kind === 'unwritten') this.#events.onFailure(unwrittenOf(message));
    else {
      jobs.get(message.number)?.resolve(message.answer);
      jobs.delete(message.number);
      this.#events.onRoom();
    }
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** The error as it was thrown, which loses what it says of the system's refusal on its way between threads. */
function unwrittenOf({ slot, error }: FromWorker & { readonly kind: 'unwritten' }): PackUnwritten {
  const { message, ...rest } = error;
  return new PackUnwritten(slot, Object.assign(new Error(message), rest));
}
