import type { Entry } from './entry.ts';

/**
 * A tree of files to be stored: a directory, a tar stream from a pod, a single stream. It is told event by event, in batches,
 * so that engines of every format store it in bounded memory.
 */
export interface TreeSource {
  /** What a snapshot says was stored: absolute paths, in bytes. */
  readonly roots: readonly Buffer[];
  /**
   * Every entry once, a directory before what is in it. A source that walks a tree in order says `left` as soon as
   * nothing more comes below a directory, and yields a directory's entries in the order of their names' bytes; one
   * that cannot know (a tar stream) never says it, and its directories end with the source.
   *
   * A body must have been read, or left, before the next batch is asked for.
   *
   * @throws what makes going on pointless; a single entry that cannot be read is a `failed` event
   */
  events(options: { readonly signal?: AbortSignal | undefined }): AsyncIterable<readonly SourceEvent[]>;
  /** What there is in all, once a source that looks ahead knows it: to show how far work is, for no other use. */
  readonly totals?: SourceTotals | undefined;
}

/** Files, and the bytes that they had when they were looked at. */
export interface SourceTotals {
  readonly files: number;
  readonly bytes: number;
}

export type SourceEvent = FoundEntry | LeftDirectory | FailedEntry;

/** An entry. What is no file has no content. */
export interface FoundEntry {
  readonly kind: 'entry';
  readonly entry: Entry;
  readonly content?: Content | undefined;
}

/** The content of a file: by a path of this machine, which any thread may open; as a stream; or that of an earlier entry. */
export type Content =
  | { readonly kind: 'path'; readonly path: Buffer }
  | { readonly kind: 'stream'; readonly body: AsyncIterable<Uint8Array> }
  | { readonly kind: 'same-as'; readonly path: Buffer };

/** Nothing more comes below this directory. */
export interface LeftDirectory {
  readonly kind: 'left';
  readonly path: Buffer;
}

/** An entry that could not be read, or not in full; the rest goes on. */
export interface FailedEntry {
  readonly kind: 'failed';
  readonly path: Buffer;
  /** Of the operating system, mostly: `EACCES`, `ENOENT`. */
  readonly error: NodeJS.ErrnoException;
}
