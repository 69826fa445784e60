import type { StoreOptions } from '#storage/object-store.ts';
import { keyOf } from '../access/files.ts';
import type { OpenRepository } from '../access/open.ts';
import { requireWritable, saveDocument } from '../access/save.ts';
import { idOf } from '../format/ids.ts';
import { type IndexedPack, writeIndex } from '../format/index-file.ts';
import { type BlobType, type PackedBlob, usualPackSize, writeHeader } from '../format/pack.ts';

/** Packs that are on their way to the store at once; what comes after waits. */
const storing = 2;
/** Blobs of an index file; restic calls one with so many full. */
export const blobsPerIndex = 50_000;
/** Packs after which an index is stored even so, so that what was done counts after an interruption. */
const packsPerIndex = 64;

interface PackBeingFilled {
  readonly blobs: PackedBlob[];
  readonly parts: Uint8Array[];
  size: number;
}

/** A blob that is to be stored, without its place. */
export type BlobToStore = Pick<PackedBlob, 'id' | 'type' | 'uncompressed'>;

/**
 * Puts sealed blobs into new packs, and names these in new indexes; what was added can be relied on when `finish` has
 * resolved. Blobs are taken as they are, also those that the repository has. Holds a pack of each type and two on their way.
 */
export class SealedWriter {
  readonly #repository: OpenRepository;
  readonly #options: StoreOptions;
  readonly #filling: Readonly<Record<BlobType, PackBeingFilled>> = { data: emptyPack(), tree: emptyPack() };
  readonly #underWay = new Set<Promise<void>>();
  #failure: { readonly thrown: unknown } | undefined;
  #unindexed: IndexedPack[] = [];
  #unindexedBlobs = 0;
  #packs: string[] = [];

  /** @throws `repository.foreign` for version 1 */
  constructor(repository: OpenRepository, options: StoreOptions = {}) {
    requireWritable(repository);
    this.#repository = repository;
    this.#options = options;
  }

  /** Takes the bytes over. */
  async add({ id, type, uncompressed }: BlobToStore, sealed: Uint8Array): Promise<void> {
    const pack = this.#filling[type];
    pack.blobs.push({ id, type, offset: pack.size, length: sealed.length, uncompressed });
    pack.parts.push(sealed);
    pack.size += sealed.length;
    if (pack.size >= (this.#repository.packSize ?? usualPackSize)) await this.#close(type);
  }

  /** Stores what is not stored yet, packs first; the ids of all packs that were made. */
  async finish(): Promise<readonly string[]> {
    await this.#close('data');
    await this.#close('tree');
    await this.#atMost(0);
    await this.#saveIndex();
    return this.#packs;
  }

  /** Waits for what is on its way, whether it arrives or not. For who gives up. */
  async settle(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #close(type: BlobType): Promise<void> {
    const { blobs, parts, size } = this.#filling[type];
    if (blobs.length === 0) return;
    this.#filling[type].size = 0;
    const header = writeHeader(this.#repository.key, blobs);
    const bytes = Buffer.concat([...parts, header], size + header.length);
    const pack = { id: idOf(bytes), blobs: [...blobs] };
    blobs.length = 0;
    parts.length = 0;
    await this.#atMost(storing - 1);
    const underWay = this.#put(pack, bytes).catch((thrown: unknown) => {
      this.#failure ??= { thrown };
    });
    this.#underWay.add(underWay);
    void underWay.then(() => this.#underWay.delete(underWay));
    if (this.#unindexedBlobs >= blobsPerIndex || this.#unindexed.length >= packsPerIndex)
      await this.#saveIndex();
  }

  async #put(pack: IndexedPack, bytes: Buffer): Promise<void> {
    const key = keyOf('data', pack.id);
    await this.#repository.store.put(key, bytes, { ...this.#options, size: bytes.length });
    this.#packs.push(pack.id);
    this.#unindexed.push(pack);
    this.#unindexedBlobs += pack.blobs.length;
  }

  async #atMost(count: number): Promise<void> {
    while (this.#underWay.size > count) await Promise.race(this.#underWay);
    if (this.#failure !== undefined) throw this.#failure.thrown;
  }

  async #saveIndex(): Promise<void> {
    const packs = this.#unindexed;
    if (packs.length === 0) return;
    [this.#unindexed, this.#unindexedBlobs] = [[], 0];
    await saveDocument(this.#repository, 'index', writeIndex(packs), this.#options);
  }
}

function emptyPack(): PackBeingFilled {
  return { blobs: [], parts: [], size: 0 };
}
