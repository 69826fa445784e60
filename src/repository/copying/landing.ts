import type { StoreOptions } from '#storage/object-store.ts';
import type { BrowsedSnapshot, Described, Missed, StoredEntry } from '../browsing/browsable.ts';
import type { BytePath } from '../trees/byte-path.ts';

/** The content of a file in the repository that is copied to. */
export interface LandedContent {
  /** The format's ids of its parts, in order. */
  readonly ids: readonly string[];
  /** Bytes. */
  readonly size: number;
}

/** What a file is called, and how many bytes it is said to have. */
export interface FileToLand {
  readonly name: BytePath;
  readonly size: number;
}

/** An entry in the repository that is copied to. `D` is the format's name for a directory there. */
export interface LandedEntry<D> {
  readonly name: BytePath;
  readonly described: Described;
  /** Of a file. */
  readonly content?: LandedContent | undefined;
  /** Of a directory. */
  readonly directory?: D | undefined;
}

/** What an entry is that the target has already. */
export type ThereEntry<D> = Pick<LandedEntry<D>, 'content' | 'directory'>;

/** A snapshot's root with the path that it is of. */
export interface LandedRoot<D> {
  readonly path: string;
  readonly entry: LandedEntry<D>;
}

/** A snapshot to be stored. */
export interface LandedSnapshot<D> {
  readonly source: BrowsedSnapshot;
  readonly root: LandedRoot<D>;
  /** See `originOf`. */
  readonly origin: string;
  /** The tags as kopia keeps them, where they come from there. */
  readonly kopiaTags?: Readonly<Record<string, string>> | undefined;
}

/** What an entry or a snapshot has and the format that it is copied to has not. */
export type Loss =
  /** Devices, pipes and sockets, and what is of no known type: left out. */
  | 'special-files'
  /** Extended attributes, with them ACLs and security labels. */
  | 'attributes'
  /** Files under several names become files of their own, of one content. */
  | 'hard-links'
  /** Bytes of names that are no UTF-8 are replaced. */
  | 'names'
  /** The names of owners; their numbers are kept. */
  | 'owner-names'
  /** The metadata of the directories above what was stored. */
  | 'directories-above'
  /** One path where there are several: the directory above them all; they are kept in a tag. */
  | 'several-paths'
  /** Kept as a tag, which programs of the format do not heed. */
  | 'as-tags'
  /** What a snapshot says of how it came about. */
  | 'run-details';

/** A repository that snapshots are copied to: what one format does its own way. Calls may be under way at once in any number. */
export interface Landing<D> extends AsyncDisposable {
  readonly url: string;
  /** What of an entry the format cannot hold, apart from what it can hold of none: see {@link Landing.alwaysLost}. */
  lossesOf(entry: StoredEntry): readonly Loss[];
  /** What of a snapshot itself the format cannot hold. */
  lossesOfSnapshot(snapshot: BrowsedSnapshot): readonly Loss[];
  /** Whether the format can hold such an entry at all. */
  canHold(described: Described): boolean;
  /** The entries of a directory under the names that they get. */
  named<T extends { readonly name: BytePath }>(entries: readonly T[]): readonly T[];
  /** Stores the bytes of a file. @throws what reading them throws */
  file(body: AsyncIterable<Buffer>, file: FileToLand): Promise<LandedContent>;
  /** Stores a directory; the entries in any order. `missed` is what the source says that it lacks, which a format may keep. */
  directory(entries: readonly LandedEntry<D>[], described: Described, missed?: Missed): Promise<D>;
  /** What a directory that is there is called where another one of the same entries, but of other metadata, is. */
  sameEntries(directory: D, described: Described): Promise<D>;
  /** What the entries of a directory that is there are, by name. @throws as reading the format does */
  entries(directory: D, options?: StoreOptions): Promise<ReadonlyMap<BytePath, ThereEntry<D>>>;
  /** The directory that a snapshot, which is there, has at a path; `undefined` where it has none. */
  directoryOf(id: string, path: string, options?: StoreOptions): Promise<D | undefined>;
  /** Stores everything that is under way, then the snapshot; its id. */
  snapshot(snapshot: LandedSnapshot<D>, options?: StoreOptions): Promise<string>;
}
