import type { ContentIndex } from '../access/content-index.ts';
import type { OpenKopia } from '../access/open.ts';

/** What writing needs of a repository: that it is open, and an index, to which everything that is stored is added. */
export interface WritableKopia extends OpenKopia {
  readonly index: ContentIndex;
}
