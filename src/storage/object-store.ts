/**
 * A place that keeps objects (byte strings under keys): a directory, an S3 bucket. One instance is one
 * *location*: a bucket and a prefix, both already applied; keys are relative to it, `/`-separated, without a
 * leading or final `/`, and never contain `.` or `..` segments, empty segments or control characters (NUL …
 * US, DEL); at most 1024 bytes of UTF-8. A key must not continue another (`a` and `a/b`): a store may refuse
 * the later of the two with `storage.key-conflict`, because a directory cannot hold both.
 *
 * What an implementer must guarantee:
 *
 * - **Read after write.** Once `put` has resolved, `get`, `head` and `list`, from any process, show the object.
 * - **Atomic put.** A reader sees the object as it was before or whole, never in part. If `put` rejects, is
 *   aborted, or the process dies, the key holds what it held before. (A store across a network that rejects with
 *   `unavailable` may have stored the whole object nevertheless: the answer was lost.) What such a write left
 *   behind is listed by `unfinished` and removed by `abandon`.
 * - **A put of the wrong size rejects.** Where `size` is given and the body has another length, nothing is stored
 *   (`storage.wrong-size`). An error that the body throws rejects the put with that very error.
 * - **No short reads.** `get` and `getRange` yield exactly the bytes asked for, or throw `storage.truncated`
 *   while they are iterated.
 * - **Listing.** Every object whose key begins with the prefix, once, in the order of the keys' UTF-8 bytes, in bounded memory.
 * - **Errors** are `storage.*` HozonErrors: `not-found` (get of an absent key), `already-exists` (putIfAbsent),
 *   `denied`, `unavailable` (retryable), `truncated`, `invalid-key`, `read-only`. An abort rejects with the
 *   signal's reason. Error texts never hold credentials.
 * - Operations may run at the same time in any number.
 *
 * Retrying, throttling, read-only and metrics are decorators around an ObjectStore, not options of one.
 */
export interface ObjectStore {
  /** The location as a URL without credentials, for messages: `s3://bucket/prefix`, `file:///backups`. */
  readonly url: string;
  /** The object's bytes. What is returned holds a connection or a file until it is iterated to its end or left. */
  get(key: string, options?: ReadOptions): Promise<StoredBody>;
  /** Bytes `[offset, offset + length)`; a range that ends beyond the object throws `storage.truncated`. */
  getRange(key: string, range: ByteRange, options?: ReadOptions): Promise<StoredBody>;
  put(key: string, body: Body, options?: PutOptions): Promise<ObjectInfo>;
  /** Stores only where the key is free; of several at once exactly one wins, the others get `storage.already-exists`. */
  putIfAbsent(key: string, body: Body, options?: PutOptions): Promise<ObjectInfo>;
  /** `undefined` where the key holds nothing. */
  head(key: string, options?: StoreOptions): Promise<ObjectInfo | undefined>;
  list(prefix: string, options?: ListOptions): AsyncIterable<ObjectInfo>;
  /** One level below `prefix` (empty or ending in `/`): the distinct next segments, each with its final `/`. */
  listPrefixes(prefix: string, options?: StoreOptions): AsyncIterable<string>;
  /** Deleting what is not there succeeds. */
  delete(key: string, options?: StoreOptions): Promise<void>;
  /** A URL that anyone may GET for that long, or `undefined` where the store has no such thing. Seconds. */
  presign(key: string, options: StoreOptions & { readonly expiresIn: number }): Promise<string | undefined>;
  /**
   * Writes below `prefix` that were begun and neither finished nor abandoned, by whichever process. A store that
   * can tell that a writer is still at work leaves its writes out; one that cannot (S3) lists them too, so a
   * caller that may have rivals looks at `begun` before it abandons. A write of a dead process that had hardly begun
   * may be listed under the beginning of its key, even an empty one.
   */
  unfinished(prefix: string, options?: StoreOptions): AsyncIterable<UnfinishedWrite>;
  /** Removes what an unfinished write left. Abandoning what is gone succeeds. */
  abandon(write: UnfinishedWrite, options?: StoreOptions): Promise<void>;
  /**
   * A path of this machine under which any thread may read the object's bytes as they are now; the last segment is no symbolic link.
   * `undefined`, or no such method, where there is none, or reading there would go round what a decorator does.
   */
  pathOf?(key: string, options?: StoreOptions): Promise<string | undefined>;
  /**
   * Begins an object that is a file of this machine, into which any thread of this process may write its bytes, in any order. Until it is finished
   * it is listed as unfinished under this key, which need not be the one that it gets. `undefined`, or no such method, where there
   * is no such file, or to write there would go round what a decorator does. What was written is nowhere else, so that no decorator can try
   * again what fails of it.
   */
  begin?(key: string, options?: StoreOptions): Promise<BegunWrite | undefined>;
  /**
   * Locks an object for longer, or one that was not locked. Afterwards its lock ends at `retention.until`, or as before where that is
   * later: none becomes shorter or weaker. To be called by {@link extendRetention} of `extend-retention.ts`.
   *
   * No such method, or `storage.unsupported`, where the store cannot lock objects; `storage.not-found` where there is no object,
   * `storage.locked` where its lock is stricter than the one wanted and ends before.
   */
  extendRetention?(key: string, retention: Retention, options?: StoreOptions): Promise<void>;
  /** Releases connections. The store is not used afterwards. */
  close(): Promise<void>;
}

export interface StoreOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface ReadOptions extends StoreOptions {
  /** Read only if the object still has this {@link StoredBody.version}; otherwise `storage.changed`. */
  readonly ifVersion?: string | undefined;
}

export interface ListOptions extends StoreOptions {
  /** Only keys after this one, in the order of the listing. */
  readonly after?: string | undefined;
}

export interface PutOptions extends StoreOptions {
  /** Bytes, where they are known beforehand. */
  readonly size?: number | undefined;
  /** The class of storage by the store's own name for it; its usual one without. A store without classes does not look at it. */
  readonly storageClass?: string | undefined;
  /** Until when the store refuses to change or delete the object. A store that cannot lock objects does not look at it. */
  readonly retention?: Retention | undefined;
}

/** An object whose bytes the caller writes itself. See {@link ObjectStore.begin}. */
export interface BegunWrite {
  /** Of the file, to be read and written until `finish` or `abandon` is called; not to be closed. */
  readonly descriptor: number;
  /** What a failed call on the descriptor is as an error of the store. */
  failure(thrown: unknown): unknown;
  /**
   * Makes the file the object of this key, with what {@link ObjectStore.put} guarantees: `storage.wrong-size` where it has not as many
   * bytes as the options say. Where it rejects, the file is gone, too.
   */
  finish(key: string, options?: PutOptions): Promise<ObjectInfo>;
  /** Removes the file. To abandon what was finished or abandoned succeeds. */
  abandon(): Promise<void>;
}

/** A lock of an object: `GOVERNANCE` can be lifted by who has the right to, `COMPLIANCE` by nobody. */
export interface Retention {
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE';
  readonly until: Date;
}

/** Offset and length in bytes; both non-negative integers. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** A whole body, or a stream that can be read once. A stream that can be read again: `replayable` in `bodies.ts`. */
export type Body = Uint8Array | AsyncIterable<Uint8Array>;

/** What a read yields. It can be iterated once. */
export interface StoredBody extends AsyncIterable<Uint8Array> {
  /** Bytes it will yield. */
  readonly size?: number | undefined;
  /** Differs between any two contents that the key ever held; opaque. Absent where the store has no such thing. */
  readonly version?: string | undefined;
}

export interface ObjectInfo {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly modified: Date;
}

export interface UnfinishedWrite {
  readonly key: string;
  readonly begun: Date;
  /** The implementation's own name for it (an upload id, a temporary file). */
  readonly id: string;
  /** Whether nobody will finish it: its writer has died, or gave no sign of life for a day. Absent where the store cannot tell. */
  readonly writerIsGone?: boolean | undefined;
}
