import type { BegunFile, FilePlace } from '../../trees/target/target-file.ts';
import type { Metadata, MetadataProblem } from '../../trees/target/target-metadata.ts';
import type { PackedBlob } from '../format/pack.ts';
import type { reasons } from '../format/reasons.ts';
import type { SealKey } from '../sealing/seal.ts';

/** What a worker thread is given when it starts. */
export interface WorkerSetup {
  readonly key: SealKey;
  /** The descriptor of the root of the target, which all threads share. */
  readonly root: number;
  /** How the temporary names of this worker begin. */
  readonly prefix: string;
  readonly sparse: boolean;
}

/** A file whose whole content is one blob, or none. */
export interface WholeFile extends FilePlace {
  /** What the answer names it by. */
  readonly number: number;
  readonly metadata: Metadata;
}

/** A file that was begun, and where in it a blob is to be. */
export interface FilePart extends BegunFile {
  readonly number: number;
  readonly offsets: readonly number[];
}

/** A blob in the bytes that were read. */
export interface OrderedBlob {
  /** Where its sealed bytes begin. */
  readonly at: number;
  readonly blob: PackedBlob;
  readonly whole: readonly WholeFile[];
  readonly parts: readonly FilePart[];
}

/** A file that is there, and the content that it may have. */
export interface ComparedFile extends FilePlace {
  readonly number: number;
  /** Ids of its blobs in order, and how many bytes each has. */
  readonly content: readonly string[];
  readonly sizes: readonly number[];
}

/** What a worker is to do. */
export type Order =
  /** Opens blobs and writes them into files. */
  | { readonly kind: 'fill'; readonly sealed: SharedArrayBuffer; readonly blobs: readonly OrderedBlob[] }
  /** Makes files without content. */
  | { readonly kind: 'empty'; readonly files: readonly WholeFile[] }
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
  /** Blobs, by their number in the order, whose bytes are damaged: nothing was done with them. */
  readonly damaged: readonly { readonly number: number; readonly reason: keyof typeof reasons }[];
  /** Files that could not be written; or read, to be compared. */
  readonly failed: readonly FileTrouble[];
  /** Files that are written, but for some of their metadata. */
  readonly incomplete: readonly { readonly number: number; readonly problems: readonly MetadataProblem[] }[];
  /** Files that have another content. */
  readonly different: readonly number[];
}
