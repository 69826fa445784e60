import { listAt, textAt } from '#kube/fields.ts';
import { groupResource } from '#kube/objects.ts';
import type { Item } from '../item.ts';
import type { SkipReason } from './reasons.ts';

/**
 * What OpenShift's own controllers make. None of these says anything about a plain Kubernetes object.
 * Source: openshift-velero-plugin's restore item actions.
 */
type OpenShiftRule = (item: Item) => SkipReason | undefined;

function has(item: Item, key: string): boolean {
  const { annotations, labels } = item.object.metadata;
  return Object.hasOwn(annotations ?? {}, key) || Object.hasOwn(labels ?? {}, key);
}

function builds(item: Item): SkipReason | undefined {
  return groupResource(item.type) === 'builds.build.openshift.io' ? 'build' : undefined;
}

/** Pods that built an image or rolled out a DeploymentConfig. */
function workerPods(item: Item): SkipReason | undefined {
  if (groupResource(item.type) !== 'pods') return undefined;
  if (has(item, 'openshift.io/build.name')) return 'build';
  return has(item, 'openshift.io/deployer-pod-for.name') || has(item, 'openshift.io/deployer-pod.type')
    ? 'made-again'
    : undefined;
}

/** The CA bundles and settings that a build's pod was given; OpenShift's plugin marks them while it backs up. */
function buildConfigMaps(item: Item): SkipReason | undefined {
  if (groupResource(item.type) !== 'configmaps') return undefined;
  const { name, annotations } = item.object.metadata;
  if (annotations?.['oadp.openshift.io/skip-buildconfig-configmap-restore'] === 'true') return 'build';
  const ofBuild = listAt(item.object, 'metadata', 'ownerReferences').some(owner => {
    const isPod = textAt(owner, 'kind') === 'Pod' && textAt(owner, 'name')?.endsWith('-build') === true;
    return isPod || textAt(owner, 'kind') === 'Build';
  });
  return ofBuild && /-(ca|global-ca|sys-config)$/.test(name) ? 'build' : undefined;
}

function servingCertificates(item: Item): SkipReason | undefined {
  if (groupResource(item.type) !== 'secrets') return undefined;
  const served =
    has(item, 'service.beta.openshift.io/originating-service-name') ||
    has(item, 'service.alpha.openshift.io/originating-service-name');
  return served ? 'generated-secret' : undefined;
}

const defaultBindings = new Set(['system:image-pullers', 'system:image-builders', 'system:deployers']);

function defaultRoleBindings(item: Item): SkipReason | undefined {
  const ofProject = item.type.resource === 'rolebindings' && defaultBindings.has(item.object.metadata.name);
  return ofProject ? 'default-role-binding' : undefined;
}

/** Tags are in their ImageStream, projects are Namespaces. */
const views = new Set([
  'imagestreamtags.image.openshift.io',
  'imagetags.image.openshift.io',
  'projects.project.openshift.io',
]);

function viewsOfOthers(item: Item): SkipReason | undefined {
  return views.has(groupResource(item.type)) ? 'view' : undefined;
}

const selfService = new Set([
  'nonadminbackups.oadp.openshift.io',
  'nonadminrestores.oadp.openshift.io',
  'nonadminbackupstoragelocations.oadp.openshift.io',
]);

/** Restored, they would ask OADP for backups and restores anew. */
function selfServiceRequests(item: Item): SkipReason | undefined {
  return selfService.has(groupResource(item.type)) ? 'self-service' : undefined;
}

export const openshiftRules: readonly OpenShiftRule[] = [
  builds,
  workerPods,
  buildConfigMaps,
  servingCertificates,
  defaultRoleBindings,
  viewsOfOthers,
  selfServiceRequests,
];
