import { checkedChunks, concatenated } from '#storage/bodies.ts';
import { raise } from '#storage/errors.ts';
import { checkFolderPrefix, checkKey, checkPrefix, compareKeys } from '#storage/keys.ts';
import type {
  Body,
  ByteRange,
  ListOptions,
  ObjectInfo,
  ObjectStore,
  PutOptions,
  ReadOptions,
  StoredBody,
  StoreOptions,
  UnfinishedWrite,
} from '#storage/object-store.ts';
import { checkRange } from '#storage/ranges.ts';

/** A location in memory, for suites that damage a repository thousands of times. It keeps ObjectStore's contract. */
export class MemoryStore implements ObjectStore {
  readonly url = 'memory:///repository';
  readonly files: Map<string, Uint8Array>;

  constructor(files: Iterable<readonly [string, Uint8Array]> = []) {
    this.files = new Map(files);
  }

  /** Everything that another location holds. */
  static async copyOf(store: ObjectStore): Promise<MemoryStore> {
    const copy = new MemoryStore();
    for await (const { key } of store.list('')) {
      copy.files.set(key, Buffer.concat(await Array.fromAsync(await store.get(key))));
    }
    return copy;
  }

  /** The same, with other bytes in one file, or without it. */
  with(key: string, bytes: Uint8Array | undefined): MemoryStore {
    const other = new MemoryStore(this.files);
    if (bytes === undefined) other.files.delete(key);
    else other.files.set(key, bytes);
    return other;
  }

  async get(key: string, options: ReadOptions = {}): Promise<StoredBody> {
    const bytes = this.#bytes(key, options);
    return bodyOf(bytes, bytes, options);
  }

  async getRange(key: string, range: ByteRange, options: ReadOptions = {}): Promise<StoredBody> {
    checkRange(range);
    const bytes = this.#bytes(key, options);
    const { offset, length } = range;
    if (offset + length <= bytes.length)
      return bodyOf(bytes.subarray(offset, offset + length), bytes, options);
    throw raise.truncated({
      url: this.url,
      key,
      expected: length,
      received: Math.max(bytes.length - offset, 0),
    });
  }

  async put(key: string, body: Body, options: PutOptions = {}): Promise<ObjectInfo> {
    checkKey(key);
    const bytes = await wholeOf(body, { url: this.url, key, ...options });
    this.files.set(key, bytes);
    return infoOf(key, bytes);
  }

  async putIfAbsent(key: string, body: Body, options: PutOptions = {}): Promise<ObjectInfo> {
    checkKey(key);
    const bytes = await wholeOf(body, { url: this.url, key, ...options });
    if (this.files.has(key)) throw raise['already-exists']({ url: this.url, key });
    this.files.set(key, bytes);
    return infoOf(key, bytes);
  }

  async head(key: string, { signal }: StoreOptions = {}): Promise<ObjectInfo | undefined> {
    signal?.throwIfAborted();
    checkKey(key);
    const bytes = this.files.get(key);
    return bytes === undefined ? undefined : infoOf(key, bytes);
  }

  async *list(prefix: string, { signal, after = '' }: ListOptions = {}): AsyncGenerator<ObjectInfo> {
    checkPrefix(prefix);
    const keys = [...this.files.keys()].filter(key => key.startsWith(prefix)).sort(compareKeys);
    signal?.throwIfAborted();
    for (const key of keys) {
      const bytes = this.files.get(key);
      if (bytes !== undefined && (after === '' || compareKeys(key, after) > 0)) yield infoOf(key, bytes);
      signal?.throwIfAborted();
    }
  }

  async *listPrefixes(prefix: string, options: StoreOptions = {}): AsyncGenerator<string> {
    checkFolderPrefix(prefix);
    let last = '';
    for await (const { key } of this.list(prefix, options)) {
      const next = key.slice(0, key.indexOf('/', prefix.length) + 1);
      if (next !== '' && next !== last) yield next;
      last = next;
    }
  }

  async delete(key: string, { signal }: StoreOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    checkKey(key);
    this.files.delete(key);
  }

  async presign(key: string, { signal }: StoreOptions): Promise<undefined> {
    signal?.throwIfAborted();
    checkKey(key);
  }

  async *unfinished(prefix: string, { signal }: StoreOptions = {}): AsyncGenerator<UnfinishedWrite> {
    signal?.throwIfAborted();
    checkPrefix(prefix);
    yield* [];
  }

  async abandon(_write: UnfinishedWrite, { signal }: StoreOptions = {}): Promise<void> {
    signal?.throwIfAborted();
  }

  async close(): Promise<void> {}

  #bytes(key: string, { signal, ifVersion }: ReadOptions): Uint8Array {
    signal?.throwIfAborted();
    checkKey(key);
    const bytes = this.files.get(key);
    if (bytes === undefined) throw raise['not-found']({ url: this.url, key });
    if (ifVersion !== undefined && ifVersion !== versionOf(bytes))
      throw raise.changed({ url: this.url, key });
    return bytes;
  }
}

function infoOf(key: string, bytes: Uint8Array): ObjectInfo {
  return { key, size: bytes.length, modified: new Date(0) };
}

function bodyOf(bytes: Uint8Array, whole: Uint8Array, { signal }: StoreOptions): StoredBody {
  return {
    size: bytes.length,
    version: versionOf(whole),
    async *[Symbol.asyncIterator]() {
      yield bytes;
      signal?.throwIfAborted();
    },
  };
}

const versions = new WeakMap<Uint8Array, string>();
let versionsGiven = 0;

/** Each object that was put is another version. */
function versionOf(bytes: Uint8Array): string {
  const version = versions.get(bytes) ?? String(++versionsGiven);
  versions.set(bytes, version);
  return version;
}

async function wholeOf(body: Body, about: Parameters<typeof checkedChunks>[1]): Promise<Uint8Array> {
  const chunks = await Array.fromAsync(checkedChunks(body, about), chunk => Uint8Array.from(chunk));
  return concatenated(
    chunks,
    chunks.reduce((sum, { length }) => sum + length, 0),
  );
}
