import { type BytePath, bytePath } from '../../trees/byte-path.ts';
import type { Policy } from '../format/policy.ts';
import type { IgnoreTree } from './ignoring/ignore-tree.ts';

/**
 * The policies for a directory and what is below it. What is defined below is taken as it stands: kopia does not merge it
 * with what is above, so that even its defaults are missing there.
 */
export interface PolicyTree {
  readonly policy: Policy;
  /** Whether the policy is for this directory itself, rather than for one above. */
  readonly defined: boolean;
  readonly children: ReadonlyMap<BytePath, PolicyTree>;
}

const none: PolicyTree['children'] = new Map();

/** @param below policies by the paths from the root of the snapshot, with `/` between */
export function policyTree(root: Policy, below: ReadonlyMap<string, Policy>): PolicyTree {
  const paths = Array.from(below, ([path, policy]) => ({ names: path.split('/'), policy }));
  return { policy: root, defined: true, children: childrenOf(root, paths) };
}

interface Below {
  readonly names: readonly string[];
  readonly policy: Policy;
}

function childrenOf(above: Policy, below: readonly Below[]): PolicyTree['children'] {
  const children = new Map<BytePath, PolicyTree>();
  for (const [name, group] of Map.groupBy(below, ({ names }) => names[0] ?? '')) {
    const own = group.find(({ names }) => names.length === 1)?.policy;
    const deeper = group.flatMap(({ names, policy }) =>
      names.length > 1 ? [{ names: names.slice(1), policy }] : [],
    );
    const policy = own ?? above;
    children.set(bytePath(Buffer.from(name)), {
      policy,
      defined: own !== undefined,
      children: childrenOf(policy, deeper),
    });
  }
  return children;
}

/** The policies for an entry of that name. */
export function childPolicies(tree: PolicyTree, name: BytePath): PolicyTree {
  const child = tree.children.get(name);
  if (child !== undefined) return child;
  return tree.defined || tree.children.size > 0
    ? { policy: tree.policy, defined: false, children: none }
    : tree;
}

/** What a walk needs of the policies. */
export function ignoreTreeOf({ policy, defined, children }: PolicyTree): IgnoreTree {
  const { ignore = [], ignoreDotFiles = [], ignoreCacheDirs = true } = policy.files;
  const { maxFileSize = 0n, oneFileSystem = false } = policy.files;
  const own = {
    ignore: ignore.map(textBytes),
    dotIgnoreFiles: ignoreDotFiles.map(textBytes),
    maxFileSize,
    oneFileSystem,
  };
  return {
    ...(defined ? { rules: own } : {}),
    skipCaches: ignoreCacheDirs,
    children: new Map(Array.from(children, ([name, child]) => [name, ignoreTreeOf(child)])),
  };
}

function textBytes(text: string): BytePath {
  return bytePath(Buffer.from(text));
}
