import type { ResourceType } from '#kube/objects.ts';
import { knownKinds } from './tables.ts';

type Kind = Pick<ResourceType, 'group' | 'version' | 'kind'>;

/**
 * The kinds that there are tables for and that API servers store, in each of their versions: not what they only answer, and not what they show
 * a second time of another group. Objects of those may still lie in the etcd of an old cluster.
 */
export function* storedKinds(): Generator<Kind> {
  for (const known of knownKinds()) if (isStored(known)) yield known;
}

function isStored({ group, kind }: Kind): boolean {
  if (group === 'authorization.openshift.io') return kind === 'RoleBindingRestriction';
  return !shown.has(group) && kind !== 'Scale' && never.get(group)?.has(kind) !== true;
}

/** Groups that store nothing. */
const shown: ReadonlySet<string> = new Set([
  'authentication.k8s.io',
  'authorization.k8s.io',
  'events.k8s.io',
  'extensions',
  'project.openshift.io',
]);

/**
 * By group, the kinds that are requests, reviews and views. Sources: `k8s.io/kubernetes/pkg/registry`, the registries of OpenShift's API
 * servers. Core RangeAllocations are stored, but belong to the API server alone.
 */
const never: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['', new Set(['Binding', 'ComponentStatus', 'PodStatusResult', 'RangeAllocation'])],
  ['build.openshift.io', new Set(['BinaryBuildRequestOptions', 'BuildRequest'])],
  [
    'image.openshift.io',
    new Set([
      'ImageSignature',
      'ImageStreamImage',
      'ImageStreamImport',
      'ImageStreamLayers',
      'ImageStreamMapping',
      'ImageStreamTag',
      'ImageTag',
    ]),
  ],
  ['oauth.openshift.io', new Set(['OAuthRedirectReference', 'UserOAuthAccessToken'])],
  ['policy', new Set(['Eviction'])],
  ['quota.openshift.io', new Set(['AppliedClusterResourceQuota'])],
  [
    'security.openshift.io',
    new Set([
      'PodSecurityPolicyReview',
      'PodSecurityPolicySelfSubjectReview',
      'PodSecurityPolicySubjectReview',
    ]),
  ],
  ['user.openshift.io', new Set(['UserIdentityMapping'])],
]);
