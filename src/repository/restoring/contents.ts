import type { HozonError } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import type { ByteRange, StoreOptions } from '#storage/object-store.ts';
import type { ListingOptions, StoredEntry } from '../browsing/browsable.ts';
import type { WorkerProgram } from './worker-program.ts';

/** Where a piece of content lies, sealed, and what opening it takes. */
export interface Place {
  /** Of the piece in its repository's index. */
  readonly number: number;
  /** The format's name of the piece, of ASCII characters. */
  readonly id: string;
  /** The file of the repository that holds it, by its key in the store. */
  readonly pack: string;
  /** Bytes in that file. */
  readonly offset: number;
  readonly length: number;
  /** Bytes of its content. */
  readonly size: number;
  /** How it is compressed, in the format's own numbers. */
  readonly manner: number;
}

/** The contents of files, as a format keeps them: in pieces, which lie in packs. */
export interface Contents {
  /** The repository's, for messages. */
  readonly url: string;
  /** Ids of a file's pieces, in order. @throws as reading the repository does */
  pieces(content: readonly string[], options: StoreOptions): readonly string[] | Promise<readonly string[]>;
  /** The number of a piece, by its id; -1 where no index names it. */
  find(piece: string): number;
  /** That no index names a piece. */
  missing(piece: string): HozonError;
  /** Bytes of the content of the piece of that number. */
  sizeOf(number: number): number;
  /** Which pack holds the piece of that number: equal for equal packs. */
  packOf(number: number): number;
  place(number: number): Place;
  /** Where else the same piece lies. */
  others(number: number): readonly Place[];
  /**
   * Where pieces lie by now whose packs are gone: others may have moved them since the indexes were read, which are read anew. In the
   * order of the places, `undefined` where it is not known. @throws what the store throws, and of damaged indexes
   */
  moved(places: readonly Place[], options: StoreOptions): Promise<readonly (Place | undefined)[]>;
  /** Fills the beginning of memory with a range of a pack; one that is absurdly long is refused as damage before. @throws `repository.damaged`, `file-missing` and what the store throws */
  fetch(pack: string, range: ByteRange, into: Uint8Array, options: StoreOptions): Promise<void>;
  /** A path of this machine at which any thread may read a pack; `undefined` where there is none. */
  pathOf(pack: string, options: StoreOptions): Promise<string | undefined>;
  /** What is wrong with bytes of a piece, by the name that an opener gave it. */
  reason(name: string): Message;
}

/** What restoring needs of a repository. */
export interface Restorable {
  readonly contents: Contents;
  /** The entries of a directory, in the order of their names' bytes, with where symlinks lead. @throws as reading the repository does */
  list(directory: string, options: ListingOptions): Promise<readonly StoredEntry[]>;
  /** The program of the worker threads, which serves with `serveRestore`, and what it is told of the repository: the keys. */
  readonly worker: WorkerProgram;
}

/** What a worker thread does with pieces, as the format has it. Of one thread. */
export interface Opener {
  /**
   * The content of a piece, proven to be that; good until the next is opened. The sealed bytes may be overwritten.
   *
   * @throws Fault
   */
  open(piece: Pick<Place, 'id' | 'length' | 'size' | 'manner'>, sealed: Uint8Array): Uint8Array;
  /** Whether a piece of that id has this content. */
  isContent(id: string, content: Uint8Array): boolean;
  /** The name of what is wrong, for {@link Contents.reason}. */
  nameOf(fault: Error): string;
}
