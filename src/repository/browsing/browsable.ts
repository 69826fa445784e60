import type { StoreOptions } from '#storage/object-store.ts';
import type { BytePath } from '../trees/byte-path.ts';
import type { Described } from '../trees/entry.ts';
import type { Failure } from '../trees/target/target-event.ts';

export type { Described };

/** A snapshot in words that all formats share. */
export interface BrowsedSnapshot {
  readonly id: string;
  /** When it was begun, and when it was complete where that is known; nanoseconds since 1970. */
  readonly time: bigint;
  readonly ended?: bigint | undefined;
  readonly host: string;
  readonly user: string;
  /** What was stored. */
  readonly paths: readonly string[];
  /** As the format's own programs show them: `name` in restic, `name:value` in kopia. */
  readonly tags: readonly string[];
  readonly description?: string | undefined;
  /** Why it is to be kept whatever a policy says. */
  readonly pins: readonly string[];
  /** Why not all is there that should be; absent of a whole one. */
  readonly incomplete?: string | undefined;
  /** What it holds: a directory without a name, or the one entry that it is of. */
  readonly root: StoredEntry;
}

/** Entries that could not be stored, and some of the reasons. */
export interface Missed {
  readonly failed: number;
  /** Those that a policy passes over. */
  readonly ignored: number;
  readonly errors: readonly { readonly path: string; readonly error: string }[];
}

/** An entry of a stored directory. */
export interface StoredEntry {
  /** One segment of a path; empty of a snapshot's root that has none. */
  readonly name: BytePath;
  /** The format's word for what it is, which may be none of `EntryType`. */
  readonly type: string;
  /**
   * Its metadata: `undefined` where it is of no type that can be made again, or the metadata makes no sense. `size` is what the
   * entry says, and may be wrong. Where a symlink leads is there if it was asked for.
   */
  readonly described: Described | undefined;
  /** Why it cannot be made again, where something of it is damaged or gone. */
  readonly failure?: Failure | undefined;
  /** What of a directory, and of all below it, could not be stored, where the format says so. */
  readonly missed?: Missed | undefined;
  /** What {@link Browsable.list} is asked for: only of directories. */
  readonly directory: string | undefined;
  /** What {@link Browsable.read} is asked for: ids of the format's parts of a file, in order. Equal ones are equal contents. */
  readonly content: readonly string[];
}

export interface ListingOptions extends StoreOptions {
  /** Read where symlinks lead, too, in formats that store it apart from the entry. */
  readonly targets?: boolean | undefined;
}

export interface ReadingOptions extends StoreOptions {
  /** Bytes to leave out at the beginning; 0 unless told. */
  readonly offset?: number | undefined;
  /** Bytes to yield at most; all unless told. */
  readonly length?: number | undefined;
}

/**
 * A repository whose snapshots can be looked into, whatever its format: what walking, searching, comparing and copying are
 * made of. All methods throw what reading the format does: `repository.damaged`, `file-missing`, `blob-missing`, and what the store throws.
 */
export interface Browsable {
  /** The repository's, for messages. */
  readonly url: string;
  /** Every snapshot that is whole, the oldest first. */
  snapshots(options?: StoreOptions): Promise<readonly BrowsedSnapshot[]>;
  /** By the beginning of its id, or `latest`. @throws `repository.snapshot-not-found`, `snapshot-ambiguous` */
  snapshot(wanted: string, options?: StoreOptions): Promise<BrowsedSnapshot>;
  /** The entries of a directory in the order of their names' bytes, each name once. */
  list(directory: string, options?: ListingOptions): Promise<readonly StoredEntry[]>;
  /** The bytes of a content, or of a range of it: only what the range touches is read. */
  read(content: readonly string[], options?: ReadingOptions): AsyncIterable<Buffer>;
}
