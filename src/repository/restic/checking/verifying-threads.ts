import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { endThread } from '../../posix/thread-end.ts';
import type { SealKey } from '../sealing/seal.ts';
import { type PackToVerify, type PackVerdict, PackVerifier, VerifierMemory } from './pack-verifier.ts';
import {
  type FromVerifier,
  slotCount,
  slotSize,
  type ToVerifier,
  type VerifierSetup,
} from './verify-messages.ts';

/** Verifies a pack whose bytes come as a stream. @throws what the stream throws */
export type Verify = (
  pack: PackToVerify,
  body: () => Promise<AsyncIterable<Uint8Array>>,
) => Promise<PackVerdict>;

/** In this thread: for so little that starting others takes longer. */
export function verifyHere(key: SealKey): Verify {
  return async (pack, body) => {
    const verifier = new PackVerifier(key, new VerifierMemory(key), pack);
    for await (const piece of await body()) verifier.take(piece);
    return verifier.finish();
  };
}

/** Pieces and blobs are outside a thread's heap. MiB. */
const heapLimits = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 };

/** Threads that verify packs; each holds four pieces, a blob, and the header of a pack. */
export class VerifyingThreads implements AsyncDisposable {
  readonly #members: readonly Verifier[];

  constructor(key: SealKey, count: number) {
    this.#members = Array.from({ length: count }, () => new Verifier(key));
  }

  /** Gives a pack to the thread that has the fewest. Of a second one, the reading begins before the first is done. */
  readonly verify: Verify = async (pack, body) => {
    const [first, ...others] = this.#members;
    if (first === undefined) throw new Error('there are no threads');
    const idlest = others.reduce((a, b) => (b.load < a.load ? b : a), first);
    return idlest.verify(pack, body);
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#members.map(member => member.stop()));
  }
}

interface Waiting {
  readonly resolve: (verdict: PackVerdict) => void;
  readonly reject: (thrown: unknown) => void;
}

class Verifier {
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

  constructor(key: SealKey) {
    const setup: VerifierSetup = { key, slots: this.#slots };
    this.#thread = new Worker(workerUrl(), {
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

  async verify(pack: PackToVerify, body: () => Promise<AsyncIterable<Uint8Array>>): Promise<PackVerdict> {
    this.load++;
    const before = this.#feeding;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#feeding = promise;
    try {
      await before;
      const verdict = await this.#feed(pack, body).finally(resolve);
      return await verdict.promise;
    } finally {
      this.load--;
    }
  }

  async stop(): Promise<void> {
    this.#failure ??= { thrown: new Error('the thread was stopped') };
    await endThread(this.#thread);
  }

  /** Resolves when all bytes are on their way, to what the verdict will come by. */
  async #feed(
    pack: PackToVerify,
    body: () => Promise<AsyncIterable<Uint8Array>>,
  ): Promise<{ readonly promise: Promise<PackVerdict> }> {
    this.#send({ kind: 'begin', pack });
    try {
      await this.#pour(await body());
    } catch (thrown) {
      this.#send({ kind: 'abandon' });
      throw thrown;
    }
    const { promise, resolve, reject } = Promise.withResolvers<PackVerdict>();
    promise.catch(() => {}); // awaited by the caller, in its turn
    this.#waiting.push({ resolve, reject });
    this.#send({ kind: 'end' });
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
    if (message.kind === 'verdict') {
      this.#waiting.shift()?.resolve(message.verdict);
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

/** The thread's program: beside this file in the sources; an entry of its own in what was built. */
function workerUrl(): URL {
  if (import.meta.url.endsWith('.ts')) return new URL('./verify-worker.ts', import.meta.url);
  const built = ['./verify-worker.js', '../verify-worker.js'].map(path => new URL(path, import.meta.url));
  const found = built.find(url => existsSync(url));
  if (found === undefined) throw new Error(`verify-worker.js is missing near ${import.meta.url}`);
  return found;
}
