import { checkedChunks, concatenated } from '#storage/bodies.ts';
import { raise } from '#storage/errors.ts';
import { checkKey, checkPrefix, compareKeys } from '#storage/keys.ts';
import type {
  Body,
  ByteRange,
  ListOptions,
  ObjectInfo,
  ObjectStore,
  PutOptions,
  StoredBody,
  StoreOptions,
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

  async get(key: string, options: StoreOptions = {}): Promise<StoredBody> {
    return bodyOf(this.#bytes(key, options));
  }

  async getRange(key: string, range: ByteRange, options: StoreOptions = {}): Promise<StoredBody> {
    checkRange(range);
    const bytes = this.#bytes(key, options);
    const { offset, length } = range;
    if (offset + length <= bytes.length) return bodyOf(bytes.subarray(offset, offset + length));
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
    for (const key of keys) {
      signal?.throwIfAborted();
      const bytes = this.files.get(key);
      if (bytes !== undefined && (after === '' || compareKeys(key, after) > 0)) yield infoOf(key, bytes);
    }
  }

  async *listPrefixes(prefix: string, options: StoreOptions = {}): AsyncGenerator<string> {
    let last = '';
    for await (const { key } of this.list(prefix, options)) {
      const end = key.indexOf('/', prefix.length);
      const segment = end === -1 ? '' : key.slice(prefix.length, end + 1);
      if (segment !== '' && segment !== last) yield segment;
      last = segment;
    }
  }

  async delete(key: string, { signal }: StoreOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    checkKey(key);
    this.files.delete(key);
  }

  async presign(): Promise<undefined> {}

  async *unfinished(): AsyncGenerator<never> {}

  async abandon(): Promise<void> {}

  async close(): Promise<void> {}

  #bytes(key: string, { signal }: StoreOptions): Uint8Array {
    signal?.throwIfAborted();
    checkKey(key);
    const bytes = this.files.get(key);
    if (bytes === undefined) throw raise['not-found']({ url: this.url, key });
    return bytes;
  }
}

function infoOf(key: string, bytes: Uint8Array): ObjectInfo {
  return { key, size: bytes.length, modified: new Date(0) };
}

function bodyOf(bytes: Uint8Array): StoredBody {
  return {
    size: bytes.length,
    async *[Symbol.asyncIterator]() {
      yield bytes;
    },
  };
}

async function wholeOf(body: Body, about: Parameters<typeof checkedChunks>[1]): Promise<Uint8Array> {
  const chunks = await Array.fromAsync(checkedChunks(body, about), chunk => Uint8Array.from(chunk));
  return concatenated(
    chunks,
    chunks.reduce((sum, { length }) => sum + length, 0),
  );
}
