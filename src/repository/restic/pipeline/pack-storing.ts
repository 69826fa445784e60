import { type Clock, systemClock } from '#foundation/clock.ts';
import { contentSize } from '../access/blobs.ts';
import { keyOf } from '../access/files.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import { saveDocument } from '../access/save.ts';
import { type IndexedPack, writeIndex } from '../format/index-file.ts';
import type { BlobType, PackedBlob } from '../format/pack.ts';
import type { CompletePack } from './blob-store.ts';
import type { SinkTotals } from './content-sink.ts';
import type { PackSlots } from './pack-slots.ts';

/** Blobs after which an index file is written, so that an interrupted writer's work can be used by the next. */
const blobsPerIndex = 50_000;
/** The same, in milliseconds. */
const indexInterval = 10 * 60 * 1000;

export interface StoringOptions {
  readonly signal: AbortSignal;
  readonly slots: PackSlots;
  readonly clock?: Clock | undefined;
  readonly onFailure: (error: unknown) => void;
}

/** Puts packs into the store, and then the indexes that name them. */
export class PackStoring {
  readonly #repository: IndexedRepository;
  readonly #options: StoringOptions;
  readonly #clock: Clock;
  readonly #underWay = new Set<Promise<void>>();
  #unindexed: IndexedPack[] = [];
  #unindexedBlobs = 0;
  #unindexedSince = 0;
  readonly #totals = { dataBlobs: 0, treeBlobs: 0, added: 0, addedPacked: 0 };

  constructor(repository: IndexedRepository, options: StoringOptions) {
    this.#repository = repository;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** What was stored so far. */
  get totals(): SinkTotals {
    return { ...this.#totals };
  }

  /** Begins to store a pack; its slot is released when that is done. Failures are told. */
  begin(pack: CompletePack): void {
    if (this.#options.signal.aborted) return;
    const work = this.#store(pack)
      .catch(this.#options.onFailure)
      .finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  /** Waits for what is under way; nothing is thrown here. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Names every stored pack in an index. @throws what the store throws */
  async saveIndex(): Promise<void> {
    const packs = this.#unindexed;
    if (packs.length === 0) return;
    [this.#unindexed, this.#unindexedBlobs] = [[], 0];
    await saveDocument(this.#repository, 'index', writeIndex(packs), this.#options);
  }

  async #store(pack: CompletePack): Promise<void> {
    const { slots } = this.#options;
    if ('single' in pack) {
      const { id, bytes, type, blob } = pack.single;
      await this.#put(id, bytes);
      await this.#record({ id, blobs: [{ ...blob, type, offset: 0 }] }, type);
      return;
    }
    const blobs = slots.blobs(pack.slot, pack.type);
    await this.#put(pack.id, slots.bytes(pack.slot).subarray(0, pack.size));
    slots.release(pack.slot);
    await this.#record({ id: pack.id, blobs }, pack.type);
  }

  async #put(id: string, bytes: Uint8Array): Promise<void> {
    const { signal } = this.#options;
    await this.#repository.store.put(keyOf('data', id), bytes, { signal, size: bytes.length });
  }

  async #record(pack: IndexedPack, type: BlobType): Promise<void> {
    this.#repository.index.add(pack);
    this.#count(pack.blobs, type);
    if (this.#unindexed.length === 0) this.#unindexedSince = this.#clock.monotonic();
    this.#unindexed.push(pack);
    this.#unindexedBlobs += pack.blobs.length;
    const age = this.#clock.monotonic() - this.#unindexedSince;
    if (this.#unindexedBlobs >= blobsPerIndex || age >= indexInterval) await this.saveIndex();
  }

  #count(blobs: readonly PackedBlob[], type: BlobType): void {
    const totals = this.#totals;
    totals[type === 'tree' ? 'treeBlobs' : 'dataBlobs'] += blobs.length;
    for (const blob of blobs) {
      totals.added += contentSize(blob);
      totals.addedPacked += blob.length;
    }
  }
}
