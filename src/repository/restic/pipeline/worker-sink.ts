import { type FileHandle, open } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { Clock } from '#foundation/clock.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { type BoundaryFinder, makeBoundaryFinder } from '../../chunking/boundary.ts';
import { resticSizes } from '../../chunking/chunker.ts';
import { contentSize } from '../access/blobs.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import { requireWritable } from '../access/save.ts';
import { idOf } from '../format/ids.ts';
import type { Compression } from '../format/zstd.ts';
import { BlobClaims, newClaims } from './claims.ts';
import type { ContentSink, LocalFile, SinkTotals, StoredContent, UnreadContent } from './content-sink.ts';
import { newCursor, openFlags } from './file-content.ts';
import { FileBatches, type QueuedJob, TreeBatches } from './job-queue.ts';
import { type JobContent, splitContents } from './messages.ts';
import { Calling } from './shared-lock.ts';
import { SinkEngine } from './sink-engine.ts';
import { asContent, idsOf, mergeParts } from './stored-content.ts';
import { chunksOfStream, type StreamChunk } from './stream-cutter.ts';

export interface WorkerSinkOptions extends StoreOptions {
  /** Threads that store contents, at most; one more than there are cores, but no more than nine, without it. */
  readonly workers?: number | undefined;
  /** `auto` without it. */
  readonly compression?: Compression | undefined;
  /** Packs that are stored at the same time, each 16 MiB of memory; 2 without it. */
  readonly packsUnderWay?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** Files larger than this are shared by all workers. Bytes. */
const sharedFrom = 16 * 1024 * 1024;
/** Shared files that are under way at once. */
const mostShared = 2;
/** Bytes of trees that wait; a caller with more of them is held back. */
const mostTrees = 4 * 1024 * 1024;
const mostWorkers = 9;

/**
 * A sink that stores contents in worker threads. What goes wrong in one of them is thrown by the calls that are under way
 * and by each that follows. To be called under a lock of the repository.
 *
 * @throws `repository.foreign` for version 1
 */
export async function openWorkerSink(
  repository: IndexedRepository,
  options: WorkerSinkOptions = {},
): Promise<ContentSink> {
  requireWritable(repository);
  options.signal?.throwIfAborted();
  return new WorkerSink(repository, options);
}

class WorkerSink implements ContentSink {
  readonly #repository: IndexedRepository;
  readonly #engine: SinkEngine;
  readonly #files = new FileBatches();
  readonly #trees = new TreeBatches();
  readonly #chunks: QueuedJob[] = [];
  /** Trees are claimed by this thread alone. */
  readonly #treeClaims = new BlobClaims(newClaims(), new Calling(Calling.memory()));
  readonly #finders: BoundaryFinder[] = [];
  readonly #memories: SharedArrayBuffer[] = [];
  #memoriesMade = 0;
  #shared = 0;
  #finished = false;

  constructor(repository: IndexedRepository, options: WorkerSinkOptions) {
    this.#repository = repository;
    this.#engine = new SinkEngine(repository, {
      ...options,
      workers: options.workers ?? Math.min(availableParallelism() + 1, mostWorkers),
      compression: options.compression ?? 'auto',
      packsUnderWay: options.packsUnderWay ?? 2,
      nextJob: () => this.#nextJob(),
    });
  }

  async files(files: readonly LocalFile[]): Promise<readonly (StoredContent | UnreadContent)[]> {
    this.#engine.check();
    const contents = files.map(file =>
      file.size > sharedFrom ? this.#sharedFile(file) : this.#smallFile(file),
    );
    const all = Promise.all(contents);
    this.#engine.giveOut();
    return all;
  }

  async stream(body: AsyncIterable<Uint8Array>): Promise<StoredContent> {
    this.#engine.check();
    const finder = this.#finders.pop() ?? makeBoundaryFinder(this.#repository.config.polynomial);
    const parts: Promise<JobContent>[] = [];
    for await (const chunk of chunksOfStream(finder, body, () => this.#memory())) {
      const part = this.#chunk(chunk);
      part.catch(() => {}); // it is awaited below; until then it must not count as unhandled
      parts.push(part);
    }
    this.#finders.push(finder);
    const contents = await Promise.all(parts);
    const size = contents.reduce((sum, each) => sum + each.size, 0);
    return { content: contents.flatMap(idsOf), size };
  }

  async tree(plain: Uint8Array): Promise<string> {
    this.#engine.check();
    const id = idOf(plain);
    const known = this.#repository.index.first('tree', id) >= 0;
    if (known || !this.#treeClaims.claim(Buffer.from(id, 'hex'), plain.length)) return id;
    this.#trees.add(plain);
    this.#engine.giveOut();
    await this.#engine.until(() => this.#trees.bytes < mostTrees);
    return id;
  }

  hasData(id: string): boolean {
    return this.dataSize(id) !== undefined;
  }

  dataSize(id: string): number | undefined {
    const { index } = this.#repository;
    const entry = index.first('data', id);
    return entry < 0 ? this.#engine.claims.sizeOf(Buffer.from(id, 'hex')) : contentSize(index.place(entry));
  }

  async finish({ signal }: StoreOptions = {}): Promise<SinkTotals> {
    const abort = (): void => this.#engine.fail(signal?.reason);
    if (signal?.aborted === true) abort();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const totals = await this.#engine.finish();
      this.#finished = true;
      return totals;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#finished) this.#engine.fail(new Error('the sink was disposed of before it was finished'));
    await this.#engine.stop();
  }

  #nextJob(): QueuedJob | undefined {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) return chunk;
    if (this.#trees.full) return this.#trees.next();
    return this.#files.next(this.#engine.workers) ?? this.#trees.next();
  }

  async #smallFile({ path, size }: LocalFile): Promise<StoredContent | UnreadContent> {
    return asContent(await this.#engine.pending<JobContent>(done => this.#files.add({ path, size, done })));
  }

  /** It is opened here, because every thread must read the same file whatever comes to be at its path. */
  async #sharedFile({ path, size }: LocalFile): Promise<StoredContent | UnreadContent> {
    await this.#engine.until(() => this.#shared < mostShared);
    this.#shared++;
    let file: FileHandle | undefined;
    try {
      file = await open(path, openFlags);
      const job = { kind: 'share', fd: file.fd, path: path.toString(), cursor: newCursor() } as const;
      const answers = await this.#engine.runOnAll(job, Math.ceil(size / sharedFrom));
      return mergeParts(answers.flatMap(splitContents));
    } catch (thrown) {
      this.#engine.check();
      if (file !== undefined) throw thrown;
      return { error: thrown as NodeJS.ErrnoException };
    } finally {
      await file?.close();
      this.#shared--;
      this.#engine.wake();
      this.#engine.giveOut();
    }
  }

  /** Memory for a chunk; waits until there is some where much is in use. */
  async #memory(): Promise<SharedArrayBuffer> {
    const most = this.#engine.workers + 1;
    await this.#engine.until(() => this.#memories.length > 0 || this.#memoriesMade < most);
    const memory = this.#memories.pop();
    if (memory !== undefined) return memory;
    this.#memoriesMade++;
    return new SharedArrayBuffer(resticSizes.max);
  }

  #chunk({ memory, length }: StreamChunk): Promise<JobContent> {
    return this.#engine.pending(resolve => {
      const job = { kind: 'chunk', memory, length } as const;
      this.#chunks.push({
        job,
        done: answer => {
          const [content] = splitContents(answer);
          this.#memories.push(memory);
          if (content !== undefined) resolve(content);
        },
      });
      this.#engine.giveOut();
    });
  }
}
