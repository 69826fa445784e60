import type { StoreOptions } from '#storage/object-store.ts';
import type { CommittingOptions } from './ledger.ts';

/** How one content is stored. */
export interface ContentOptions {
  /** A compressor by kopia's name; without it, or where it saves nothing, the content is stored as it is. */
  readonly compression?: string | undefined;
}

/** How an object is stored. */
export interface ObjectOptions extends ContentOptions {
  /** One letter from g to z for metadata, such as `k` for directories; empty for data. */
  readonly prefix?: string | undefined;
  /** A splitter by kopia's name; the repository's own without it. */
  readonly splitter?: string | undefined;
  /** Compressor of the list of contents, where there are several; `zstd-fastest` without it, `none` for none. */
  readonly metadataCompression?: string | undefined;
  /** Told by {@link KopiaWriter.hold} of an object of what is stored so far; of a stream or a large file only, once or for each section. */
  readonly onHeld?: ((soFar: StoredObject) => void) | undefined;
}

/** A file of this machine to be stored as an object. */
export interface FileToStore extends Omit<ObjectOptions, 'prefix'> {
  /** Absolute, in bytes. */
  readonly path: Buffer;
  /** Bytes it had when it was looked at: decides how work is spread, and the sections; what is read is what is stored. */
  readonly size: number;
  /** A larger file is cut at multiples of so many bytes first, as kopia does: 2 GiB without it, none where it is negative. */
  readonly sectionSize?: number | undefined;
}

/** An object that is in the repository once `flush` has resolved. */
export interface StoredObject {
  /** kopia's object id: a content's, or `I` and that of a list of contents. */
  readonly id: string;
  /** Bytes that were read. */
  readonly size: number;
}

/** A file that could not be read to its end; nothing refers to what was stored of it. */
export interface UnreadObject {
  readonly error: NodeJS.ErrnoException;
}

/** What a writer has added so far. */
export interface WrittenTotals {
  /** Contents that the repository did not have, without prefix and with one. */
  readonly dataContents: number;
  readonly metadataContents: number;
  /** Bytes of them, before and after compression and sealing. */
  readonly added: number;
  readonly addedPacked: number;
}

/**
 * Adds contents to a kopia repository: hashed and, unless the index has a live entry for them, compressed, sealed and put into
 * packs. Nobody sees them before `flush` has written the index. Calls may be under way at once in any number. After a call has
 * thrown, the writer is of no more use but to be disposed of.
 */
export interface KopiaWriter extends AsyncDisposable {
  /** Stores a content; its id. `prefix` is one letter from g to z for metadata, empty for data. */
  content(prefix: string, plain: Uint8Array, options?: ContentOptions): Promise<string>;
  /** Stores a stream as an object, cut by the splitter; its object id. @throws what the stream throws */
  object(
    body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    options?: ObjectOptions,
  ): Promise<StoredObject>;
  /** Stores files; answers in their order. */
  files(files: readonly FileToStore[]): Promise<readonly (StoredObject | UnreadObject)[]>;
  /** Marks a content deleted. Nothing happens where the index has no live entry for it. */
  remove(id: string): Promise<void>;
  /** Whether the index has a live entry for a content, or this writer has stored it. */
  has(id: string): boolean;
  /** What was added since the writer was opened. */
  readonly totals: WrittenTotals;
  /**
   * Holds back files and streams that have not ended, stores what was begun, and tells them by `onHeld`. What is returned lets them go
   * on. Meanwhile contents and directories can be stored, and all of it flushed.
   */
  hold(options?: StoreOptions): Promise<() => void>;
  /**
   * Writes what is pending: the open packs, then the index of everything since the last flush; then the session's marker is
   * deleted, unless it goes on. The writer can be used on. Files and streams that have not ended are waited for, unless they are held.
   *
   * @throws `repository.outpaced` where two epochs began while the index was written: nothing was committed then
   */
  flush(options?: CommittingOptions): Promise<void>;
}
