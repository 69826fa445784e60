import type { Discovery } from '#kube/discovery.ts';
import { type GroupResource, groupResource, type ResourceType } from '#kube/objects.ts';
import type { TypeReason, UnexportedType } from './reasons.ts';

/** Which types are listed, and which are not and why. */
export interface TypeChoice {
  readonly types: readonly ResourceType[];
  readonly unexported: readonly UnexportedType[];
}

/**
 * The same objects in two groups: each of the left is left out where the right is served. Sources: Kubernetes'
 * cohabiting resources (`extensions` and its successors, the two event APIs), OpenShift's legacy types in the
 * core group and its proxies of RBAC.
 */
const twins: Readonly<Record<GroupResource, GroupResource>> = {
  'deployments.extensions': 'deployments.apps',
  'daemonsets.extensions': 'daemonsets.apps',
  'replicasets.extensions': 'replicasets.apps',
  'ingresses.extensions': 'ingresses.networking.k8s.io',
  'networkpolicies.extensions': 'networkpolicies.networking.k8s.io',
  deploymentconfigs: 'deploymentconfigs.apps.openshift.io',
  buildconfigs: 'buildconfigs.build.openshift.io',
  builds: 'builds.build.openshift.io',
  imagestreams: 'imagestreams.image.openshift.io',
  routes: 'routes.route.openshift.io',
  templates: 'templates.template.openshift.io',
  egressnetworkpolicies: 'egressnetworkpolicies.network.openshift.io',
  rolebindingrestrictions: 'rolebindingrestrictions.authorization.openshift.io',
  roles: 'roles.rbac.authorization.k8s.io',
  rolebindings: 'rolebindings.rbac.authorization.k8s.io',
  'roles.authorization.openshift.io': 'roles.rbac.authorization.k8s.io',
  'rolebindings.authorization.openshift.io': 'rolebindings.rbac.authorization.k8s.io',
};

/** Types that are computed from others: a create is refused or means something else. */
const views = new Set<GroupResource>([
  'imagestreamtags.image.openshift.io',
  'imagestreamimages.image.openshift.io',
  'imagetags.image.openshift.io',
  'imagestreamtags',
  'imagestreamimages',
  'appliedclusterresourcequotas.quota.openshift.io',
  'packagemanifests.packages.operators.coreos.com',
  'pods.metrics.k8s.io',
]);

/**
 * Chooses, from what a server offers, what an export lists: every namespaced type once, in its preferred version.
 * Names that no resource can have (they become file names) are passed over.
 */
export function chooseTypes(discovery: Discovery): TypeChoice {
  const types: ResourceType[] = [];
  const unexported: UnexportedType[] = discovery.unavailable.map(({ groupVersion, reason }) => ({
    resource: groupVersion,
    reason: 'unavailable',
    detail: reason,
  }));
  for (const type of discovery.preferred) {
    if (!type.namespaced || !/^[a-z0-9][a-z0-9.-]*$/.test(groupResource(type))) continue;
    const left = whyNot(type, discovery);
    if (left === undefined) types.push(type);
    else unexported.push({ resource: groupResource(type), ...left });
  }
  return { types, unexported };
}

function whyNot(
  type: ResourceType,
  discovery: Discovery,
): { reason: TypeReason; detail?: string } | undefined {
  const name = groupResource(type);
  if (type.resource === 'events') return { reason: 'event' };
  const twin = twins[name];
  if (twin !== undefined && discovery.byName(twin) !== undefined) return { reason: 'twin', detail: twin };
  if (!type.verbs.includes('list')) return { reason: 'method-not-allowed' };
  if (views.has(name) || !type.verbs.includes('create')) return { reason: 'not-creatable' };
  return undefined;
}

/** What `oc get all` means: the category `all` of Kubernetes' and OpenShift's own types. */
export const categoryAll: ReadonlySet<GroupResource> = new Set([
  'pods',
  'replicationcontrollers',
  'services',
  'daemonsets.apps',
  'deployments.apps',
  'replicasets.apps',
  'statefulsets.apps',
  'horizontalpodautoscalers.autoscaling',
  'cronjobs.batch',
  'jobs.batch',
  'deploymentconfigs.apps.openshift.io',
  'buildconfigs.build.openshift.io',
  'builds.build.openshift.io',
  'imagestreams.image.openshift.io',
  'routes.route.openshift.io',
  'deploymentconfigs',
  'buildconfigs',
  'builds',
  'imagestreams',
  'routes',
]);
