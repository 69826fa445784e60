import type { BoundaryFinder } from '../chunking/boundary.ts';

/** How a format stores contents, in one thread. `how` is what the {@link Job} says. */
export interface Storer {
  /** Finds where contents of files are cut. */
  readonly finder: (how: string) => BoundaryFinder;
  /** Stores a content unless it is known; its key. @throws CalledOff */
  readonly store: (plain: Uint8Array, how: string) => Buffer;
  /** Stores a content that is known to be new. @throws CalledOff */
  readonly storeNew: (plain: Uint8Array, how: string) => void;
  /** Puts into packs what waits to be put there together with others. @throws CalledOff, PackUnwritten */
  readonly flush: () => void;
  /** Whether a file without bytes has a content of none; no content otherwise. */
  readonly emptyContents: boolean;
}
