import { without } from '../fields.ts';
import { type KubeObject, type ObjectMeta, parseApiVersion } from '../objects.ts';
import {
  type CleanPersistentVolumeClaimOptions,
  type CleanServiceOptions,
  cleanEndpoints,
  cleanImageStream,
  cleanNamespace,
  cleanPersistentVolume,
  cleanPersistentVolumeClaim,
  cleanRoute,
  cleanSecret,
  cleanService,
  cleanServiceAccount,
} from './cleaning-resources.ts';
import {
  type CleanPodOptions,
  type CleanTriggersOptions,
  cleanBuildConfig,
  cleanDaemonSet,
  cleanDeployment,
  cleanDeploymentConfig,
  cleanHorizontalPodAutoscaler,
  cleanJob,
  cleanPod,
  cleanPodTemplate,
  cleanReplicaSet,
} from './cleaning-workloads.ts';

/**
 * Making an object re-creatable: dropping what the server, controllers and admission wrote into it and write
 * again. Every function is pure, leaves its input alone and can be applied twice.
 *
 * Sources: `oc export` / `kubectl get --export` of Kubernetes 1.11 (the `Export` of each type's strategy),
 * Velero's restore (reset of metadata, built-in restore item actions), OpenShift's Velero plugin.
 */

export interface MetadataOptions {
  readonly keepOwnerReferences?: boolean | undefined;
  /** managedFields are dropped unless the caller has a use for them before the object is sent. */
  readonly keepManagedFields?: boolean | undefined;
}

const serverSet = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
] as const satisfies readonly (keyof ObjectMeta)[];

/**
 * Without the metadata that the server sets. Finalizers, labels and annotations stay; `generateName` goes where
 * there is a name; owner references go unless kept, because they hold the uid of an object that is no more.
 */
export function withoutServerMetadata(object: KubeObject, options: MetadataOptions = {}): KubeObject {
  const metadata: Partial<ObjectMeta> = { ...object.metadata };
  for (const field of serverSet) delete metadata[field];
  if (metadata.name) delete metadata.generateName;
  if (options.keepOwnerReferences !== true) delete metadata.ownerReferences;
  if (options.keepManagedFields !== true) delete metadata.managedFields;
  return { ...object, metadata: metadata as ObjectMeta };
}

export function withoutStatus(object: KubeObject): KubeObject {
  return without(object, 'status');
}

/** What differs between the callers' rules; every part is that cleaner's own options. */
export interface CleaningOptions {
  readonly service?: CleanServiceOptions | undefined;
  readonly claim?: CleanPersistentVolumeClaimOptions | undefined;
  readonly volume?: { readonly dropClaim?: boolean | undefined } | undefined;
  readonly pod?: CleanPodOptions | undefined;
  readonly triggers?: CleanTriggersOptions | undefined;
  readonly namespace?: { readonly dropIdRanges?: boolean | undefined } | undefined;
}

type Cleaner = (object: KubeObject, options: CleaningOptions) => KubeObject;

/** The cleaner of each kind that needs one, by `Kind.group` (`Kind` for the core group), in whatever version. */
export const kindCleaners: ReadonlyMap<string, Cleaner> = new Map<string, Cleaner>([
  ['Service', (object, { service }) => cleanService(object, service)],
  ['Endpoints', cleanEndpoints],
  ['PersistentVolumeClaim', (object, { claim }) => cleanPersistentVolumeClaim(object, claim)],
  ['PersistentVolume', (object, { volume }) => cleanPersistentVolume(object, volume)],
  ['Pod', (object, { pod }) => cleanPod(object, pod)],
  ['PodTemplate', cleanPodTemplate],
  ['ReplicationController', cleanPodTemplate],
  ['ServiceAccount', cleanServiceAccount],
  ['Secret', cleanSecret],
  ['Namespace', (object, { namespace }) => cleanNamespace(object, namespace)],
  ['Job.batch', cleanJob],
  ['CronJob.batch', cleanPodTemplate],
  ['Deployment.apps', cleanDeployment],
  ['Deployment.extensions', cleanDeployment],
  ['ReplicaSet.apps', cleanReplicaSet],
  ['ReplicaSet.extensions', cleanReplicaSet],
  ['DaemonSet.apps', cleanDaemonSet],
  ['DaemonSet.extensions', cleanDaemonSet],
  ['StatefulSet.apps', cleanPodTemplate],
  ['HorizontalPodAutoscaler.autoscaling', cleanHorizontalPodAutoscaler],
  ['DeploymentConfig.apps.openshift.io', (object, { triggers }) => cleanDeploymentConfig(object, triggers)],
  ['DeploymentConfig', (object, { triggers }) => cleanDeploymentConfig(object, triggers)],
  ['BuildConfig.build.openshift.io', (object, { triggers }) => cleanBuildConfig(object, triggers)],
  ['BuildConfig', (object, { triggers }) => cleanBuildConfig(object, triggers)],
  ['ImageStream.image.openshift.io', cleanImageStream],
  ['ImageStream', cleanImageStream],
  ['Route.route.openshift.io', cleanRoute],
  ['Route', cleanRoute],
]);

/** The object as its kind's cleaner leaves it; metadata and status are not touched. */
export function withoutKindState(object: KubeObject, options: CleaningOptions = {}): KubeObject {
  const { group } = parseApiVersion(object.apiVersion);
  const cleaner = kindCleaners.get(group === '' ? object.kind : `${object.kind}.${group}`);
  return cleaner === undefined ? object : cleaner(object, options);
}

/** All of it: the kind's own state, server-set metadata and status. */
export function recreatable(object: KubeObject, options: CleaningOptions & MetadataOptions = {}): KubeObject {
  return withoutServerMetadata(withoutStatus(withoutKindState(object, options)), options);
}
