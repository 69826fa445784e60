import type { ExtendedAttribute } from '../../posix/extended-attribute.ts';
import type { StatusProbe } from '../../posix/status-probe.ts';
import type { BytePath } from '../../trees/byte-path.ts';
import type { SourceEvent } from '../../trees/source.ts';
import type { EntryTexts } from '../format/directory-texts.ts';

/** Who is told what a walk of this thread finds at once, one after the other. */
export interface Follower {
  /** Takes an event; what it returns is waited for before anything else is looked at. */
  take(event: SourceEvent): Promise<void> | undefined;
  /**
   * What an earlier snapshot has in a directory that was told and not left; `undefined` where there is none, or more than one.
   *
   * @param path in the tree; `''` is the root
   */
  earlier(path: BytePath): EarlierFiles | undefined;
}

/** The files that an earlier snapshot has in a directory: one that is as it was is no event. */
export interface EarlierFiles {
  /** What it has under a name; `undefined` where that is no file, or nothing that could be compared. */
  find(name: BytePath): EntryTexts | undefined;
  /** Whether a file is as it was, as far as a snapshot holds it, and its content is stored. */
  isSame(known: EntryTexts, now: FileNow): boolean;
  /** Takes over the file of which that was said last, and looks at what a snapshot does not hold of it. */
  take(name: BytePath, known: EntryTexts, links: number, attributes: readonly ExtendedAttribute[]): void;
}

/** A file as it is now. */
export type FileNow = Pick<StatusProbe, 'mode' | 'uid' | 'gid' | 'size' | 'mtime'>;

/** A walk, and who follows it. */
export interface FollowedWalk {
  readonly ended: boolean;
  /** Some milliseconds of it. @throws what the follower throws; what the system says of the root */
  step(): Promise<void>;
}
