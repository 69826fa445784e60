import { isHozonError } from '#foundation/errors.ts';
import { extendRetention } from '#storage/extend-retention.ts';
import type {
  BegunWrite,
  ByteRange,
  ObjectStore,
  PutOptions,
  Retention,
  StoredBody,
  StoreOptions,
} from '#storage/object-store.ts';
import { putWhole, type WholeBody } from '#storage/put-whole.ts';
import { readAll } from '#storage/read-all.ts';
import {
  assumedShards,
  type BlobLayout,
  flatLayout,
  readShards,
  shardedLayout,
  shardsKey,
  shardsLimit,
  writeShards,
} from './blob-layout.ts';
import { naming } from './naming.ts';

/** A blob as a listing tells of it. */
export interface BlobInfo {
  readonly id: string;
  /** Bytes. */
  readonly size: number;
  /** When the store says that it was written. */
  readonly modified: Date;
}

export interface ReadBlobOptions extends StoreOptions {
  /** Bytes; a longer blob is refused as damaged before more than that is held. */
  readonly limit: number;
}

/** How the store is to keep a new blob. */
export type KeepingRule = (id: string) => Pick<PutOptions, 'storageClass' | 'retention'>;

export interface KopiaBlobsOptions {
  readonly lacksShards?: boolean | undefined;
  readonly keeping?: KeepingRule | undefined;
}

/** The blobs of a kopia repository, by their ids, wherever they lie in the location. */
export class KopiaBlobs {
  readonly store: ObjectStore;
  readonly #layout: BlobLayout;
  /** Whether `.shards`, without which other clients would look elsewhere, is still to be written before any blob. */
  #lacksShards: boolean;

  readonly #keeping: KeepingRule;

  constructor(store: ObjectStore, layout: BlobLayout, options: KopiaBlobsOptions = {}) {
    this.store = store;
    this.#layout = layout;
    this.#lacksShards = options.lacksShards ?? false;
    this.#keeping = options.keeping ?? (() => ({}));
  }

  /** The same blobs through another store of the same location: one with a cache, one that only reads. */
  through(store: ObjectStore): KopiaBlobs {
    return new KopiaBlobs(store, this.#layout, { lacksShards: this.#lacksShards, keeping: this.#keeping });
  }

  /** The same blobs, new ones to be kept as a rule says. */
  kept(keeping: KeepingRule): KopiaBlobs {
    return new KopiaBlobs(this.store, this.#layout, { lacksShards: this.#lacksShards, keeping });
  }

  /** The key that a blob has in the store. */
  keyOf(id: string): string {
    return this.#layout.keyOf(id);
  }

  /** The id of the blob under a key; `undefined` where none is. */
  idOf(key: string): string | undefined {
    return this.#layout.idOf(key);
  }

  /** A whole blob. @throws `repository.file-missing`, `damaged` (too long) and what the store throws */
  async get(id: string, options: ReadBlobOptions): Promise<Buffer> {
    const bytes = await naming(this.store, id, () => readAll(this.store, this.keyOf(id), options));
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** {@link get}; `undefined` where there is no such blob. */
  async find(id: string, options: ReadBlobOptions): Promise<Buffer | undefined> {
    try {
      return await this.get(id, options);
    } catch (thrown) {
      if (isHozonError(thrown, 'repository.file-missing')) return undefined;
      throw thrown;
    }
  }

  /** A part of a blob. @throws `repository.file-missing`, `damaged` (too short) and what the store throws */
  async range(id: string, range: ByteRange, options: StoreOptions = {}): Promise<Buffer> {
    return naming(this.store, id, async () => {
      const bytes = Buffer.allocUnsafeSlow(range.length);
      let at = 0;
      for await (const piece of await this.stream(id, range, options)) {
        bytes.set(piece, at);
        at += piece.length;
      }
      return bytes;
    });
  }

  /** A part of a blob as it comes. @throws what the store throws, unnamed */
  async stream(id: string, range: ByteRange, options: StoreOptions = {}): Promise<StoredBody> {
    return this.store.getRange(this.keyOf(id), range, options);
  }

  /** `undefined` where there is no such blob. */
  async head(id: string, options: StoreOptions = {}): Promise<BlobInfo | undefined> {
    const found = await this.store.head(this.keyOf(id), options);
    return found === undefined ? undefined : { id, size: found.size, modified: found.modified };
  }

  /** Every blob whose id begins so, in no order. */
  async *list(prefix: string, options: StoreOptions = {}): AsyncGenerator<BlobInfo> {
    for (const keyPrefix of this.#layout.keyPrefixes(prefix)) {
      for await (const { key, size, modified } of this.store.list(keyPrefix, options)) {
        const id = this.#layout.idOf(key);
        if (id?.startsWith(prefix) === true) yield { id, size, modified };
      }
    }
  }

  /** Stores a blob, in place of one that has the id; when the store says that it was written. */
  async put(id: string, body: WholeBody, { signal }: StoreOptions = {}): Promise<BlobInfo> {
    await this.#ensureShards(signal);
    const how = { ...this.#keeping(id), signal };
    const { size, modified } = await putWhole(this.store, this.keyOf(id), body, how);
    return { id, size, modified };
  }

  /** Begins a blob, which gets its id when it is put; until then the one that is given. See `ObjectStore.begin`. */
  async begin(id: string, options: StoreOptions = {}): Promise<BegunWrite | undefined> {
    return this.store.begin?.(this.keyOf(id), options);
  }

  /** Stores a blob where there is none of that id. @throws `storage.already-exists` */
  async putIfAbsent(id: string, bytes: Uint8Array, { signal }: StoreOptions = {}): Promise<BlobInfo> {
    await this.#ensureShards(signal);
    const how = { ...this.#keeping(id), signal, size: bytes.length };
    const { size, modified } = await this.store.putIfAbsent(this.keyOf(id), bytes, how);
    return { id, size, modified };
  }

  /** Deleting what is not there succeeds. */
  async delete(id: string, options: StoreOptions = {}): Promise<void> {
    await this.store.delete(this.keyOf(id), options);
  }

  /** Locks a blob for longer. @throws `storage.unsupported` where the store cannot lock any, and as it does */
  async extendRetention(id: string, retention: Retention, options: StoreOptions = {}): Promise<void> {
    await extendRetention(this.store, this.keyOf(id), retention, options);
  }

  async #ensureShards(signal: AbortSignal | undefined): Promise<void> {
    if (!this.#lacksShards) return;
    const bytes = writeShards(assumedShards);
    try {
      await this.store.putIfAbsent(shardsKey, bytes, { signal, size: bytes.length });
    } catch (thrown) {
      if (!isHozonError(thrown, 'storage.already-exists')) throw thrown;
    }
    this.#lacksShards = false;
  }
}

/** The id of the blob that makes a location a repository. */
export const formatBlobId = 'kopia.repository';

/**
 * The blobs of the repository in a location; `undefined` where there is none. What lies in directories is found wherever it was copied
 * to, an object store included. Nothing is written.
 *
 * @throws `repository.damaged` where `.shards` cannot be read, and what the store throws
 */
export async function findBlobs(
  store: ObjectStore,
  options: StoreOptions = {},
): Promise<KopiaBlobs | undefined> {
  const has = async (key: string): Promise<boolean> => (await store.head(key, options)) !== undefined;
  if (await has(formatBlobId)) return new KopiaBlobs(store, flatLayout);
  if (!(await has(`${formatBlobId}.f`))) return undefined;
  if (!(await has(shardsKey))) {
    return new KopiaBlobs(store, shardedLayout(assumedShards), { lacksShards: true });
  }
  const shards = await naming(store, shardsKey, async () =>
    readShards(await readAll(store, shardsKey, { ...options, limit: shardsLimit })),
  );
  return new KopiaBlobs(store, shardedLayout(shards));
}
