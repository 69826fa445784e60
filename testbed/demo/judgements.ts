import { textAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import type { Change } from './changes.ts';
import { type Comparison, type Difference, newName } from './compare.ts';

/** `generateName` is what the API server once made the name from: the object has it already. */
const identity = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'generation',
  'managedFields',
  'generateName',
]);

export function isIdentity(difference: Difference): boolean {
  return isAt(difference.change, 'metadata') && identity.has(step(difference, 1));
}

const restoreLabels = new Set(['velero.io/backup-name', 'velero.io/restore-name']);

export function isRestoreLabel(difference: Difference): boolean {
  const { change } = difference;
  return (
    isAt(change, 'metadata', 'labels') &&
    change.before === undefined &&
    restoreLabels.has(step(difference, 2))
  );
}

/** Fields that name a project; others that happen to hold its name do not count. */
const namingFields = [
  /^metadata\/namespace$/,
  /^metadata\/name$/,
  /^metadata\/labels\/kubernetes\.io\/metadata\.name$/,
  /^subjects\/\[[^/]*\]\/namespace$/,
  /^spec\/triggers\/\[[^/]*\]\/imageChangeParams\/from\/namespace$/,
];

export function isRenamed(difference: Difference, { names }: Comparison): boolean {
  const { change } = difference;
  if (change === undefined) return false;
  if (isOwnGroup(difference)) return true;
  if (typeof change.before !== 'string') return false;
  const place = change.path.join('/');
  return namingFields.some(field => field.test(place)) && change.after === newName(change.before, names);
}

/** OpenShift makes this binding in every project, for the group of the project's service accounts. */
function isOwnGroup({ resource, namespace, name, change, before }: Difference): boolean {
  const isBinding = resource === 'rolebindings.rbac.authorization.k8s.io' && name === 'system:image-pullers';
  return isBinding && isAt(change, 'subjects') && namespace !== before?.metadata.namespace;
}

export function isOwner({ change, before, after }: Difference): boolean {
  if (!isAt(change, 'metadata', 'ownerReferences')) return false;
  const owners = (object: KubeObject | undefined): string[] =>
    (object?.metadata.ownerReferences ?? []).map(
      ({ apiVersion, kind, name }) => `${apiVersion} ${kind} ${name}`,
    );
  return owners(after).length === 0 || owners(before).join() === owners(after).join();
}

/** The API server also keeps an object for each address of a service. */
export function isClusterIP({ resource, change }: Difference): boolean {
  if (resource === 'ipaddresses.networking.k8s.io') return change === undefined;
  if (resource !== 'services' || change?.before === 'None') return false;
  const isAddress = isAt(change, 'spec', 'clusterIP') || isAt(change, 'spec', 'clusterIPs');
  return isAddress && typeof change?.after === 'string';
}

export function isNodePort(difference: Difference): boolean {
  const { resource, change } = difference;
  const isPort =
    resource === 'services' && isAt(change, 'spec', 'ports') && step(difference, 3) === 'nodePort';
  return isPort && typeof change.after === 'number';
}

export function isNewVolume({ resource, change, before, after }: Difference): boolean {
  if (resource === 'persistentvolumeclaims')
    return isAt(change, 'spec', 'volumeName') && typeof change.after === 'string';
  const isProvisioned = (before ?? after)?.metadata.name.startsWith('pvc-') === true;
  return resource === 'persistentvolumes' && change === undefined && isProvisioned;
}

export function hasBecomeEnded({ resource, change, before }: Difference): boolean {
  if (change !== undefined || before === undefined) return false;
  if (resource === 'builds.build.openshift.io') return true;
  if (resource === 'jobs.batch') return textAt(before, 'status', 'completionTime') !== undefined;
  return resource === 'pods' && ['Succeeded', 'Failed'].includes(textAt(before, 'status', 'phase') ?? '');
}

/** A pod whose maker was restored instead of it, or one that was made in its place: there must be as many as before. */
export function isMadeAnew(pod: Difference, { differences }: Comparison): boolean {
  const prefix = makerPrefix(pod);
  if (prefix === undefined) return false;
  const alike = differences.filter(
    other => other.namespace === pod.namespace && makerPrefix(other) === prefix,
  );
  return alike.filter(other => other.before === undefined).length * 2 === alike.length;
}

/** Where a maker names its pods by itself: what the name of a pod that came or went begins with. */
function makerPrefix({ resource, change, before, after }: Difference): string | undefined {
  if (resource !== 'pods' || change !== undefined) return undefined;
  const { ownerReferences, generateName } = (before ?? after)?.metadata ?? {};
  const maker = ownerReferences?.find(owner => owner.controller === true);
  return ['ReplicationController', 'DaemonSet'].includes(maker?.kind ?? '') ? generateName : undefined;
}

const controllerNotes: Readonly<Record<string, ReadonlySet<string>>> = {
  replicationcontrollers: new Set([
    'openshift.io/deployment.status-reason',
    'openshift.io/encoded-deployment-config',
  ]),
  'replicasets.apps': new Set([
    'deployment.kubernetes.io/desired-replicas',
    'deployment.kubernetes.io/max-replicas',
  ]),
};

export function isControllerNote(difference: Difference): boolean {
  const notes = controllerNotes[difference.resource];
  return isAt(difference.change, 'metadata', 'annotations') && notes?.has(step(difference, 2)) === true;
}

const tokenVolume = /^kube-api-access-[a-z0-9]{5}$/;

export function isTokenVolume(difference: Difference): boolean {
  const { resource, change } = difference;
  if (resource !== 'pods' || !isAt(change, 'spec')) return false;
  if (step(difference, 1) === 'volumes') return tokenVolume.test(element(difference, 2));
  const isMount = change.path.includes('volumeMounts') && change.path.at(-1) === 'name';
  return (
    isMount && [change.before, change.after].every(name => typeof name === 'string' && tokenVolume.test(name))
  );
}

const pullSecret = /-dockercfg-[a-z0-9]{5}$/;

export function isPullSecret(difference: Difference): boolean {
  const { resource, name, change } = difference;
  if (resource === 'secrets') return change === undefined && pullSecret.test(name);
  if (resource === 'pods') return isPullReference(difference, 'spec', 'imagePullSecrets');
  if (resource !== 'serviceaccounts') return false;
  return isPullReference(difference, 'secrets') || isPullReference(difference, 'imagePullSecrets');
}

/** One of a list of references to secrets, or the order of the list. */
function isPullReference(difference: Difference, ...list: string[]): boolean {
  const reference = element(difference, list.length);
  return isAt(difference.change, ...list) && (pullSecret.test(reference) || reference === 'order');
}

export function isGeneratedHost({ resource, change, before, after }: Difference): boolean {
  if (resource !== 'routes.route.openshift.io' || !isAt(change, 'spec', 'host')) return false;
  return [before, after].every(
    route => route?.metadata.annotations?.['openshift.io/host.generated'] === 'true',
  );
}

const endpointControllers = new Set([
  'endpoint-controller',
  'endpointslice-controller.k8s.io',
  'endpointslicemirroring-controller.k8s.io',
]);

/** What people write by hand has no such label, or another name in it. */
export function isComputedEndpoints({ resource, before, after }: Difference): boolean {
  const labels = (before ?? after)?.metadata.labels ?? {};
  const label = { endpoints: 'endpoints', 'endpointslices.discovery.k8s.io': 'endpointslice' }[resource];
  return label !== undefined && endpointControllers.has(labels[`${label}.kubernetes.io/managed-by`] ?? '');
}

/** Types whose controllers the testbed does not play, and custom ones. */
const unwritten = new Set([
  'builds.build.openshift.io',
  'buildconfigs.build.openshift.io',
  'imagestreams.image.openshift.io',
  'orderbooks.estate.example.com',
]);

export function isLostStatus({ resource, change }: Difference): boolean {
  return isAt(change, 'status') && unwritten.has(resource) && change.after === undefined;
}

const vital = new Set(['phase', 'replicas', 'readyReplicas', 'availableReplicas', 'numberReady']);

/** Not what says whether something runs: that must come back as it was. */
export function isObservedStatus(difference: Difference): boolean {
  const { change } = difference;
  if (!isAt(change, 'status')) return false;
  if (change.path.length === 2) return !vital.has(step(difference, 1));
  const isCondition = step(difference, 1) === 'conditions' && change.path.at(-1) === 'status';
  return !(isCondition && ['Ready', 'Available'].includes(element(difference, 2)));
}

function isAt(change: Change | undefined, ...prefix: readonly string[]): change is Change {
  return change !== undefined && prefix.every((each, index) => change.path[index] === each);
}

function step({ change }: Difference, index: number): string {
  return change?.path[index] ?? '';
}

/** What an element of a list is known by. */
function element(difference: Difference, index: number): string {
  return step(difference, index).slice(1, -1);
}
