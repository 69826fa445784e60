import { Worker } from 'node:worker_threads';
import { endThread } from '../posix/thread-end.ts';
import type { Answer, Order, WorkerSetup } from './orders.ts';
import { urlOfWorker, type WorkerProgram } from './worker-program.ts';

/** Contents are outside a thread's heap. MiB. */
const heapLimits = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 256 };

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (thrown: unknown) => void;
}

interface Member {
  readonly thread: Worker;
  /** Orders that it was given, in their order. */
  readonly waiting: Waiting[];
}

/**
 * Worker threads that carry out orders, each to the one that has the least to do. A worker answers in the order in
 * which it was asked.
 */
export class RestoreWorkers implements AsyncDisposable {
  readonly #members: readonly Member[];
  #failure: { readonly thrown: unknown } | undefined;

  /** `setups`: one for each thread. */
  constructor(program: WorkerProgram, setups: readonly Omit<WorkerSetup, 'repository'>[]) {
    this.#members = setups.map(setup => {
      const thread = new Worker(urlOfWorker(program), {
        workerData: { ...setup, repository: program.repository },
        trackUnmanagedFds: false,
        resourceLimits: heapLimits,
        name: 'restore',
        execArgv: [],
      });
      const member: Member = { thread, waiting: [] };
      thread.on('message', (answer: Answer) => member.waiting.shift()?.resolve(answer));
      thread.on('error', thrown => this.#fail(thrown));
      thread.on('exit', code => this.#fail(new Error(`a worker of the restore ended with ${code}`)));
      return member;
    });
  }

  /** What came of an order. @throws what made a worker fail; no other order is carried out then either */
  run(order: Order): Promise<Answer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.thrown);
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const [first, ...others] = this.#members;
    if (first === undefined) throw new Error('there are no workers');
    const idlest = others.reduce((a, b) => (b.waiting.length < a.waiting.length ? b : a), first);
    idlest.waiting.push({ resolve, reject });
    idlest.thread.postMessage(order, memoryOf(order));
    return promise;
  }

  #fail(thrown: unknown): void {
    this.#failure ??= { thrown };
    for (const { waiting } of this.#members) {
      for (const { reject } of waiting.splice(0)) reject(this.#failure.thrown);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#failure ??= { thrown: new Error('the workers are stopped') };
    await Promise.all(this.#members.map(({ thread }) => endThread(thread)));
  }
}

/** What a thread gives away with an order. */
function memoryOf(order: Order): ArrayBuffer[] {
  return order.kind === 'compare' ? [] : [order.list.files.buffer, order.list.pieces.buffer];
}
