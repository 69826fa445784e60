import { raise } from '../../errors.ts';
import type { IndexedKopia } from '../access/indexed.ts';
import type { Manifests } from '../access/manifests.ts';
import { type Policy, type PolicyTarget, policyLabels, readPolicy } from '../format/policy.ts';
import { type ChangeOptions, changeManifests } from '../upkeep/change-manifests.ts';
import { changedPolicy, type PolicyChange, refuseInvalid } from './change-policy.ts';
import { policyTargetText } from './policy-targets.ts';
import { definedPolicy } from './stored-policies.ts';

/**
 * Changes the policy that is defined for a target, or defines one; as it is then.
 *
 * @throws `repository.policy-member`, `policy-value`, `policy-target`, `damaged` and what the store throws
 */
export async function setPolicy(
  repository: IndexedKopia,
  target: PolicyTarget,
  changes: readonly PolicyChange[],
  options: ChangeOptions,
): Promise<Policy> {
  return changeManifests(repository, options, async (written, manifests) => {
    const before = definedPolicy(manifests, target);
    const document = changedPolicy(before?.policy.document ?? {}, changes);
    refuseInvalid(document, target);
    written.replace(ofTarget(manifests, target), policyLabels(target), document);
    return readPolicy(document);
  });
}

/** Takes the policy of a target away. @throws `repository.policy-missing` and what the store throws */
export async function removePolicy(
  repository: IndexedKopia,
  target: PolicyTarget,
  options: ChangeOptions,
): Promise<void> {
  await changeManifests(repository, options, async (written, manifests) => {
    const found = ofTarget(manifests, target);
    if (found.length === 0) {
      throw raise['policy-missing']({ url: repository.store.url, target: policyTargetText(target) });
    }
    for (const manifest of found) written.remove(manifest);
  });
}

function ofTarget(manifests: Manifests, target: PolicyTarget) {
  return manifests.find(policyLabels(target));
}
