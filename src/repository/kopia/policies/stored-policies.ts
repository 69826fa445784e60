import { namingNow } from '../access/naming.ts';
import type { ManifestEntry } from '../format/manifest-content.ts';
import { type PolicyTarget, policyLabels, policyTarget, readPolicy } from '../format/policy.ts';
import { type DefinedPolicy, type EffectivePolicy, mergePolicies } from './merge.ts';
import { pathAbove, pathWithin } from './policy-paths.ts';
import { type PolicyTree, policyTree } from './policy-tree.ts';

/** Where policies are looked for. */
export interface PolicyManifests {
  /** Of the repository, for messages. */
  readonly url: string;
  /** Those that have all these labels. */
  find(labels: Readonly<Record<string, string>>): readonly ManifestEntry[];
}

const everything: PolicyTarget = { host: '', userName: '', path: '' };

/** Every policy there is. @throws `repository.damaged` with the id of a manifest that is no policy */
export function definedPolicies(manifests: PolicyManifests): readonly DefinedPolicy[] {
  return policiesWith(manifests, { type: 'policy' });
}

/** The policy that is defined for a target itself, the newest of several. @throws as {@link definedPolicies} does */
export function definedPolicy(manifests: PolicyManifests, target: PolicyTarget): DefinedPolicy | undefined {
  return policiesWith(manifests, policyLabels(target)).findLast(each => isSame(each.target, target));
}

/**
 * What holds for a target: its own policy, those of the directories above, of `user@host`, of the host, and the global one, merged;
 * the narrowest count most.
 *
 * @throws as {@link definedPolicies} does
 */
export function effectivePolicy(manifests: PolicyManifests, target: PolicyTarget): EffectivePolicy {
  const { host, userName } = target;
  const targets = [
    ...pathsUp(target.path).map(path => ({ host, userName, path })),
    ...(userName === '' ? [] : [{ host, userName, path: '' }]),
    ...(host === '' ? [] : [{ host, userName: '', path: '' }]),
    everything,
  ];
  const found = targets.flatMap(each =>
    policiesWith(manifests, policyLabels(each)).filter(policy => isSame(policy.target, each)),
  );
  const own = { target, policy: readPolicy({}) };
  const first = found[0];
  return mergePolicies(first !== undefined && isSame(first.target, target) ? found : [own, ...found]);
}

/**
 * The policies for a snapshot: what holds for its root, and what is defined for directories below it.
 *
 * @throws as {@link definedPolicies} does
 */
export function policiesFor(manifests: PolicyManifests, source: PolicyTarget): PolicyTree {
  const { host, userName, path } = source;
  const labels = { type: 'policy', policyType: 'path', username: userName, hostname: host };
  const below = new Map(
    policiesWith(manifests, labels).flatMap(({ target, policy }) => {
      const within = pathWithin(path, target.path);
      return within === undefined ? [] : [[within, policy] as const];
    }),
  );
  return policyTree(effectivePolicy(manifests, source).policy, below);
}

/** The oldest first: where there are several for a target, kopia takes now the first, now the last. */
function policiesWith(
  manifests: PolicyManifests,
  labels: Readonly<Record<string, string>>,
): readonly DefinedPolicy[] {
  return manifests
    .find(labels)
    .toSorted((a, b) => (a.modified < b.modified ? -1 : a.modified > b.modified ? 1 : 0))
    .flatMap(({ id, labels: own, data }) => {
      const target = policyTarget(own);
      return target === undefined
        ? []
        : [{ id, target, policy: namingNow(manifests, id, () => readPolicy(data)) }];
    });
}

function pathsUp(path: string): string[] {
  const paths: string[] = [];
  for (let at = path; at !== ''; at = pathAbove(at)) {
    paths.push(at);
    if (pathAbove(at) === at) break;
  }
  return paths;
}

function isSame(a: PolicyTarget, b: PolicyTarget): boolean {
  return a.host === b.host && a.userName === b.userName && a.path === b.path;
}
