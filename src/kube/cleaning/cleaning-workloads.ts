import { edited, editedEach, filtered, isFields, listAt, textAt, valueAt, without } from '../fields.ts';
import type { KubeObject } from '../objects.ts';
import { isGeneratedDockercfgName, isGeneratedFrom } from './generated-names.ts';

/**
 * Cleaners for pods and for what makes pods. Like every cleaner they return a copy (or the object itself where
 * there is nothing to clean) and can be applied twice.
 */

export interface CleanPodOptions {
  /**
   * Also drop references to generated internal-registry pull secrets, which do not exist where the pod is
   * created again. Velero's own restore keeps them; OpenShift's plugin replaces them.
   */
  readonly dropGeneratedPullSecrets?: boolean | undefined;
}

/**
 * A pod that can be created anew: not bound to a node, its priority left to admission, without the token volume
 * that admission mounts again, and without ephemeral containers, which a create must not carry.
 */
export function cleanPod(pod: KubeObject, options: CleanPodOptions = {}): KubeObject {
  let clean = without(pod, 'spec', 'nodeName');
  clean = without(clean, 'spec', 'priority');
  clean = without(clean, 'spec', 'ephemeralContainers');
  clean = withoutTokenVolumes(clean);
  return options.dropGeneratedPullSecrets === true ? withoutGeneratedPullSecrets(clean) : clean;
}

/** A pod without the service-account token volumes of admission (`NAME-token-xxxxx`, `kube-api-access-xxxxx`). */
function withoutTokenVolumes(pod: KubeObject): KubeObject {
  const account =
    textAt(pod, 'spec', 'serviceAccountName') ?? textAt(pod, 'spec', 'serviceAccount') ?? 'default';
  const isToken = (volume: unknown): boolean => {
    const name = textAt(volume, 'name') ?? '';
    return isGeneratedFrom(name, `${account}-token-`) || isGeneratedFrom(name, 'kube-api-access-');
  };
  const names = new Set(
    listAt(pod, 'spec', 'volumes')
      .filter(isToken)
      .map(volume => textAt(volume, 'name')),
  );
  if (names.size === 0) return pod;
  const isOfToken = (mount: unknown): boolean => names.has(textAt(mount, 'name'));
  let clean = withoutElements(pod, ['spec', 'volumes'], isOfToken);
  for (const containers of ['initContainers', 'containers']) {
    clean = editedEach(clean, ['spec', containers], container =>
      isFields(container) ? withoutElements(container, ['volumeMounts'], isOfToken) : container,
    );
  }
  return clean;
}

function withoutGeneratedPullSecrets(pod: KubeObject): KubeObject {
  return withoutElements(pod, ['spec', 'imagePullSecrets'], reference =>
    isGeneratedDockercfgName(textAt(reference, 'name') ?? ''),
  );
}

/** A copy whose array at `path` lacks the elements that `drop` says; an array that becomes empty goes too. */
function withoutElements<T extends object>(
  object: T,
  path: readonly string[],
  drop: (element: unknown) => boolean,
): T {
  return edited(object, path, value => {
    if (!Array.isArray(value) || !value.some(drop)) return value;
    const kept = value.filter(element => !drop(element));
    return kept.length === 0 ? undefined : kept;
  });
}

/**
 * An object with a pod template, without the empty `creationTimestamp` that servers print in templates. Reaches
 * Deployments, ReplicaSets, StatefulSets (their claim templates too), DaemonSets, Jobs, CronJobs,
 * ReplicationControllers, DeploymentConfigs and PodTemplates.
 */
export function cleanPodTemplate(object: KubeObject): KubeObject {
  let clean = object;
  for (const path of templatePaths) clean = withoutNull(clean, [...path, 'metadata', 'creationTimestamp']);
  return editedEach(clean, ['spec', 'volumeClaimTemplates'], claim => {
    if (!isFields(claim)) return claim;
    return without(withoutNull(claim, ['metadata', 'creationTimestamp']), 'status');
  });
}

const templatePaths = [
  ['template'],
  ['spec', 'template'],
  ['spec', 'jobTemplate'],
  ['spec', 'jobTemplate', 'spec', 'template'],
] as const;

function withoutNull<T extends object>(object: T, path: readonly string[]): T {
  return edited(object, path, value => value ?? undefined);
}

/** Labels by which the Job controller ties pods to one Job object (batch/v1 `job_labels`, old and new names). */
const jobLabels = new Set([
  'controller-uid',
  'job-name',
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-name',
]);

/**
 * A Job whose selector and labels the server generates again. A Job with `manualSelector` keeps its own.
 */
export function cleanJob(job: KubeObject): KubeObject {
  const plain = filtered(job, ['metadata', 'annotations'], key => key !== 'batch.kubernetes.io/job-tracking');
  if (valueAt(job, 'spec', 'manualSelector') === true) return cleanPodTemplate(plain);
  const keep = (key: string): boolean => !jobLabels.has(key);
  let clean = filtered(plain, ['spec', 'selector', 'matchLabels'], keep);
  clean = edited(clean, ['spec', 'selector'], selector =>
    isFields(selector) && Object.keys(selector).length === 0 ? undefined : selector,
  );
  clean = filtered(clean, ['metadata', 'labels'], keep);
  return cleanPodTemplate(filtered(clean, ['spec', 'template', 'metadata', 'labels'], keep));
}

/** A Deployment without the revision that its controller counts. */
export function cleanDeployment(deployment: KubeObject): KubeObject {
  return cleanPodTemplate(
    filtered(deployment, ['metadata', 'annotations'], key => key !== 'deployment.kubernetes.io/revision'),
  );
}

/** A ReplicaSet without what the Deployment controller keeps in its annotations. */
export function cleanReplicaSet(replicaSet: KubeObject): KubeObject {
  return cleanPodTemplate(
    filtered(replicaSet, ['metadata', 'annotations'], key => !key.startsWith('deployment.kubernetes.io/')),
  );
}

/** A DaemonSet without the template generation that the server counts. */
export function cleanDaemonSet(daemonSet: KubeObject): KubeObject {
  return cleanPodTemplate(
    filtered(
      daemonSet,
      ['metadata', 'annotations'],
      key => key !== 'deprecated.daemonset.template.generation',
    ),
  );
}

export interface CleanTriggersOptions {
  /**
   * Keep the image that a trigger fired for last. A DeploymentConfig whose image stream has lost its images with its status
   * then rolls out what it ran, and fires again when another image is pushed; without, nothing runs until one is.
   */
  readonly keepLastImage?: boolean | undefined;
}

/**
 * A DeploymentConfig that has not been triggered yet: without `lastTriggeredImage` (unless it is kept), so that its
 * image trigger resolves the tag where the object is created.
 */
export function cleanDeploymentConfig(config: KubeObject, options: CleanTriggersOptions = {}): KubeObject {
  if (options.keepLastImage === true) return cleanPodTemplate(config);
  const clean = editedEach(config, ['spec', 'triggers'], trigger =>
    isFields(trigger) ? without(trigger, 'imageChangeParams', 'lastTriggeredImage') : trigger,
  );
  return cleanPodTemplate(clean);
}

/** A BuildConfig that has not been triggered yet, unless its last image is kept: then it builds when another comes. */
export function cleanBuildConfig(config: KubeObject, options: CleanTriggersOptions = {}): KubeObject {
  if (options.keepLastImage === true) return config;
  return editedEach(config, ['spec', 'triggers'], trigger =>
    isFields(trigger) ? without(trigger, 'imageChange', 'lastTriggeredImageID') : trigger,
  );
}

const autoscalerStatus = new Set([
  'autoscaling.alpha.kubernetes.io/conditions',
  'autoscaling.alpha.kubernetes.io/current-metrics',
]);

/**
 * A HorizontalPodAutoscaler without the status that autoscaling/v1 keeps in annotations, and with the group of a
 * DeploymentConfig target that was written when DeploymentConfigs were served without one.
 */
export function cleanHorizontalPodAutoscaler(autoscaler: KubeObject): KubeObject {
  const clean = filtered(autoscaler, ['metadata', 'annotations'], key => !autoscalerStatus.has(key));
  return edited(clean, ['spec', 'scaleTargetRef'], target =>
    isFields(target) && target['kind'] === 'DeploymentConfig' && target['apiVersion'] === 'v1'
      ? { ...target, apiVersion: 'apps.openshift.io/v1' }
      : target,
  );
}
