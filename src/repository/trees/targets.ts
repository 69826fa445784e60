import { posix } from 'node:path';
import { type BytePath, clean } from './byte-path.ts';

/**
 * What a snapshot of several targets is to look like above them: restic's form. An absolute target keeps its directories, with
 * their own metadata; a relative one keeps those it names, without `..`; a target that names no directory of its own
 * (`.`, `..`, `/`) stands for what is in it.
 */
export interface TargetTree {
  /** By name in the snapshot. */
  readonly nodes: Map<BytePath, TargetTree>;
  /** What is stored here, with all that is in it. */
  stored?: BytePath;
  /** The directory that this one is a part of the way through. */
  passed?: BytePath;
  /** The directory whose child the first component is: `/`, `.`, `..`; two of one name do not meet. */
  root?: BytePath;
}

/** Lists a directory. @throws of the operating system */
export type List = (directory: BytePath) => readonly BytePath[];

/** A target that could not be listed. */
export interface UnlistedTarget {
  readonly path: BytePath;
  readonly error: NodeJS.ErrnoException;
}

export interface PlannedTargets {
  readonly tree: TargetTree;
  readonly unlisted: readonly UnlistedTarget[];
}

/** Lays targets out as one tree. Where one target is in another, the outer one is listed, so that both meet. */
export function planTargets(targets: readonly BytePath[], list: List): PlannedTargets {
  const unlisted: UnlistedTarget[] = [];
  const listed: List = directory => {
    try {
      return list(directory);
    } catch (error) {
      unlisted.push({ path: directory, error: error as NodeJS.ErrnoException });
      return [];
    }
  };
  const tree: TargetTree = { nodes: new Map() };
  const whole = targets.map(clean).flatMap(target => withoutBare(target, listed));
  for (const target of new Set(whole)) addTarget(tree, target);
  unroll(tree, listed);
  return { tree, unlisted };
}

function withoutBare(target: BytePath, list: List): readonly BytePath[] {
  if (componentsOf(target).length > 0) return [target];
  return [...list(target)].sort().map(name => posix.join(target, name));
}

function componentsOf(target: BytePath): readonly BytePath[] {
  return target.split('/').filter(name => name !== '' && name !== '.' && name !== '..');
}

function addTarget(tree: TargetTree, target: BytePath): void {
  const components = componentsOf(target);
  const root = rootOf(target);
  const [first = ''] = components;
  let node = childOf(tree, freeName(tree, first, root));
  node.root = root;
  let path = posix.join(root, first);
  for (const name of components.slice(1)) {
    node.passed = path;
    node = childOf(node, name);
    path = posix.join(path, name);
  }
  node.stored = target;
}

function rootOf(target: BytePath): BytePath {
  if (target.startsWith('/')) return '/';
  return (
    target
      .split('/')
      .filter(name => name === '..')
      .join('/') || '.'
  );
}

/** `name`, or `name-1` and so on where that is taken by another directory's. */
function freeName({ nodes }: TargetTree, name: BytePath, root: BytePath): BytePath {
  for (let count = 0; ; count++) {
    const tried = count === 0 ? name : `${name}-${count}`;
    const other = nodes.get(tried);
    if (other === undefined || other.root === root) return tried;
  }
}

function childOf({ nodes }: TargetTree, name: BytePath): TargetTree {
  const child = nodes.get(name) ?? { nodes: new Map() };
  nodes.set(name, child);
  return child;
}

/** Afterwards only what has no nodes is stored. */
function unroll(tree: TargetTree, list: List): void {
  if (tree.stored !== undefined && tree.nodes.size > 0) {
    for (const name of list(tree.stored)) childOf(tree, name).stored ??= posix.join(tree.stored, name);
    delete tree.stored;
  }
  for (const node of tree.nodes.values()) unroll(node, list);
}
