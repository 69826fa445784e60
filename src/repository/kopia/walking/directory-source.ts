import { setImmediate } from 'node:timers/promises';
import { bytePath, pathBytes } from '../../trees/byte-path.ts';
import { type Excludes, Exclusion, excludeRules } from '../../trees/excludes/exclusion.ts';
import type { Describe } from '../../trees/local-entry.ts';
import type { SourceEvent, TreeSource } from '../../trees/source.ts';
import { type IgnoreTree, plainIgnoreTree } from '../policies/ignoring/ignore-tree.ts';
import { type LeftOut, SnapshotWalk } from './snapshot-walk.ts';

export interface KopiaDirectoryOptions {
  /** What policies say of files; kopia's defaults without it. */
  readonly rules?: IgnoreTree | undefined;
  /** Leaves out more, by restic's rules. */
  readonly excludes?: Excludes | undefined;
  /** What is told of each entry: everything, unless told otherwise. */
  readonly describe?: Describe | undefined;
}

/** What a kopia snapshot is of, by path. */
export interface KopiaSource extends TreeSource {
  /** What the rules left out; all of it once the events have ended. */
  readonly leftOut: LeftOut;
}

export const nothingLeftOut: LeftOut = { files: 0, directories: 0, bytes: 0 };

/**
 * A directory or a file of this machine as kopia walks it: the root first, with an empty path, then what is in it, in the order of
 * the names' bytes; rules of policies, and of files such as `.kopiaignore`, are applied. Sockets, devices and
 * fifos are told too. A directory that cannot be listed, or whose rules cannot be read, is a `failed` entry.
 *
 * @param root an absolute path
 * @throws `repository.bad-pattern`, `repository.bad-mark`; when events are asked for, what the system says of the root
 */
export function kopiaDirectorySource(root: Buffer, options: KopiaDirectoryOptions = {}): KopiaSource {
  const excludes = options.excludes === undefined ? undefined : excludeRules(options.excludes);
  let leftOut = nothingLeftOut;
  return {
    roots: [root],
    get leftOut() {
      return leftOut;
    },
    async *events({ signal }) {
      signal?.throwIfAborted();
      const marks: SourceEvent[] = [];
      const failure = (mark: string, error: NodeJS.ErrnoException): void =>
        void marks.push({ kind: 'failed', path: pathBytes(mark), error });
      const exclusion = excludes && new Exclusion(excludes, { devices: new Map(), failure });
      const { rules = plainIgnoreTree(), describe } = options;
      const walk = new SnapshotWalk(bytePath(root), rules, exclusion, describe);
      while (!walk.ended) {
        const batch = [...walk.next(), ...marks.splice(0)];
        leftOut = walk.leftOut;
        if (batch.length > 0) yield batch;
        await setImmediate();
        signal?.throwIfAborted();
      }
    },
  };
}
