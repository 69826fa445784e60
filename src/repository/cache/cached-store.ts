import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type {
  Body,
  ByteRange,
  ListOptions,
  ObjectInfo,
  ObjectStore,
  ReadOptions,
  StoredBody,
  StoreOptions,
} from '#storage/object-store.ts';
import type { CacheFiles } from './cache-files.ts';

/** Files whose names are the SHA-256 of what is in them, which alone are kept; the id is the last segment. */
const wholeFile = /^(?:index|snapshots)\/([0-9a-f]{64})$/;
const packFile = /^data\/[0-9a-f]{2}\/([0-9a-f]{64})$/;
/** Bytes of a file that is kept at most; restic's packs have 128 MiB. */
const keptLimit = 256 * 1024 * 1024;

export interface CachedStoreOptions {
  /** Told once of a cache that cannot be read or written; everything goes on without it. */
  readonly onFailure: (thrown: unknown) => void;
}

/**
 * A repository's store with a cache on this machine for what describes its content: snapshots, indexes, and the packs of
 * trees that {@link CachedStore.useTreePacks} names. Bytes are kept as they are stored, sealed. What is read from the
 * cache has the SHA-256 that is its name, else it is removed and read anew; a file that the repository lists no longer is
 * removed, too. Nothing fails because of the cache, and it may be deleted at any time.
 */
export class CachedStore {
  readonly store: ObjectStore;
  readonly #inner: ObjectStore;
  readonly #files: CacheFiles;
  readonly #options: CachedStoreOptions;
  /** Packs that are known to be whole in the cache, or to be none for it; and those on their way there. */
  readonly #packs = new Map<string, Promise<boolean>>();
  #isTreePack: (id: string) => boolean = () => false;
  #failed = false;

  constructor(inner: ObjectStore, files: CacheFiles, options: CachedStoreOptions) {
    this.#inner = inner;
    this.#files = files;
    this.#options = options;
    this.store = {
      url: inner.url,
      get: (key, read) => this.#get(key, read),
      getRange: (key, range, read) => this.#getRange(key, range, read),
      put: (key, body, write) => this.#put(key, body, () => inner.put(key, body, write)),
      putIfAbsent: (key, body, write) => this.#put(key, body, () => inner.putIfAbsent(key, body, write)),
      head: (key, ask) => inner.head(key, ask),
      list: (prefix, list) => this.#list(prefix, list),
      listPrefixes: (prefix, list) => inner.listPrefixes(prefix, list),
      delete: (key, ask) => this.#delete(key, ask),
      presign: (key, ask) => inner.presign(key, ask),
      pathOf: async (key, ask) => inner.pathOf?.(key, ask),
      unfinished: (prefix, ask) => inner.unfinished(prefix, ask),
      abandon: (write, ask) => inner.abandon(write, ask),
      close: () => inner.close(),
    };
  }

  /** From now on these packs are kept whole once any of their bytes are read; others that are kept are removed. */
  async useTreePacks(ids: ReadonlySet<string>): Promise<void> {
    this.#isTreePack = id => ids.has(id);
    await this.#try(() => this.#files.retain('data', id => ids.has(id)));
  }

  async #get(key: string, options: ReadOptions = {}): Promise<StoredBody> {
    const [, id] = wholeFile.exec(key) ?? [];
    if (id === undefined || options.ifVersion !== undefined) return this.#inner.get(key, options);
    const kept = await this.#try(() => this.#files.read(key));
    if (kept !== undefined && idOf(kept) === id) return bodyOf([kept], kept.length);
    if (kept !== undefined) await this.#try(() => this.#files.remove(key));
    const body = await this.#inner.get(key, options);
    const { size } = body;
    return bodyOf(this.#keeping(key, id, body), size);
  }

  /** The same bytes, which are kept when all of them were read. */
  async *#keeping(key: string, id: string, body: StoredBody): AsyncGenerator<Uint8Array> {
    let parts: Uint8Array[] | undefined = [];
    let length = 0;
    for await (const part of body) {
      length += part.length;
      if (length > keptLimit) parts = undefined;
      parts?.push(part);
      yield part;
    }
    if (parts !== undefined) await this.#keep(key, id, Buffer.concat(parts));
  }

  async #keep(key: string, id: string, bytes: Uint8Array): Promise<void> {
    if (idOf(bytes) === id) await this.#try(() => this.#files.write(key, [bytes], () => true));
  }

  async #getRange(key: string, range: ByteRange, options: ReadOptions = {}): Promise<StoredBody> {
    const [, id] = packFile.exec(key) ?? [];
    if (id === undefined || !this.#isTreePack(id) || options.ifVersion !== undefined) {
      return this.#inner.getRange(key, range, options);
    }
    if (await this.#havePack(key, id, options)) {
      const kept = await this.#try(() => this.#readKept(key, range));
      if (kept !== undefined) return bodyOf([kept], kept.length);
      this.#packs.delete(key);
    }
    return this.#inner.getRange(key, range, options);
  }

  /** Whether the pack is in the cache, whole: looked at once, however many ask. */
  async #havePack(key: string, id: string, options: StoreOptions): Promise<boolean> {
    const known = this.#packs.get(key);
    if (known !== undefined) return known.catch(() => false); // thrown to who began it
    const having = this.#fetchPack(key, id, options);
    this.#packs.set(key, having);
    try {
      return await having;
    } catch (thrown) {
      this.#packs.delete(key);
      throw thrown;
    }
  }

  async #fetchPack(key: string, id: string, options: StoreOptions): Promise<boolean> {
    if ((await this.#try(() => this.#isWhole(key, id))) === true) return true;
    const body = await this.#inner.get(key, options);
    if ((body.size ?? 0) > keptLimit) {
      await body[Symbol.asyncIterator]().return?.();
      return false;
    }
    const watched = new Watched(body);
    const written = await this.#try(
      () => this.#files.write(key, watched, () => watched.id() === id),
      watched,
    );
    return written === true;
  }

  async #isWhole(key: string, id: string): Promise<boolean> {
    const file = await this.#files.open(key);
    if (file === undefined) return false;
    const watched = new Watched(file.createReadStream());
    for await (const _ of watched);
    if (watched.id() === id) return true;
    await this.#files.remove(key);
    return false;
  }

  /** `undefined` where the file is gone, or too short. */
  async #readKept(key: string, { offset, length }: ByteRange): Promise<Buffer | undefined> {
    const file = await this.#files.open(key);
    if (file === undefined) return undefined;
    try {
      return await readFully(file, offset, length);
    } finally {
      await file.close();
    }
  }

  async #put(key: string, body: Body, put: () => Promise<ObjectInfo>): Promise<ObjectInfo> {
    const info = await put();
    const [, id] = wholeFile.exec(key) ?? [];
    if (id !== undefined && body instanceof Uint8Array) await this.#keep(key, id, body);
    return info;
  }

  async *#list(prefix: string, options: ListOptions = {}): AsyncGenerator<ObjectInfo> {
    const whole = (prefix === 'index/' || prefix === 'snapshots/') && options.after === undefined;
    const listed = new Set<string>();
    for await (const info of this.#inner.list(prefix, options)) {
      if (whole) listed.add(info.key.slice(prefix.length));
      yield info;
    }
    if (whole) await this.#try(() => this.#files.retain(prefix.slice(0, -1), name => listed.has(name)));
  }

  async #delete(key: string, options: StoreOptions | undefined): Promise<void> {
    await this.#inner.delete(key, options);
    if (wholeFile.test(key) || packFile.test(key)) await this.#try(() => this.#files.remove(key));
  }

  /** `undefined` where the cache fails. What the body of a write throws is no failure of the cache. */
  async #try<T>(action: () => Promise<T>, watched?: Watched): Promise<T | undefined> {
    try {
      return await action();
    } catch (thrown) {
      if (watched?.failure !== undefined) throw watched.failure.thrown;
      if (!this.#failed) this.#options.onFailure(thrown);
      this.#failed = true;
      return undefined;
    }
  }
}

/** Bytes on their way, their SHA-256, and what they failed with. */
class Watched implements AsyncIterable<Uint8Array> {
  readonly #body: AsyncIterable<Uint8Array>;
  readonly #hash = createHash('sha256');
  failure: { readonly thrown: unknown } | undefined;

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#body = body;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for await (const part of this.#body) {
        this.#hash.update(part);
        yield part;
      }
    } catch (thrown) {
      this.failure = { thrown };
      throw thrown;
    }
  }

  id(): string {
    return this.#hash.digest('hex');
  }
}

function idOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function readFully(file: FileHandle, offset: number, length: number): Promise<Buffer | undefined> {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(bytes, at, length - at, offset + at);
    if (bytesRead === 0) return undefined;
    at += bytesRead;
  }
  return bytes;
}

function bodyOf(
  parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  size: number | undefined,
): StoredBody {
  return {
    ...(size === undefined ? {} : { size }),
    async *[Symbol.asyncIterator]() {
      yield* parts;
    },
  };
}
