import { randomBytes } from 'node:crypto';
import type { Clock } from '#foundation/clock.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { type BoundaryFinder, makeBoundaryFinder } from '../../chunking/boundary.ts';
import { Claims, newClaims } from '../../pipeline/claims.ts';
import type { EngineFormat } from '../../pipeline/engine.ts';
import { Intake } from '../../pipeline/intake.ts';
import { Calling } from '../../pipeline/shared-lock.ts';
import type { StoredChunks, UnreadContent as UnreadChunks } from '../../pipeline/stored-content.ts';
import { workerProgram } from '../../trees/walk-thread/walking-thread.ts';
import { contentSize } from '../access/blobs.ts';
import { keyOf } from '../access/files.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import { requireWritable } from '../access/save.ts';
import { idOf } from '../format/ids.ts';
import type { Compression } from '../format/zstd.ts';
import type { ContentSink, LocalFile, SinkTotals, StoredContent, UnreadContent } from './content-sink.ts';
import { finishPack, idSize, packLayout } from './packs.ts';
import { StoredPacks } from './stored-packs.ts';
import type { WorkerSetup } from './worker.ts';

export interface WorkerSinkOptions extends StoreOptions {
  /** Threads that store contents, at most; without it as many as there are cores, from two to eight. */
  readonly workers?: number | undefined;
  /** `auto` without it. */
  readonly compression?: Compression | undefined;
  /** Packs that are stored at the same time, each in a file or memory of its own; 2 without it. */
  readonly packsUnderWay?: number | undefined;
  readonly clock?: Clock | undefined;
}

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
  return new WorkerSink(repository, options);
}

class WorkerSink implements ContentSink {
  readonly #repository: IndexedRepository;
  readonly #intake: Intake;
  readonly #stored: StoredPacks;
  readonly #options: WorkerSinkOptions;
  /** Trees are claimed by this thread alone. */
  readonly #treeClaims = new Claims(newClaims(idSize), new Calling(Calling.memory()));
  readonly #finders: BoundaryFinder[] = [];

  constructor(repository: IndexedRepository, options: WorkerSinkOptions) {
    this.#repository = repository;
    this.#options = options;
    this.#stored = new StoredPacks(repository, options.clock);
    this.#intake = new Intake({
      ...options,
      format: resticFormat(repository, this.#stored, options.compression ?? 'auto'),
    });
  }

  async files(files: readonly LocalFile[]): Promise<readonly (StoredContent | UnreadContent)[]> {
    const contents = await this.#intake.files(files.map(({ path, size }) => ({ path, size, how: '' })));
    return contents.map(asContent);
  }

  async stream(body: AsyncIterable<Uint8Array>): Promise<StoredContent> {
    const finder = this.#finders.pop() ?? makeBoundaryFinder(this.#repository.config.polynomial);
    const chunks = await this.#intake.stream(body, finder, { how: '' });
    this.#finders.push(finder);
    return contentOf(chunks);
  }

  async tree(plain: Uint8Array): Promise<string> {
    this.#intake.engine.check();
    const id = idOf(plain);
    const known = this.#repository.index.first('tree', id) >= 0;
    if (known || !this.#treeClaims.claim(Buffer.from(id, 'hex'), plain.length)) return id;
    await this.#intake.storeNew(plain, '');
    return id;
  }

  hasData(id: string): boolean {
    return this.dataSize(id) !== undefined;
  }

  dataSize(id: string): number | undefined {
    const { index } = this.#repository;
    const entry = index.first('data', id);
    if (entry >= 0) return contentSize(index.place(entry));
    return this.#intake.engine.claims.sizeOf(Buffer.from(id, 'hex'));
  }

  async finish(options: StoreOptions = {}): Promise<SinkTotals> {
    await this.#intake.settle(options);
    const signals = [options.signal, this.#options.signal].filter(signal => signal !== undefined);
    await this.#stored.saveIndex({ signal: AbortSignal.any(signals) });
    this.#intake.finished();
    return this.#stored.totals;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#intake[Symbol.asyncDispose]();
  }
}

function resticFormat(
  { store, key, config, index, packSize }: IndexedRepository,
  stored: StoredPacks,
  compression: Compression,
): EngineFormat {
  return {
    layout: packLayout(packSize),
    program: workerProgram(import.meta.url, './worker.ts', 'content-worker'),
    setup: (shared): WorkerSetup => ({
      ...shared,
      key,
      polynomial: config.polynomial,
      compression,
      known: index.shared(),
    }),
    begin: async signal => store.begin?.(keyOf('data', randomBytes(idSize).toString('hex')), { signal }),
    finish: (slots, slot, kind) => finishPack(slots, key, { slot, kind }),
    store: (pack, signal) => stored.store(pack, signal),
  };
}

function asContent(content: StoredChunks | UnreadChunks): StoredContent | UnreadContent {
  return 'error' in content ? content : contentOf(content);
}

function contentOf({ keys, lengths }: StoredChunks): StoredContent {
  return {
    content: keys.map(key => Buffer.from(key.buffer, key.byteOffset, key.length).toString('hex')),
    size: lengths.reduce((sum, each) => sum + each, 0),
  };
}
