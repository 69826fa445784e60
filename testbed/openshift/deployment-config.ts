import { isDeepStrictEqual } from 'node:util';
import type { KubeObject, ObjectMeta, OwnerReference } from '#kube/objects.ts';

/** The parts of apps.openshift.io/v1 DeploymentConfig that its controller reads. */
export interface DeploymentConfig extends KubeObject {
  spec: DeploymentConfigSpec;
  status?: DeploymentConfigStatus;
}

export interface DeploymentConfigSpec {
  readonly replicas?: number;
  readonly selector?: Record<string, string>;
  readonly paused?: boolean;
  readonly revisionHistoryLimit?: number;
  readonly strategy?: { readonly type?: string };
  readonly triggers?: readonly Trigger[] | null;
  readonly template: PodTemplate;
}

export interface Trigger {
  readonly type: string;
  readonly imageChangeParams?: ImageChangeParams;
}

export interface ImageChangeParams {
  readonly automatic?: boolean;
  readonly containerNames?: readonly string[];
  readonly lastTriggeredImage?: string;
  readonly from: { readonly kind?: string; readonly name?: string; readonly namespace?: string };
}

export interface PodTemplate {
  readonly metadata?: Partial<ObjectMeta>;
  readonly spec: { readonly containers: readonly Container[]; readonly [field: string]: unknown };
}

interface Container {
  readonly name: string;
  readonly image?: string;
  readonly [field: string]: unknown;
}

export interface DeploymentConfigStatus {
  readonly latestVersion?: number;
  readonly conditions?: readonly Condition[];
  readonly [field: string]: unknown;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
  readonly lastUpdateTime: string;
}

export interface ReplicationController extends KubeObject {
  spec: { replicas?: number; selector?: Record<string, string>; template?: unknown };
  status?: { replicas?: number; readyReplicas?: number; availableReplicas?: number };
}

/** The annotations and labels by which OpenShift ties a ReplicationController to its DeploymentConfig. */
export const marks = {
  config: 'openshift.io/deployment-config.name',
  version: 'openshift.io/deployment-config.latest-version',
  deployment: 'openshift.io/deployment.name',
  phase: 'openshift.io/deployment.phase',
  reason: 'openshift.io/deployment.status-reason',
  deployer: 'openshift.io/deployer-pod.name',
  encoded: 'openshift.io/encoded-deployment-config',
} as const;

/** Finds the newest image of an ImageStreamTag: its pull reference, or undefined while it has none. */
export type ImageLookup = (namespace: string, imageStreamTag: string) => string | undefined;

/** What the image triggers make of a DeploymentConfig. */
export interface TriggerResult {
  readonly config: DeploymentConfig;
  /** The `stream:tag` names whose image is another than was last triggered. */
  readonly changed: readonly string[];
  /** Whether every automatic trigger has an image; until then OpenShift deploys nothing. */
  readonly resolved: boolean;
}

/** Writes the newest image of each automatic ImageChange trigger into the containers that it names. */
export function applyImageTriggers(config: DeploymentConfig, lookup: ImageLookup): TriggerResult {
  const changed: string[] = [];
  let resolved = true;
  let template = config.spec.template;
  const triggers = config.spec.triggers?.map(trigger => {
    const params = automaticImageChange(trigger);
    if (params === undefined) return trigger;
    const name = params.from.name ?? '';
    const image = lookup(params.from.namespace ?? config.metadata.namespace ?? '', name);
    if (image === undefined || image === params.lastTriggeredImage) {
      resolved &&= params.lastTriggeredImage !== undefined && params.lastTriggeredImage !== '';
      return trigger;
    }
    changed.push(name);
    template = withImage(template, params.containerNames ?? [], image);
    return { ...trigger, imageChangeParams: { ...params, lastTriggeredImage: image } };
  });
  if (triggers === undefined || changed.length === 0) return { config, changed, resolved };
  return { config: { ...config, spec: { ...config.spec, triggers, template } }, changed, resolved };
}

/** The ImageStreamTags, as namespace and `stream:tag`, that the triggers of a DeploymentConfig follow. */
export function followedTags(config: DeploymentConfig): { namespace: string; name: string }[] {
  return (config.spec.triggers ?? []).flatMap(trigger => {
    const from = automaticImageChange(trigger)?.from;
    return from?.name === undefined
      ? []
      : [{ namespace: from.namespace ?? config.metadata.namespace ?? '', name: from.name }];
  });
}

function automaticImageChange(trigger: Trigger): ImageChangeParams | undefined {
  const params = trigger.imageChangeParams;
  return trigger.type === 'ImageChange' && params?.automatic === true && params.from.kind === 'ImageStreamTag'
    ? params
    : undefined;
}

function withImage(template: PodTemplate, names: readonly string[], image: string): PodTemplate {
  const containers = template.spec.containers.map(each =>
    names.includes(each.name) ? { ...each, image } : each,
  );
  return { ...template, spec: { ...template.spec, containers } };
}

/** The version of a ReplicationController, 0 where it carries none. */
export function versionOf(controller: ReplicationController): number {
  return Number(controller.metadata.annotations?.[marks.version] ?? 0);
}

/** The newest version there is, by the status or by a controller that was there before the status. */
export function latestVersion(
  config: DeploymentConfig,
  controllers: readonly ReplicationController[],
): number {
  return Math.max(config.status?.latestVersion ?? 0, ...controllers.map(versionOf));
}

/** The version that should be deployed: the latest, or the one after it where a trigger asks for it. */
export function wantedVersion(
  { config, changed, resolved }: TriggerResult,
  controllers: readonly ReplicationController[],
): number {
  const latest = latestVersion(config, controllers);
  if (config.spec.paused === true || !resolved) return latest;
  const onChange = config.spec.triggers?.some(trigger => trigger.type === 'ConfigChange') === true;
  if (latest === 0) return onChange || changed.length > 0 ? 1 : 0;
  const deployed = controllers.find(each => versionOf(each) === latest);
  if (deployed === undefined) return latest;
  return changed.length > 0 || (onChange && templateDiffers(config, deployed)) ? latest + 1 : latest;
}

function templateDiffers(config: DeploymentConfig, deployed: ReplicationController): boolean {
  const encoded = deployed.metadata.annotations?.[marks.encoded];
  if (encoded === undefined) return false;
  const before = JSON.parse(encoded) as DeploymentConfig;
  return !isDeepStrictEqual(before.spec.template, config.spec.template);
}

/** The ReplicationController of one version, as OpenShift's deployment controller makes it. */
export function replicationControllerFor(
  config: DeploymentConfig,
  version: number,
  reason: string,
): ReplicationController {
  const { name, namespace = '', labels } = config.metadata;
  const deployment = `${name}-${version}`;
  const tie = { deployment, deploymentconfig: name };
  const { metadata, spec } = config.spec.template;
  const annotations = {
    [marks.config]: name,
    [marks.version]: String(version),
    [marks.deployment]: deployment,
  };
  const { status: _status, ...encodable } = config;
  return {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: {
      name: deployment,
      namespace,
      labels: { ...labels, [marks.config]: name },
      annotations: {
        [marks.config]: name,
        [marks.version]: String(version),
        [marks.deployer]: `${deployment}-deploy`,
        [marks.phase]: 'Running',
        [marks.reason]: reason,
        [marks.encoded]: JSON.stringify(withoutManagedFields(encodable)),
      },
      ownerReferences: [ownerReference(config)],
    },
    spec: {
      replicas: config.spec.replicas ?? 1,
      selector: { ...config.spec.selector, ...tie },
      template: {
        metadata: {
          ...metadata,
          labels: { ...metadata?.labels, ...tie },
          annotations: { ...metadata?.annotations, ...annotations },
        },
        spec,
      },
    },
  };
}

function withoutManagedFields(config: DeploymentConfig): DeploymentConfig {
  const { managedFields: _managedFields, ...metadata } = config.metadata;
  return { ...config, metadata };
}

/** The reference by which a DeploymentConfig controls its ReplicationControllers. */
export function ownerReference(config: DeploymentConfig): OwnerReference {
  return {
    apiVersion: config.apiVersion,
    kind: config.kind,
    name: config.metadata.name,
    uid: config.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** Whether as many pods are ready as the controller shall have. */
export function isComplete(controller: ReplicationController): boolean {
  return (controller.status?.readyReplicas ?? 0) >= (controller.spec.replicas ?? 1);
}

/**
 * How many replicas a controller shall have: the active one follows the DeploymentConfig; the others keep what they have
 * until it is complete (Rolling) or go at once (Recreate).
 */
export function wantedReplicas(
  config: DeploymentConfig,
  controller: ReplicationController,
  active: ReplicationController | undefined,
): number {
  if (controller === active) return config.spec.replicas ?? 1;
  const gone = active !== undefined && (isComplete(active) || config.spec.strategy?.type === 'Recreate');
  return gone ? 0 : (controller.spec.replicas ?? 0);
}

/** The status of a DeploymentConfig with these controllers; times are kept where nothing changed. */
export function statusOf(
  config: DeploymentConfig,
  controllers: readonly ReplicationController[],
  now: Date,
): DeploymentConfigStatus {
  const latest = latestVersion(config, controllers);
  const active = controllers.find(each => versionOf(each) === latest);
  const total = (field: 'replicas' | 'readyReplicas' | 'availableReplicas'): number =>
    controllers.reduce((sum, each) => sum + (each.status?.[field] ?? 0), 0);
  const wanted = config.spec.replicas ?? 1;
  const available = total('availableReplicas');
  const complete = active !== undefined && isComplete(active);
  const reached = (type: string, yes: boolean, reason: string): Condition =>
    condition(config, { type, status: yes ? 'True' : 'False', reason }, now);
  return {
    latestVersion: latest,
    observedGeneration: config.metadata.generation ?? 0,
    replicas: total('replicas'),
    updatedReplicas: active?.status?.replicas ?? 0,
    readyReplicas: total('readyReplicas'),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, wanted - available),
    conditions: [
      reached('Available', available >= wanted, available >= wanted ? 'MinimumAvailable' : 'Unavailable'),
      reached(
        'Progressing',
        true,
        complete ? 'NewReplicationControllerAvailable' : 'ReplicationControllerUpdated',
      ),
    ],
  };
}

function condition(
  config: DeploymentConfig,
  wanted: Pick<Condition, 'type' | 'status' | 'reason'>,
  now: Date,
): Condition {
  const before = config.status?.conditions?.find(each => each.type === wanted.type);
  if (before?.status === wanted.status && before.reason === wanted.reason) return before;
  const time = now.toISOString().replace(/\.\d+/, '');
  return {
    ...wanted,
    message: `${config.metadata.name}: ${wanted.reason}`,
    lastTransitionTime: before?.status === wanted.status ? before.lastTransitionTime : time,
    lastUpdateTime: time,
  };
}
