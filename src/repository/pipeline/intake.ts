import { type FileHandle, open } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { StoreOptions } from '#storage/object-store.ts';
import type { BoundaryFinder } from '../chunking/boundary.ts';
import { Engine, type EngineFormat } from './engine.ts';
import { holdCursor, isOver, newCursor, openFlags } from './file-content.ts';
import { FileBatches, NewBatches, type QueuedJob } from './job-queue.ts';
import { type Job, type JobContent, splitContents } from './messages.ts';
import { asChunks, joinParts, mergeParts, type StoredChunks, type UnreadContent } from './stored-content.ts';
import { chunksOfStream, type StreamChunk } from './stream-cutter.ts';

/** A file of this machine to be stored. */
export interface FileToStore {
  /** Absolute, in bytes. */
  readonly path: Buffer;
  /** Bytes it had when it was looked at: decides how work is spread; what is read is what is stored. */
  readonly size: number;
  /** See {@link Job}. */
  readonly how: string;
  /** Of a large file, where the parts that are stored are put; they are all there, from its beginning, while {@link Intake.hold} holds. */
  readonly soFar?: JobContent[] | undefined;
}

/** A part of a file. Bytes. */
export interface FileSection {
  readonly from: number;
  /** Infinite for what lies up to the file's end. */
  readonly to: number;
}

export interface IntakeOptions extends StoreOptions {
  readonly format: EngineFormat;
  /** Threads that store contents, at most; as many as there are cores, but no fewer than two and no more than eight, without it. */
  readonly workers?: number | undefined;
  /** Packs that are stored at the same time, each in a file or memory of its own; 2 without it. */
  readonly packsUnderWay?: number | undefined;
}

/** Files larger than this are shared by all workers. Bytes. */
const sharedFrom = 16 * 1024 * 1024;
/** Shared files that are under way at once. */
const mostShared = 2;
/** Bytes of new contents that wait; a caller with more of them is held back. */
const mostNew = 4 * 1024 * 1024;
const [fewestWorkers, mostWorkers] = [2, 8];
const wholeFile: FileSection = { from: 0, to: Number.POSITIVE_INFINITY };

/**
 * Takes files, streams and contents, and has worker threads store them. What goes wrong in one of them is thrown by the calls that
 * are under way and by each that follows.
 */
export class Intake implements AsyncDisposable {
  readonly engine: Engine;
  readonly #files = new FileBatches();
  readonly #new = new NewBatches();
  readonly #chunks: QueuedJob[] = [];
  readonly #memories: SharedArrayBuffer[] = [];
  #memoriesMade = 0;
  #shared = 0;
  /** Of shared files that are being stored. */
  readonly #cursors = new Set<SharedArrayBuffer>();
  #held = false;
  #finished = false;
  /** The last that was begun. */
  #settling: Promise<void> = Promise.resolve();

  constructor(options: IntakeOptions) {
    options.signal?.throwIfAborted();
    this.engine = new Engine({
      ...options,
      workers: options.workers ?? usualWorkers(),
      packsUnderWay: options.packsUnderWay ?? 2,
      nextJob: () => this.#nextJob(),
    });
  }

  /** Stores files, in as many threads as there are; answers in the order of the files. */
  async files(files: readonly FileToStore[]): Promise<readonly (StoredChunks | UnreadContent)[]> {
    this.engine.check();
    const large = files.filter(isShared).map(file => this.section(file));
    const all = Promise.all([this.#smallFiles(files.filter(file => !isShared(file))), ...large]);
    this.engine.giveOut();
    const [small, ...others] = await all;
    const [smalls, larges] = [small.values(), others.values()];
    return files.flatMap(file => (isShared(file) ? larges : smalls).next().value ?? []);
  }

  /**
   * Stores a section of a file with all threads. The file is opened here, because every thread must read the same one whatever
   * comes to be at its path.
   */
  async section(
    { path, size, how, soFar }: FileToStore,
    { from, to }: FileSection = wholeFile,
  ): Promise<StoredChunks | UnreadContent> {
    await this.engine.until(() => this.#shared < mostShared);
    this.#shared++;
    let file: FileHandle | undefined;
    try {
      file = await open(path, openFlags);
      const job = {
        kind: 'share',
        how,
        fd: file.fd,
        path: path.toString(),
        cursor: newCursor(from, to),
      } as const;
      return await this.#share(job, { wanted: Math.ceil(Math.min(size, to - from) / sharedFrom), soFar });
    } catch (thrown) {
      this.engine.check();
      if (file !== undefined) throw thrown;
      return { error: thrown as NodeJS.ErrnoException };
    } finally {
      await file?.close();
      this.#shared--;
      this.engine.wake();
      this.engine.giveOut();
    }
  }

  /** Stores a stream. @throws what it throws */
  async stream(
    body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    finder: BoundaryFinder,
    { how, soFar: contents = [] }: Pick<FileToStore, 'how' | 'soFar'>,
  ): Promise<StoredChunks> {
    this.engine.check();
    const parts: Promise<void>[] = [];
    for await (const chunk of chunksOfStream(finder, body, () => this.#memory(finder.sizes.max))) {
      while (this.#held) await this.#goingOn();
      const numbers = [parts.length];
      const part = this.#chunk(chunk, how, content => contents.push({ ...content, numbers }));
      part.catch(() => {}); // it is awaited below; until then it must not count as unhandled
      parts.push(part);
    }
    await Promise.all(parts);
    return joinParts(contents);
  }

  /** Has a content stored that is known to be new; waits where much does. It is stored when {@link settle} has resolved. */
  async storeNew(plain: Uint8Array, how: string): Promise<void> {
    this.engine.check();
    this.#new.add(plain, how);
    this.engine.giveOut();
    await this.engine.until(() => this.#new.bytes < mostNew);
  }

  /** Holds files and streams back at their next chunk, and waits until what was begun is stored. @throws as {@link settle} does */
  async hold(options: StoreOptions = {}): Promise<void> {
    this.#held = true;
    for (const cursor of this.#cursors) holdCursor(cursor, true);
    await this.settle(options);
  }

  /** Lets go on what {@link hold} held. */
  goOn(): void {
    this.#held = false;
    this.engine.wake();
  }

  /** Waits until everything that was given, and is not held, is stored; a call waits for those before it. @throws the first failure, and the signal's reason */
  async settle({ signal }: StoreOptions = {}): Promise<void> {
    const abort = (): void => this.engine.fail(signal?.reason);
    if (signal?.aborted === true) abort();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      this.#settling = this.#settleAfter(this.#settling);
      await this.#settling;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Says that all went well: to be disposed of is no failure then. */
  finished(): void {
    this.#finished = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#finished) this.engine.fail(new Error('the sink was disposed of before it was finished'));
    await this.engine.stop();
  }

  #nextJob(): QueuedJob | undefined {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) return chunk;
    if (this.#new.full) return this.#new.next();
    return this.#files.next(this.engine.workers) ?? (this.engine.storesHere ? undefined : this.#new.next());
  }

  /** What stores here cannot wait for packs that another call would have stored: this thread is the one that finishes them. */
  async #settleAfter(before: Promise<void>): Promise<void> {
    await before.catch(() => {}); // who called it is told, and a failure of the engine is everybody's
    const noneIsShared = (): boolean => this.#cursors.size === 0;
    await this.engine.until(noneIsShared);
    await this.#storeHere();
    await this.engine.settle(noneIsShared);
  }

  /** What was too little for a thread to begin with it. */
  async #storeHere(): Promise<void> {
    if (!this.engine.storesHere || this.#new.bytes === 0) return;
    await this.engine.prepareHere();
    while (this.engine.storesHere) {
      const batch = this.#new.nextBatch();
      if (batch === undefined) return;
      this.engine.storeHere(batch.plains, batch.how);
    }
  }

  /** Who awaits it looks again: what is held may be so once more by the time that it goes on. */
  #goingOn(): Promise<void> {
    return this.engine.until(() => !this.#held);
  }

  /** Stores what a cursor goes over; again and again where it is held. */
  async #share(
    job: Job & { readonly kind: 'share' },
    { wanted, soFar: parts = [] }: { readonly wanted: number; readonly soFar?: JobContent[] | undefined },
  ): Promise<StoredChunks | UnreadContent> {
    const { cursor } = job;
    do {
      while (this.#held) await this.#goingOn();
      holdCursor(cursor, false);
      this.#cursors.add(cursor);
      const answers = await this.engine.runOnAll(job, wanted);
      parts.push(...answers.flatMap(splitContents));
      this.#cursors.delete(cursor);
      this.engine.wake();
    } while (!isOver(cursor));
    return mergeParts(parts);
  }

  /** One promise for all of them: one for each takes as long as what it waits for. */
  #smallFiles(files: readonly FileToStore[]): Promise<readonly (StoredChunks | UnreadContent)[]> {
    const contents: (StoredChunks | UnreadContent)[] = [];
    let left = files.length;
    if (left === 0) return Promise.resolve(contents);
    return this.engine.pending(resolve => {
      for (const [at, { path, size, how }] of files.entries()) {
        const done = (content: JobContent): void => {
          contents[at] = asChunks(content);
          if (--left === 0) resolve(contents);
        };
        this.#files.add({ path, size, how, done });
      }
    });
  }

  /** Memory for a chunk; waits until there is some where much is in use. */
  async #memory(size: number): Promise<SharedArrayBuffer> {
    const most = this.engine.workers + 1;
    await this.engine.until(() => this.#memories.length > 0 || this.#memoriesMade < most);
    const memory = this.#memories.pop();
    if (memory !== undefined && memory.byteLength >= size) return memory;
    if (memory === undefined) this.#memoriesMade++;
    return new SharedArrayBuffer(size);
  }

  #chunk({ memory, length }: StreamChunk, how: string, stored: (content: JobContent) => void): Promise<void> {
    return this.engine.pending(resolve => {
      const job = { kind: 'chunk', how, memory, length } as const;
      this.#chunks.push({
        job,
        done: answer => {
          const [content] = splitContents(answer);
          this.#memories.push(memory);
          if (content !== undefined) stored(content);
          resolve();
        },
      });
      this.engine.giveOut();
    });
  }
}

/** Another thread for what is left of the cores, beside those that walk and direct, costs more to begin than it brings (measured). */
function usualWorkers(): number {
  return Math.max(fewestWorkers, Math.min(availableParallelism(), mostWorkers));
}

function isShared({ size }: FileToStore): boolean {
  return size > sharedFrom;
}
