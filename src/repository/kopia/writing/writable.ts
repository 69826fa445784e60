import type { KopiaBlobs } from '../access/blobs.ts';
import type { ContentIndex } from '../access/content-index.ts';
import type { ContentHasher } from '../format/hashing.ts';
import type { RepositoryFormat } from '../format/repository-format.ts';
import type { ContentSealer } from '../format/sealing.ts';

/** What writing needs of an open repository. */
export interface WritableKopia {
  readonly blobs: KopiaBlobs;
  readonly format: RepositoryFormat;
  readonly hash: ContentHasher;
  readonly sealer: ContentSealer;
  /** What is stored is added to it. */
  readonly index: ContentIndex;
}

/** Who writes, as kopia names people: it stands in session markers. */
export interface Writer {
  readonly username: string;
  readonly hostname: string;
}
