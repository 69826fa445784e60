import { type Clock, systemClock } from '#foundation/clock.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { putWhole } from '#storage/put-whole.ts';
import type { PackToStore } from '../../pipeline/pack-storing.ts';
import { contentSize } from '../access/blobs.ts';
import { keyOf } from '../access/files.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import { saveDocument } from '../access/save.ts';
import { type IndexedPack, writeIndex } from '../format/index-file.ts';
import type { PackedBlob } from '../format/pack.ts';
import type { SinkTotals } from './content-sink.ts';
import { blobOf } from './packs.ts';

/** Blobs after which an index file is written, so that an interrupted writer's work can be used by the next. */
const blobsPerIndex = 50_000;
/** The same, in milliseconds. */
const indexInterval = 10 * 60 * 1000;

/** Puts packs into the store, and then the indexes that name them. */
export class StoredPacks {
  readonly #repository: IndexedRepository;
  readonly #clock: Clock;
  #unindexed: IndexedPack[] = [];
  #unindexedBlobs = 0;
  #unindexedSince = 0;
  readonly #totals = { dataBlobs: 0, treeBlobs: 0, added: 0, addedPacked: 0 };

  constructor(repository: IndexedRepository, clock: Clock = systemClock) {
    this.#repository = repository;
    this.#clock = clock;
  }

  /** What was stored so far. */
  get totals(): SinkTotals {
    return { ...this.#totals };
  }

  async store({ id, kind, body, contents, release }: PackToStore, signal: AbortSignal): Promise<void> {
    const blobs = contents.map(content => blobOf(content, kind));
    await putWhole(this.#repository.store, keyOf('data', id), body, { signal });
    release();
    await this.#record({ id, blobs }, signal);
  }

  /** Names every stored pack in an index. @throws what the store throws */
  async saveIndex(options: StoreOptions): Promise<void> {
    const packs = this.#unindexed;
    if (packs.length === 0) return;
    [this.#unindexed, this.#unindexedBlobs] = [[], 0];
    await saveDocument(this.#repository, 'index', writeIndex(packs), options);
  }

  async #record(pack: IndexedPack, signal: AbortSignal): Promise<void> {
    this.#repository.index.add(pack);
    this.#count(pack.blobs);
    if (this.#unindexed.length === 0) this.#unindexedSince = this.#clock.monotonic();
    this.#unindexed.push(pack);
    this.#unindexedBlobs += pack.blobs.length;
    const age = this.#clock.monotonic() - this.#unindexedSince;
    if (this.#unindexedBlobs >= blobsPerIndex || age >= indexInterval) await this.saveIndex({ signal });
  }

  #count(blobs: readonly PackedBlob[]): void {
    const totals = this.#totals;
    for (const blob of blobs) {
      totals[blob.type === 'tree' ? 'treeBlobs' : 'dataBlobs']++;
      totals.added += contentSize(blob);
      totals.addedPacked += blob.length;
    }
  }
}
