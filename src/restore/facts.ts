import type { Archive } from '#archive/contents/archive.ts';
import type { VolumeInfo } from '#archive/stored/volume-info.ts';
import type { KubeApi } from '#kube/api.ts';
import type { Discovery } from '#kube/discovery.ts';
import { listAt, textAt, valueAt } from '#kube/fields.ts';
import {
  type GroupResource,
  groupResource,
  type KubeObject,
  type OwnerReference,
  parseApiVersion,
  type ResourceType,
} from '#kube/objects.ts';
import { newClasses } from './changes/storage-classes.ts';
import { claimOf } from './decide/volumes.ts';
import type { Context, Facts } from './item.ts';
import type { Selection } from './selection.ts';

/** Where facts come from. */
export interface FactSources {
  readonly archive: Pick<Archive, 'get'>;
  /** The backup's types. */
  readonly archived: Discovery;
  readonly selection: Selection;
  readonly api: Pick<KubeApi, 'discover' | 'get'>;
  readonly volumeInfos: VolumeIndex;
  readonly context: Context;
  readonly signal?: AbortSignal | undefined;
}

/** What the backup says of its volumes, by the volume's name and by `namespace/name` of the claim. */
export interface VolumeIndex {
  readonly byVolume: ReadonlyMap<string, VolumeInfo>;
  readonly byClaim: ReadonlyMap<string, VolumeInfo>;
}

export function indexVolumes(infos: readonly VolumeInfo[]): VolumeIndex {
  const byVolume = new Map<string, VolumeInfo>();
  const byClaim = new Map<string, VolumeInfo>();
  for (const info of infos) {
    if (info.pvName) byVolume.set(info.pvName, info);
    if (info.pvcName) byClaim.set(`${info.pvcNamespace ?? ''}/${info.pvcName}`, info);
  }
  return { byVolume, byClaim };
}

/** Looks up what the decision about one object depends on; for most types that is nothing. */
export async function factsOf(type: ResourceType, object: KubeObject, sources: FactSources): Promise<Facts> {
  const found = (await finders.get(groupResource(type))?.(object, sources)) ?? {};
  const missingClass = await missingClassOf(type, object, sources);
  return missingClass === undefined ? found : { ...found, missingClass };
}

async function missingClassOf(
  type: ResourceType,
  object: KubeObject,
  { api, context, signal }: FactSources,
): Promise<string | undefined> {
  const names = new Set(newClasses(object, type, context.changes.storageClasses));
  if (names.size === 0) return undefined;
  const classes = (await api.discover({ signal })).byName('storageclasses.storage.k8s.io');
  for (const name of names) {
    const there = classes && (await api.get(classes, { name }, { signal }));
    if (there === undefined) return name;
  }
  return undefined;
}

type Finder = (object: KubeObject, sources: FactSources) => Promise<Facts>;

const finders: ReadonlyMap<GroupResource, Finder> = new Map<GroupResource, Finder>([
  ['pods', async (pod, sources) => ({ maker: await makerOfPod(pod, sources) })],
  ['jobs.batch', async (job, sources) => ({ maker: await controllerIn(job, ['CronJob'], sources) })],
  ['replicationcontrollers', async (rc, sources) => ({ maker: await deploymentConfigOf(rc, sources) })],
  ['customresourcedefinitions.apiextensions.k8s.io', ofDefinition],
  ['endpoints', ofEndpoints],
  ['persistentvolumes', ofVolume],
  ['persistentvolumeclaims', ofClaim],
]);

/**
 * Pods of ReplicaSets and StatefulSets are restored and adopted. A Job's would not be (its selector is another
 * one), a DaemonSet's are bound to the nodes of their cluster, a DeploymentConfig rolls out anew.
 */
async function makerOfPod(pod: KubeObject, sources: FactSources): Promise<KubeObject | undefined> {
  return (await controllerIn(pod, ['Job', 'DaemonSet'], sources)) ?? (await deploymentConfigOf(pod, sources));
}

/** The controller of an object, if it is of one of these kinds and is restored itself. */
async function controllerIn(
  object: KubeObject,
  kinds: readonly string[],
  sources: FactSources,
): Promise<KubeObject | undefined> {
  const references = listAt(object, 'metadata', 'ownerReferences');
  const owner = references.find(each => valueAt(each, 'controller') === true);
  const [apiVersion = '', kind = '', name = ''] = ['apiVersion', 'kind', 'name'].map(field =>
    textAt(owner, field),
  );
  return kinds.includes(kind) ? restoredOwner(object, { apiVersion, kind, name }, sources) : undefined;
}

/** The DeploymentConfig behind a replication controller or a pod of one, unless it is paused: then it makes none. */
async function deploymentConfigOf(object: KubeObject, sources: FactSources): Promise<KubeObject | undefined> {
  const name = textAt(object, 'metadata', 'annotations', 'openshift.io/deployment-config.name');
  if (name === undefined) return undefined;
  const reference = { apiVersion: 'apps.openshift.io/v1', kind: 'DeploymentConfig', name };
  const config = await restoredOwner(object, reference, sources);
  return valueAt(config, 'spec', 'paused') === true ? undefined : config;
}

async function restoredOwner(
  object: KubeObject,
  { apiVersion, kind, name }: Pick<OwnerReference, 'apiVersion' | 'kind' | 'name'>,
  { archive, archived, selection, signal }: FactSources,
): Promise<KubeObject | undefined> {
  const { group } = parseApiVersion(apiVersion);
  const type = archived.all.find(each => each.kind === kind && each.group === group);
  if (type === undefined || !selection.type(type)) return undefined;
  const owner = await archive.get(type, { namespace: object.metadata.namespace, name }, { signal });
  return owner !== undefined && selection.labels(owner) ? owner : undefined;
}

async function ofDefinition({ metadata }: KubeObject, sources: FactSources): Promise<Facts> {
  if (sources.selection.clusterScoped !== 'needed') return {};
  const discovery = await sources.api.discover({ signal: sources.signal });
  return { served: discovery.byName(metadata.name) !== undefined };
}

async function ofEndpoints(object: KubeObject, { archive, archived, signal }: FactSources): Promise<Facts> {
  const services = archived.byName('services');
  if (services === undefined) return {};
  const { namespace, name } = object.metadata;
  return { service: await archive.get(services, { namespace, name }, { signal }) };
}

async function ofVolume(volume: KubeObject, sources: FactSources): Promise<Facts> {
  const { api, context, volumeInfos, signal } = sources;
  const volumeInfo = volumeInfos.byVolume.get(volume.metadata.name);
  const claims = (await api.discover({ signal })).byName('persistentvolumeclaims');
  const key = claimOf(volume);
  if (claims === undefined || key === undefined) return { volumeInfo };
  const there = { namespace: context.mapNamespace(key.namespace ?? ''), name: key.name };
  return { volumeInfo, claim: await api.get(claims, there, { signal }) };
}

async function ofClaim(claim: KubeObject, sources: FactSources): Promise<Facts> {
  const { api, volumeInfos, signal } = sources;
  const { namespace, name } = claim.metadata;
  const volumeName = textAt(claim, 'spec', 'volumeName');
  const volumeInfo =
    volumeInfos.byClaim.get(`${namespace ?? ''}/${name}`) ?? volumeInfos.byVolume.get(volumeName ?? '');
  const volumes = (await api.discover({ signal })).byName('persistentvolumes');
  if (!volumeName || volumes === undefined) return { volumeInfo };
  return { volumeInfo, volume: await api.get(volumes, { name: volumeName }, { signal }) };
}
