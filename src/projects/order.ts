import { type GroupResource, groupResource, type KubeObject, type ResourceType } from '#kube/objects.ts';

/**
 * The order in which a project's types are created, so that what an object needs is there before it: limits and
 * rights, what pods read, what finds pods, what makes pods. Types that are not named (custom resources among
 * them) come before what makes pods. Quotas come last: a new quota refuses everything until its controller has
 * counted, and the objects were within it where they come from.
 */
const early: readonly GroupResource[] = [
  'limitranges',
  'roles.rbac.authorization.k8s.io',
  'rolebindingrestrictions.authorization.openshift.io',
  'secrets',
  'configmaps',
  'serviceaccounts',
  'rolebindings.rbac.authorization.k8s.io',
  'poddisruptionbudgets.policy',
  'templates.template.openshift.io',
  'egressnetworkpolicies.network.openshift.io',
  'networkpolicies.networking.k8s.io',
  'imagestreams.image.openshift.io',
  'persistentvolumeclaims',
  'routes.route.openshift.io',
  'ingresses.networking.k8s.io',
  'services',
  'endpoints',
  'endpointslices.discovery.k8s.io',
];

const late: readonly GroupResource[] = [
  'buildconfigs.build.openshift.io',
  'builds.build.openshift.io',
  'pods',
  'replicasets.apps',
  'replicationcontrollers',
  'deploymentconfigs.apps.openshift.io',
  'deployments.apps',
  'statefulsets.apps',
  'daemonsets.apps',
  'jobs.batch',
  'cronjobs.batch',
  'horizontalpodautoscalers.autoscaling',
  'resourcequotas',
];

const ranks = new Map<GroupResource, number>([
  ...early.map((name, index) => [name, index] as const),
  ...late.map((name, index) => [name, early.length + 1 + index] as const),
]);

/**
 * Smaller is earlier. A token secret comes right after the service accounts, not with the other secrets: the token
 * controller deletes one whose account is not there.
 */
export function creationRank({ type, object }: Creation): number {
  const rank = ranks.get(groupResource(isTokenSecret(object) ? accounts : type)) ?? early.length;
  return isTokenSecret(object) ? rank + 0.5 : rank;
}

export interface Creation {
  readonly type: Pick<ResourceType, 'group' | 'resource'>;
  readonly object: KubeObject;
}

const accounts = { group: '', resource: 'serviceaccounts' };

/** Whether an object is a secret that the token controller fills for the service account that it names. */
export function isTokenSecret(object: KubeObject): boolean {
  return (
    object.kind === 'Secret' &&
    object.apiVersion === 'v1' &&
    object['type'] === 'kubernetes.io/service-account-token'
  );
}
