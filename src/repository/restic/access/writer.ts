import { type Clock, systemClock } from '#foundation/clock.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { idOf } from '../format/ids.ts';
import { type IndexedPack, writeIndex } from '../format/index-file.ts';
import { type BlobType, type PackedBlob, usualPackSize, writeHeader } from '../format/pack.ts';
import { type Compression, compress, zstdLevels } from '../format/zstd.ts';
import { seal } from '../sealing/seal.ts';
import { contentSize } from './blobs.ts';
import { keyOf } from './files.ts';
import type { IndexedRepository } from './indexed.ts';
import { requireWritable, saveDocument } from './save.ts';

/** Blobs after which an index file is written, so that an interrupted writer's work can be used by the next. */
const blobsPerIndex = 50_000;
/** Milliseconds after which one is written with the next pack, for the same reason. */
const indexEvery = 10 * 60_000;
/** What compression saves at least, else content is stored as it is. */
const leastSaving = 0.015;

export interface WriterOptions extends StoreOptions {
  /** Of data; `auto` unless told. */
  readonly compression?: Compression | undefined;
  readonly clock?: Clock | undefined;
}

/** What was added to the repository. */
export interface WrittenTotals {
  readonly dataBlobs: number;
  readonly treeBlobs: number;
  /** Bytes of contents, before and after compression and sealing. */
  readonly added: number;
  readonly addedPacked: number;
}

interface PackBeingFilled {
  readonly blobs: PackedBlob[];
  readonly parts: Uint8Array[];
  size: number;
}

/**
 * Adds blobs to a repository: each once, in packs of its type; then the indexes that name them. What was added can be
 * relied on when `finish` has resolved. For one caller at a time; the repository is locked by who uses this.
 */
export class RepositoryWriter {
  readonly #repository: IndexedRepository;
  readonly #options: WriterOptions;
  readonly #clock: Clock;
  readonly #filling: Readonly<Record<BlobType, PackBeingFilled>> = { data: emptyPack(), tree: emptyPack() };
  /** Blobs in packs that are not stored yet, and the bytes of their contents. */
  readonly #pending = new Map<string, number>();
  #unindexed: IndexedPack[] = [];
  #unindexedBlobs = 0;
  #indexed: number;
  #totals = { dataBlobs: 0, treeBlobs: 0, added: 0, addedPacked: 0 };

  /** @throws `repository.foreign` for version 1 */
  constructor(repository: IndexedRepository, options: WriterOptions = {}) {
    requireWritable(repository);
    this.#repository = repository;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#indexed = this.#clock.monotonic();
  }

  /** What was added so far. */
  get totals(): WrittenTotals {
    return { ...this.#totals };
  }

  /** Adds content unless the repository has it; its id. */
  async add(type: BlobType, content: Uint8Array): Promise<string> {
    const id = idOf(content);
    if (this.has(type, id)) return id;
    const compression = type === 'tree' ? 'auto' : (this.#options.compression ?? 'auto');
    const { payload, uncompressed } = packed(type, content, compression);
    const sealed = seal(this.#repository.key, payload);
    const pack = this.#filling[type];
    pack.blobs.push({ id, type, offset: pack.size, length: sealed.length, uncompressed });
    pack.parts.push(sealed);
    pack.size += sealed.length;
    this.#pending.set(pendingName(type, id), content.length);
    this.#totals[type === 'tree' ? 'treeBlobs' : 'dataBlobs']++;
    this.#totals.added += content.length;
    this.#totals.addedPacked += sealed.length;
    if (pack.size >= (this.#repository.packSize ?? usualPackSize)) await this.#close(type);
    return id;
  }

  /** Whether the repository has a blob, or this has added it. */
  has(type: BlobType, id: string): boolean {
    return this.#pending.has(pendingName(type, id)) || this.#repository.index.first(type, id) !== -1;
  }

  /** Bytes of the content of a blob that {@link has} says yes to. */
  sizeOf(type: BlobType, id: string): number | undefined {
    const [place] = this.#repository.index.places(type, id);
    return place === undefined ? this.#pending.get(pendingName(type, id)) : contentSize(place);
  }

  /** Stores what is not stored yet, packs first, then the indexes that name them. */
  async finish(): Promise<void> {
    await this.#close('data');
    await this.#close('tree');
    await this.#saveIndex();
  }

  async #close(type: BlobType): Promise<void> {
    const { blobs, parts, size } = this.#filling[type];
    if (blobs.length === 0) return;
    const { store, key, index } = this.#repository;
    const header = writeHeader(key, blobs);
    const bytes = Buffer.concat([...parts, header], size + header.length);
    const id = idOf(bytes);
    await store.put(keyOf('data', id), bytes, { ...this.#options, size: bytes.length });
    const pack = { id, blobs: [...blobs] };
    index.add(pack);
    for (const blob of blobs) this.#pending.delete(pendingName(type, blob.id));
    Object.assign(this.#filling[type], emptyPack());
    this.#unindexed.push(pack);
    this.#unindexedBlobs += pack.blobs.length;
    const due = this.#clock.monotonic() - this.#indexed >= indexEvery;
    if (due || this.#unindexedBlobs >= blobsPerIndex) await this.#saveIndex();
  }

  async #saveIndex(): Promise<void> {
    if (this.#unindexed.length === 0) return;
    await saveDocument(this.#repository, 'index', writeIndex(this.#unindexed), this.#options);
    [this.#unindexed, this.#unindexedBlobs] = [[], 0];
    this.#indexed = this.#clock.monotonic();
  }
}

function emptyPack(): PackBeingFilled {
  return { blobs: [], parts: [], size: 0 };
}

function pendingName(type: BlobType, id: string): string {
  return `${type} ${id}`;
}

/** Trees are always compressed, as restic wants them; nothing can be marked as the compressed form of no bytes. */
function packed(
  type: BlobType,
  content: Uint8Array,
  compression: Compression,
): { payload: Uint8Array; uncompressed: number } {
  const plain = { payload: content, uncompressed: 0 };
  if (content.length === 0 || compression === 'off') return plain;
  const payload = compress(content, zstdLevels[compression]);
  const worth = type === 'tree' || payload.length < content.length * (1 - leastSaving);
  return worth ? { payload, uncompressed: content.length } : plain;
}
