import { extendRetention } from '#storage/extend-retention.ts';
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
import { type KeptFile, ProvenFiles } from './proven-files.ts';

/** Bytes of a file that is kept at most; restic's packs have 128 MiB. */
const keptLimit = 256 * 1024 * 1024;

/** Which files of a repository are kept: those that never change under their names and describe its content. */
export interface CacheRules {
  /** One that is kept as soon as it was read, or written, whole. */
  readonly whole: (key: string) => KeptFile | undefined;
  /** One that is fetched whole as soon as any of its bytes are asked for. */
  readonly pack: (key: string) => KeptFile | undefined;
  /** The folder of the cache whose files are those that a listing of this prefix tells of; others are removed after it. */
  readonly folderOf?: ((prefix: string) => string | undefined) | undefined;
}

export interface CachedStoreOptions {
  readonly rules: CacheRules;
  /** Told once of a cache that cannot be read or written; everything goes on without it. */
  readonly onFailure: (thrown: unknown) => void;
}

/**
 * A repository's store with a cache on this machine for what describes its content. Bytes are kept as they are stored, sealed. What
 * is read from the cache has its SHA-256, else it is removed and read anew. Nothing fails because of the cache, and it may be
 * deleted at any time.
 */
export class CachedStore {
  readonly store: ObjectStore;
  readonly #inner: ObjectStore;
  readonly #files: ProvenFiles;
  readonly #options: CachedStoreOptions;
  /** Packs that are known to be whole in the cache, or to be none for it; and those on their way there. */
  readonly #packs = new Map<string, Promise<boolean>>();
  #failed = false;

  constructor(inner: ObjectStore, files: CacheFiles, options: CachedStoreOptions) {
    this.#inner = inner;
    this.#files = new ProvenFiles(files);
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
      extendRetention: (key, retention, ask) => extendRetention(inner, key, retention, ask),
      unfinished: (prefix, ask) => inner.unfinished(prefix, ask),
      abandon: (write, ask) => inner.abandon(write, ask),
      close: () => inner.close(),
    };
  }

  /** Removes from a folder of the cache what the repository holds no longer. */
  async retain(folder: string, isKept: (name: string) => boolean): Promise<void> {
    await this.#try(() => this.#files.retain(folder, isKept));
  }

  async #get(key: string, options: ReadOptions = {}): Promise<StoredBody> {
    const file = this.#options.rules.whole(key);
    if (file === undefined || options.ifVersion !== undefined) return this.#inner.get(key, options);
    const kept = await this.#try(() => this.#files.read(file));
    if (kept !== undefined) return bodyOf([kept], kept.length);
    const body = await this.#inner.get(key, options);
    const { size } = body;
    return bodyOf(this.#keeping(file, body), size);
  }

  /** The same bytes, which are kept when all of them were read. */
  async *#keeping(file: KeptFile, body: StoredBody): AsyncGenerator<Uint8Array> {
    let parts: Uint8Array[] | undefined = [];
    let length = 0;
    for await (const part of body) {
      length += part.length;
      if (length > keptLimit) parts = undefined;
      parts?.push(part);
      yield part;
    }
    if (parts === undefined) return;
    const whole = parts;
    await this.#try(() => this.#files.write(file, whole));
  }

  async #getRange(key: string, range: ByteRange, options: ReadOptions = {}): Promise<StoredBody> {
    const file = this.#options.rules.pack(key);
    if (file === undefined || options.ifVersion !== undefined) {
      return this.#inner.getRange(key, range, options);
    }
    if (await this.#havePack(key, file, options)) {
      const kept = await this.#try(() => this.#files.readRange(file, range));
      if (kept !== undefined) return bodyOf([kept], kept.length);
      this.#packs.delete(key);
    }
    return this.#inner.getRange(key, range, options);
  }

  /** Whether the pack is in the cache, whole: looked at once, however many ask. */
  async #havePack(key: string, file: KeptFile, options: StoreOptions): Promise<boolean> {
    const known = this.#packs.get(key);
    if (known !== undefined) return known.catch(() => false); // thrown to who began it
    const having = this.#fetchPack(key, file, options);
    this.#packs.set(key, having);
    try {
      return await having;
    } catch (thrown) {
      this.#packs.delete(key);
      throw thrown;
    }
  }

  async #fetchPack(key: string, file: KeptFile, options: StoreOptions): Promise<boolean> {
    if ((await this.#try(() => this.#files.isSound(file))) === true) return true;
    const body = await this.#inner.get(key, options);
    if ((body.size ?? 0) > keptLimit) {
      await body[Symbol.asyncIterator]().return?.();
      return false;
    }
    const watched = watch(body);
    return (await this.#try(() => this.#files.write(file, watched), watched)) === true;
  }

  async #put(key: string, body: Body, put: () => Promise<ObjectInfo>): Promise<ObjectInfo> {
    const info = await put();
    const file = this.#options.rules.whole(key);
    if (file !== undefined && body instanceof Uint8Array) {
      await this.#try(() => this.#files.write(file, [body]));
    }
    return info;
  }

  async *#list(prefix: string, options: ListOptions = {}): AsyncGenerator<ObjectInfo> {
    const folder = options.after === undefined ? this.#options.rules.folderOf?.(prefix) : undefined;
    const listed = new Set<string>();
    for await (const info of this.#inner.list(prefix, options)) {
      if (folder !== undefined) listed.add(info.key.slice(prefix.length));
      yield info;
    }
    if (folder !== undefined) await this.retain(folder, name => listed.has(name));
  }

  async #delete(key: string, options: StoreOptions | undefined): Promise<void> {
    await this.#inner.delete(key, options);
    const { whole, pack } = this.#options.rules;
    const file = whole(key) ?? pack(key);
    if (file !== undefined) await this.#try(() => this.#files.remove(file));
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

/** Bytes on their way, and what they failed with. */
interface Watched extends AsyncIterable<Uint8Array> {
  failure?: { readonly thrown: unknown };
}

function watch(body: AsyncIterable<Uint8Array>): Watched {
  const watched: Watched = {
    async *[Symbol.asyncIterator]() {
      try {
        yield* body;
      } catch (thrown) {
        watched.failure = { thrown };
        throw thrown;
      }
    },
  };
  return watched;
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
