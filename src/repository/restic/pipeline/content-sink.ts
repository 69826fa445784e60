import type { StoreOptions } from '#storage/object-store.ts';

/** A file of this machine to be stored. */
export interface LocalFile {
  /** Absolute, in bytes. */
  readonly path: Buffer;
  /** Bytes it had when it was looked at: decides how work is spread; what is read is what is stored. */
  readonly size: number;
}

/** Content that is in the repository when `finish` has resolved. */
export interface StoredContent {
  /** Ids of the data blobs, in order. */
  readonly content: readonly string[];
  /** Bytes that were read. */
  readonly size: number;
}

/** A file that could not be read to its end; nothing refers to what was stored of it. */
export interface UnreadContent {
  readonly error: NodeJS.ErrnoException;
}

export interface SinkTotals {
  /** Blobs that the repository did not have. */
  readonly dataBlobs: number;
  readonly treeBlobs: number;
  /** Bytes of them, before and after compression and sealing. */
  readonly added: number;
  readonly addedPacked: number;
}

/**
 * Where contents and trees go: cut, hashed, and, unless the repository has them, compressed, sealed, packed and stored. Calls
 * may be under way at once in any number; each resolves in its own time, so that a caller bounds memory by how many it
 * begins. After a call has thrown, the sink is of no more use but to be disposed of.
 */
export interface ContentSink extends AsyncDisposable {
  /** Stores files, in as many threads as there are; answers in the order of the files. */
  files(files: readonly LocalFile[]): Promise<readonly (StoredContent | UnreadContent)[]>;
  /** Stores a stream. @throws what it throws */
  stream(body: AsyncIterable<Uint8Array>): Promise<StoredContent>;
  /** Stores the plain text of a tree; its id. */
  tree(plain: Uint8Array): Promise<string>;
  /** Whether the repository, or this sink, has a data blob already. */
  hasData(id: string): boolean;
  /** Bytes of a blob's content that is there; `undefined` where it is not. */
  dataSize(id: string): number | undefined;
  /** Stores what is not stored yet, and the indexes. The sink is not used afterwards. */
  finish(options?: StoreOptions): Promise<SinkTotals>;
}
