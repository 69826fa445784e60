import type { BytePath } from '../trees/byte-path.ts';
import type { Described } from '../trees/entry.ts';
import type { Failure } from '../trees/target/target-event.ts';
import type { BegunFile, FilePlace } from '../trees/target/target-file.ts';
import type { MetadataProblem } from '../trees/target/target-metadata.ts';

/** A file on its way into the target. */
export interface PlannedFile {
  readonly path: BytePath;
  readonly place: FilePlace;
  readonly entry: Described;
  /** The number of its entry in the walk. */
  readonly number: number;
  /** Ids of its pieces, and the bytes of each. */
  readonly pieces: readonly string[];
  readonly sizes: readonly number[];
  /** The sum of those. */
  readonly size: number;
  /** Whether something has its name that it will take the place of. */
  readonly replaces: boolean;
  /** Pieces that are not written yet. */
  remaining: number;
  /** Made while its content comes in parts. */
  begun?: BegunFile | undefined;
  failure?: Failure | undefined;
  problems: readonly MetadataProblem[];
  /** What became of it; absent until then. */
  outcome?: 'written' | 'kept' | 'failed' | undefined;
}

/** A part of a file's content: its pieces from one number to before another. */
export interface Slice {
  readonly file: PlannedFile;
  readonly from: number;
  readonly to: number;
}

/** Work that is done together, so that what lies together in packs is read together; memory is bounded by its size. */
export interface Batch {
  /** Files that have the right size already: those with another content are written. */
  readonly compare: readonly PlannedFile[];
  readonly write: readonly Slice[];
  /** What is done when all this is: links, and directories' metadata, those that are deepest first. */
  readonly afterwards: readonly (() => void)[];
}
