import { turns } from '#foundation/concurrency.ts';
import { compress, compressionId } from '../format/compression.ts';
import { type ContentId, contentIdWith } from '../format/content-id.ts';
import { contentIv } from '../format/sealing.ts';
import type {
  ContentOptions,
  FileToStore,
  KopiaWriter,
  ObjectOptions,
  StoredObject,
  UnreadObject,
  WrittenTotals,
} from './kopia-writer.ts';
import { type CommittingOptions, Ledger, type LedgerOptions } from './ledger.ts';
import { newPack, type OpenPack, type PackKind, packKindOf, replicaOf } from './open-pack.ts';
import { storePlainFile } from './plain-files.ts';
import { SplitterPool } from './splitter-pool.ts';
import { type Body, type ObjectTools, storeObject } from './storing-objects.ts';
import type { WritableKopia } from './writable.ts';

/** Packs that are being stored while others are filled: what bounds memory where the store is slow. */
const mostUnderWay = 2;

/** A writer that does everything in this thread: for a few contents, and what the one with workers is compared with. */
export function openKopiaWriter(repository: WritableKopia, options: LedgerOptions): KopiaWriter {
  return new PlainWriter(repository, options);
}

class PlainWriter implements KopiaWriter {
  readonly #repository: WritableKopia;
  readonly #options: LedgerOptions;
  readonly #ledger: Ledger;
  readonly #turn = turns(1);
  readonly #open = new Map<PackKind, OpenPack>();
  /** Contents of packs that are open or under way. */
  readonly #pending = new Set<ContentId>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #tools: ObjectTools;
  #replica: Promise<Buffer | undefined> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(repository: WritableKopia, options: LedgerOptions) {
    this.#repository = repository;
    this.#options = options;
    this.#ledger = new Ledger(repository, options);
    this.#tools = {
      content: (prefix, plain, how) => this.content(prefix, plain, how),
      splitters: new SplitterPool(repository.format.splitter),
    };
  }

  get totals(): WrittenTotals {
    return this.#ledger.totals;
  }

  has(id: ContentId): boolean {
    return this.#pending.has(id) || this.#repository.index.hasLive(id);
  }

  async content(prefix: string, plain: Uint8Array, options: ContentOptions = {}): Promise<ContentId> {
    const id = contentIdWith(prefix, this.#repository.hash(plain));
    return this.#turn(async () => {
      this.#check();
      if (this.has(id)) return id;
      const { payload, compression } = this.#compressed(plain, options.compression);
      const pack = await this.#packFor(packKindOf(id));
      pack.add(this.#repository.sealer.seal(payload, contentIv(id)), {
        id,
        original: plain.length,
        compression,
        formatVersion: this.#repository.format.version,
        timestamp: this.#ledger.timeFor(id),
      });
      this.#pending.add(id);
      if (pack.length >= this.#repository.format.maxPackSize) await this.#close(packKindOf(id));
      if (this.#ledger.isDue) await this.#commit({});
      return id;
    });
  }

  object(body: Body, options: ObjectOptions = {}): Promise<StoredObject> {
    return storeObject(this.#tools, body, options);
  }

  async files(files: readonly FileToStore[]): Promise<readonly (StoredObject | UnreadObject)[]> {
    const stored = [];
    for (const file of files) stored.push(await storePlainFile(this.#tools, file));
    return stored;
  }

  async remove(id: ContentId): Promise<void> {
    await this.#turn(async () => {
      if (this.#open.get(packKindOf(id))?.drop(id) === true) {
        this.#pending.delete(id);
        return;
      }
      await this.#settled();
      await this.#ledger.deleted(id);
    });
  }

  /** Nothing is stored beside who calls. */
  async hold(): Promise<() => void> {
    return () => {};
  }

  async flush(options: CommittingOptions = {}): Promise<void> {
    await this.#turn(() => this.#commit(options));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#failure ??= { error: new Error('the writer was disposed of') };
    await Promise.all(this.#underWay);
  }

  async #commit(options: CommittingOptions): Promise<void> {
    this.#check();
    for (const kind of this.#open.keys()) await this.#close(kind);
    await this.#settled();
    try {
      await this.#ledger.commit(options);
    } catch (thrown) {
      this.#failure ??= { error: thrown };
      throw thrown;
    }
  }

  /** Old indexes cannot say that a content is compressed. */
  #compressed(plain: Uint8Array, name: string | undefined): { payload: Uint8Array; compression: number } {
    const compression = name === undefined ? undefined : compressionId(name);
    if (name !== undefined && compression !== undefined && this.#repository.format.indexVersion > 1) {
      const payload = compress(name, plain);
      if (payload.length < plain.length) return { payload, compression };
    }
    return { payload: plain, compression: 0 };
  }

  async #packFor(kind: PackKind): Promise<OpenPack> {
    const open = this.#open.get(kind);
    if (open !== undefined) return open;
    this.#replica ??= replicaOf(this.#repository);
    const pack = newPack(kind, await this.#ledger.session(), await this.#replica);
    this.#open.set(kind, pack);
    return pack;
  }

  /** Begins to store an open pack; waits where many are under way. */
  async #close(kind: PackKind): Promise<void> {
    const pack = this.#open.get(kind);
    this.#open.delete(kind);
    if (pack === undefined || pack.entries.length === 0) return;
    while (this.#underWay.size >= mostUnderWay) await Promise.race(this.#underWay);
    this.#check();
    const work = this.#store(pack)
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  async #store(pack: OpenPack): Promise<void> {
    const bytes = pack.finish(this.#repository);
    await this.#repository.blobs.put(pack.blobId, bytes, { signal: this.#options.signal });
    this.#ledger.stored(pack.entries);
    for (const { id } of pack.entries) this.#pending.delete(id);
  }

  async #settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    this.#check();
  }

  #check(): void {
    this.#options.signal?.throwIfAborted();
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
