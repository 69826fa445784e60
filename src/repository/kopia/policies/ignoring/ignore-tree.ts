import type { BytePath } from '../../../trees/byte-path.ts';

/** What a policy that is defined for a directory says of the files in it. Texts are bytes as Latin-1. */
export interface FileRules {
  readonly ignore: readonly BytePath[];
  /** Names of files with more rules. */
  readonly dotIgnoreFiles: readonly BytePath[];
  /** Larger files are left out; 0n leaves that to the policy above. */
  readonly maxFileSize: bigint;
  readonly oneFileSystem: boolean;
}

/** The rules for a directory and what is below it: plain data, which another thread can be given. */
export interface IgnoreTree {
  /** Absent where no policy is defined for this directory itself. */
  readonly rules?: FileRules | undefined;
  /** Whether what is in directories marked with `CACHEDIR.TAG` is left out. */
  readonly skipCaches: boolean;
  readonly children: ReadonlyMap<BytePath, IgnoreTree>;
}

const none: IgnoreTree['children'] = new Map();

/** A tree whose rules are those of kopia without any policy but the snapshot's own. */
export function plainIgnoreTree(rules: Partial<FileRules> = {}): IgnoreTree {
  const usual = { ignore: [], dotIgnoreFiles: ['.kopiaignore'], maxFileSize: 0n, oneFileSystem: false };
  return {
    rules: { ...usual, ...rules },
    skipCaches: true,
    children: none,
  };
}

/** The rules for a directory of that name. */
export function childRules(tree: IgnoreTree, name: BytePath): IgnoreTree {
  const child = tree.children.get(name);
  if (child !== undefined) return child;
  if (tree.rules === undefined && tree.children.size === 0) return tree;
  return { skipCaches: tree.skipCaches, children: none };
}
