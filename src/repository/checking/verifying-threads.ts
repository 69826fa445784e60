import { Worker } from 'node:worker_threads';
import { endThread } from '../posix/thread-end.ts';
import { urlOfWorker, type WorkerProgram } from '../restoring/worker-program.ts';
import {
  type FromVerifier,
  type PackVerifier,
  slotCount,
  slotSize,
  type ToVerifier,
  type VerifierSetup,
} from './verify-messages.ts';

/** Where the bytes of a pack come from. */
export interface PackSource {
  /** A path of this machine at which any thread may read it; `undefined` where there is none. */
  readonly path?: (() => Promise<string | undefined>) | undefined;
  readonly body: () => Promise<AsyncIterable<Uint8Array>>;
}

/** Verifies a pack. @throws what its source throws */
export type Verify<Pack, Verdict> = (pack: Pack, source: PackSource) => Promise<Verdict>;

/** In this thread: for so little that starting others takes longer. */
export function verifyHere<Pack, Verdict>(
  begin: (pack: Pack) => PackVerifier<Verdict>,
): Verify<Pack, Verdict> {
  return async (pack, { body }) => {
    const verifier = begin(pack);
    for await (const piece of await body()) verifier.take(piece);
    return verifier.finish();
  };
}

/** Pieces and blobs are outside a thread's heap. MiB. */
const heapLimits = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 };

/**
 * Threads that verify packs with a format's program, which serves with `serveVerifying`; each holds four pieces, a blob, and what is
 * at the end of a pack. `Pack` and `Verdict` are what the program takes and answers.
 */
export class VerifyingThreads<Pack, Verdict> implements AsyncDisposable {
  readonly #members: readonly Verifier<Pack, Verdict>[];

  constructor(program: WorkerProgram, count: number) {
    this.#members = Array.from({ length: count }, () => new Verifier<Pack, Verdict>(program));
  }

  /** Gives a pack to the thread that has the fewest. Of a second one, the reading begins before the first is done. */
  readonly verify: Verify<Pack, Verdict> = async (pack, source) => {
    const [first, ...others] = this.#members;
    if (first === undefined) throw new Error('there are no threads');
    const idlest = others.reduce((a, b) => (b.load < a.load ? b : a), first);
    return idlest.verify(pack, source);
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#members.map(member => member.stop()));
  }
}

type Answer = Exclude<FromVerifier, { readonly kind: 'taken' }>;

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (thrown: unknown) => void;
}

class Verifier<Pack, Verdict> {
  readonly #thread: Worker;
  readonly #slots = new SharedArrayBuffer(slotCount * slotSize);
  readonly #free = Array.from({ length: slotCount }, (_, slot) => slot);
  #onFree: (() => void) | undefined;
  #filling: { readonly slot: number; length: number } | undefined;
  /** Verdicts come in the order of the packs. */
  readonly #waiting: Waiting[] = [];
  #feeding: Promise<void> = Promise.resolve();
  #failure: { readonly thrown: unknown } | undefined;
  load = 0;

  constructor(program: WorkerProgram) {
    const setup: VerifierSetup = { repository: program.repository, slots: this.#slots };
    this.#thread = new Worker(urlOfWorker(program), {
      workerData: setup,
      trackUnmanagedFds: false,
      resourceLimits: heapLimits,
      name: 'check',
      execArgv: [],
    });
    this.#thread.on('message', (message: FromVerifier) => this.#receive(message));
    this.#thread.on('error', thrown => this.#fail(thrown));
    this.#thread.on('exit', code => this.#fail(new Error(`a thread that verifies ended with ${code}`)));
  }

  async verify(pack: Pack, { path: pathOf, body }: PackSource): Promise<Verdict> {
    this.load++;
    try {
      const path = await pathOf?.();
      if (path !== undefined) {
        const answer = await this.#inTurn(async () =>
          this.#ask({ kind: 'file', pack: JSON.stringify(pack), path }),
        );
        if (answer.kind === 'verdict') return answer.verdict as Verdict;
      }
      const answer = await this.#inTurn(() => this.#feed(pack, body));
      if (answer.kind === 'verdict') return answer.verdict as Verdict;
      throw new Error('a thread did not read what it was given');
    } finally {
      this.load--;
    }
  }

  /** Bytes of different packs do not mix: the next may begin when all of one is on its way. */
  async #inTurn(send: () => Promise<{ readonly promise: Promise<Answer> }>): Promise<Answer> {
    const before = this.#feeding;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#feeding = promise;
    await before;
    const answer = await send().finally(resolve);
    return answer.promise;
  }

  async stop(): Promise<void> {
    this.#failure ??= { thrown: new Error('the thread was stopped') };
    await endThread(this.#thread);
  }

  /** Resolves when all bytes are on their way, to what the verdict will come by. */
  async #feed(
    pack: Pack,
    body: () => Promise<AsyncIterable<Uint8Array>>,
  ): Promise<{ readonly promise: Promise<Answer> }> {
    this.#send({ kind: 'begin', pack: JSON.stringify(pack) });
    try {
      await this.#pour(await body());
    } catch (thrown) {
      this.#send({ kind: 'abandon' });
      throw thrown;
    }
    return this.#ask({ kind: 'end' });
  }

  /** Sends what will be answered. */
  #ask(message: ToVerifier): { readonly promise: Promise<Answer> } {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    promise.catch(() => {}); // awaited by the caller, in its turn
    this.#waiting.push({ resolve, reject });
    this.#send(message);
    if (this.#failure !== undefined) this.#fail(this.#failure.thrown);
    return { promise };
  }

  async #pour(body: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const piece of body) await this.#put(piece);
    } catch (thrown) {
      if (this.#filling !== undefined) this.#free.push(this.#filling.slot);
      this.#filling = undefined;
      throw thrown;
    }
    this.#handOver();
  }

  async #put(piece: Uint8Array): Promise<void> {
    for (let at = 0; at < piece.length; ) {
      this.#filling ??= { slot: await this.#freeSlot(), length: 0 };
      const { slot, length } = this.#filling;
      const part = piece.subarray(at, at + slotSize - length);
      new Uint8Array(this.#slots, slot * slotSize + length).set(part);
      this.#filling.length += part.length;
      at += part.length;
      if (this.#filling.length === slotSize) this.#handOver();
    }
  }

  #handOver(): void {
    if (this.#filling !== undefined) this.#send({ kind: 'piece', ...this.#filling });
    this.#filling = undefined;
  }

  async #freeSlot(): Promise<number> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.thrown;
      const slot = this.#free.pop();
      if (slot !== undefined) return slot;
      await new Promise<void>(resolve => {
        this.#onFree = resolve;
      });
    }
  }

  #send(message: ToVerifier): void {
    this.#thread.postMessage(message, []);
  }

  #receive(message: FromVerifier): void {
    if (message.kind !== 'taken') {
      this.#waiting.shift()?.resolve(message);
      return;
    }
    this.#free.push(message.slot);
    this.#onFree?.();
  }

  #fail(thrown: unknown): void {
    this.#failure ??= { thrown };
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure.thrown);
    this.#onFree?.();
  }
}
