import { type GroupResource, groupResource, type ResourceType } from '#kube/objects.ts';

/**
 * The order in which types are restored, so that what an object needs is there before it: Velero 1.18's
 * (`--restore-resource-priorities`), OpenShift's constraints among the first, as OADP has them. Types that are not named come
 * in between, by name.
 */
const early: readonly GroupResource[] = [
  'customresourcedefinitions.apiextensions.k8s.io',
  'securitycontextconstraints.security.openshift.io',
  'namespaces',
  'storageclasses.storage.k8s.io',
  'volumesnapshotclasses.snapshot.storage.k8s.io',
  'volumesnapshotcontents.snapshot.storage.k8s.io',
  'volumesnapshots.snapshot.storage.k8s.io',
  'datauploads.velero.io',
  'persistentvolumes',
  'persistentvolumeclaims',
  'clusterroles.rbac.authorization.k8s.io',
  'roles.rbac.authorization.k8s.io',
  'serviceaccounts',
  'clusterrolebindings.rbac.authorization.k8s.io',
  'rolebindings.rbac.authorization.k8s.io',
  'secrets',
  'configmaps',
  'limitranges',
  'priorityclasses.scheduling.k8s.io',
  'pods',
  'replicasets.apps',
  'clusterclasses.cluster.x-k8s.io',
  'endpoints',
  'services',
];

/**
 * Velero's last ones, then what can refuse or hide the others: a new quota refuses everything until its controller
 * has counted; webhooks and aggregated APIs are answered by pods that have only just been created.
 */
const late: readonly GroupResource[] = [
  'clusterbootstraps.run.tanzu.vmware.com',
  'clusters.cluster.x-k8s.io',
  'clusterresourcesets.addons.cluster.x-k8s.io',
  'apps.kappctrl.k14s.io',
  'packageinstalls.packaging.carvel.dev',
  'resourcequotas',
  'clusterresourcequotas.quota.openshift.io',
  'validatingadmissionpolicies.admissionregistration.k8s.io',
  'validatingadmissionpolicybindings.admissionregistration.k8s.io',
  'mutatingwebhookconfigurations.admissionregistration.k8s.io',
  'validatingwebhookconfigurations.admissionregistration.k8s.io',
  'apiservices.apiregistration.k8s.io',
];

const ranks = new Map<GroupResource, number>([
  ...early.map((name, index) => [name, index] as const),
  ...late.map((name, index) => [name, early.length + 1 + index] as const),
]);

/** Sorts types into the order of their restore: total, and the same whatever order they come in. */
export function compareForRestore(
  a: Pick<ResourceType, 'group' | 'resource'>,
  b: Pick<ResourceType, 'group' | 'resource'>,
): number {
  const [nameOfA, nameOfB] = [groupResource(a), groupResource(b)];
  const byRank = rankOf(nameOfA) - rankOf(nameOfB);
  if (byRank !== 0) return byRank;
  return nameOfA < nameOfB ? -1 : nameOfA > nameOfB ? 1 : 0;
}

function rankOf(name: GroupResource): number {
  return ranks.get(name) ?? early.length;
}
