import type { FilePlace } from '../trees/target/target-file.ts';
import type { MetadataProblem } from '../trees/target/target-metadata.ts';
import type { OrderList } from './order-list.ts';

/** What a worker thread is given when it starts. */
export interface WorkerSetup {
  /** What the format's opener is made with. */
  readonly repository: unknown;
  /** The descriptor of the root of the target, which all threads share. */
  readonly root: number;
  /** How the temporary names of this worker begin. */
  readonly prefix: string;
  readonly sparse: boolean;
}

/** A file that is there, and the content that it may have. */
export interface ComparedFile extends FilePlace {
  readonly number: number;
  /** Ids of its pieces in order, and how many bytes each has. */
  readonly pieces: readonly string[];
  readonly sizes: readonly number[];
}

/** Where sealed bytes are: in memory, or in a file of this machine, in which what is said to lie at 0 lies at `offset`. */
export type SealedBytes =
  | SharedArrayBuffer
  | { readonly path: string; readonly offset: number; readonly length: number };

/** What a worker is to do. */
export type Order =
  /** Opens pieces and writes them into files: `list` is made by `OrderWriter`. */
  | { readonly kind: 'fill'; readonly sealed: SealedBytes; readonly list: OrderList }
  /** Makes files without content. */
  | { readonly kind: 'empty'; readonly list: OrderList }
  /** Tells which files have exactly that content. */
  | { readonly kind: 'compare'; readonly files: readonly ComparedFile[] };

/** Something that went wrong with a file. */
export interface FileTrouble {
  readonly number: number;
  /** Of the operating system. */
  readonly code: string;
}

/** What became of an order. */
export interface Answer {
  /** The sealed bytes could not be read from their file: nothing was done. */
  readonly unread: boolean;
  /** Pieces, by their number in the order, whose bytes are damaged: nothing was done with them. */
  readonly damaged: readonly { readonly number: number; readonly reason: string }[];
  /** Files that could not be written; or read, to be compared. */
  readonly failed: readonly FileTrouble[];
  /** Files that are written, but for some of their metadata. */
  readonly incomplete: readonly { readonly number: number; readonly problems: readonly MetadataProblem[] }[];
  /** Files that have another content. */
  readonly different: readonly number[];
}
