import { textAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { type Difference, type NewNames, newName, type Reason } from './compare.ts';

/**
 * Why objects that were deleted and restored differ from what they were. Each reason is as narrow as the difference that it
 * explains: a replica fewer, another image, a lost label or a changed Secret is explained by none. The first that fits counts.
 */
export const restoreReasons: readonly Reason[] = [
  {
    title: 'a new identity',
    text: 'the API server gives every object that is created a uid, a time, versions and a record of who wrote what',
    explains: ({ change }) =>
      change !== undefined && isAt(change.path, 'metadata') && identity.has(change.path[1] ?? ''),
  },
  {
    title: 'labels of the restore',
    text: 'what was restored says from which backup and by which restore, as with Velero',
    explains: ({ change }) =>
      change?.before === undefined &&
      change !== undefined &&
      isAt(change.path, 'metadata', 'labels') &&
      restoreLabels.has(change.path[2] ?? ''),
  },
  {
    title: 'the new name of the project',
    text: 'it was restored under another name, and what belongs to it follows',
    explains: isRenamed,
  },
  {
    title: 'owners',
    text: 'their uids are new; a controller takes back what it owns, nobody else sets an owner again (as with Velero)',
    explains: ({ change, before, after }) => {
      if (change === undefined || !isAt(change.path, 'metadata', 'ownerReferences')) return false;
      const owners = after?.metadata.ownerReferences ?? [];
      return owners.length === 0 || sameOwners(before, after);
    },
  },
  {
    title: 'another cluster IP',
    text: 'a service gets a free address of the new service network; who uses its name notices nothing',
    explains: ({ resource, change }) =>
      resource === 'services' &&
      change !== undefined &&
      (isAt(change.path, 'spec', 'clusterIP') || isAt(change.path, 'spec', 'clusterIPs')) &&
      change.before !== 'None' &&
      typeof change.after === 'string',
  },
  {
    title: 'another node port',
    text: 'it was chosen by the cluster and is chosen again; --preserve-nodeports keeps it',
    explains: ({ resource, change }) =>
      resource === 'services' &&
      change !== undefined &&
      isAt(change.path, 'spec', 'ports') &&
      change.path[3] === 'nodePort' &&
      typeof change.after === 'number',
  },
  {
    title: 'a volume made anew',
    text: 'the claim got a new volume of its storage class: volume data is not captured yet, so the new one is empty',
    explains: isNewVolume,
  },
  {
    title: 'pods and jobs that had ended',
    text: 'what has done its work is not started a second time',
    explains: ({ resource, before, change }) =>
      change === undefined && before !== undefined && hasEnded(resource, before),
  },
  {
    title: 'the token of the service account',
    text: 'the API server mounts a fresh one into every pod, under a random name',
    explains: ({ resource, change }) => resource === 'pods' && change !== undefined && isTokenVolume(change),
  },
  {
    title: 'pull secrets of service accounts',
    text: 'OpenShift makes one for every new service account, beside those that were restored',
    explains: isPullSecret,
  },
  {
    title: 'addresses of pods',
    text: 'endpoints are computed from the pods that run now',
    explains: ({ resource, before, after }) =>
      ['endpoints', 'endpointslices.discovery.k8s.io'].includes(resource) &&
      isComputedEndpoints(before ?? after),
  },
  {
    title: 'status that nobody keeps',
    text: 'these types have no controller here that writes it again; --status-include-resources restores it',
    explains: ({ resource, change }) =>
      change !== undefined &&
      isAt(change.path, 'status') &&
      keptStatus.has(resource) &&
      change.after === undefined,
  },
  {
    title: 'status',
    text: 'controllers and the kubelet write what they see now: times, addresses, versions seen',
    explains: ({ change }) => change !== undefined && isAt(change.path, 'status') && !isVital(change.path),
  },
];

const identity = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'generation',
  'managedFields',
  'selfLink',
]);

const restoreLabels = new Set(['velero.io/backup-name', 'velero.io/restore-name']);

function isAt(path: readonly string[], ...prefix: readonly string[]): boolean {
  return prefix.every((step, index) => path[index] === step);
}

/** Fields that name a project; others that happen to hold its name do not count. */
const namingFields = [
  /^metadata\/namespace$/,
  /^metadata\/name$/,
  /^metadata\/labels\/kubernetes\.io\/metadata\.name$/,
  /^subjects\/\[[^/]*\]\/namespace$/,
];

function isRenamed({ change }: Difference, names: NewNames): boolean {
  if (change === undefined || typeof change.before !== 'string') return false;
  const place = change.path.join('/');
  return namingFields.some(field => field.test(place)) && change.after === newName(change.before, names);
}

function sameOwners(before: KubeObject | undefined, after: KubeObject | undefined): boolean {
  const owners = (object: KubeObject | undefined): string[] =>
    (object?.metadata.ownerReferences ?? []).map(
      ({ apiVersion, kind, name }) => `${apiVersion} ${kind} ${name}`,
    );
  return owners(before).join() === owners(after).join();
}

function isNewVolume({ resource, change, before, after }: Difference): boolean {
  if (resource === 'persistentvolumeclaims')
    return (
      change !== undefined && isAt(change.path, 'spec', 'volumeName') && typeof change.after === 'string'
    );
  const isProvisioned = (object: KubeObject | undefined): boolean =>
    object?.metadata.name.startsWith('pvc-') === true;
  return resource === 'persistentvolumes' && change === undefined && isProvisioned(before ?? after);
}

function hasEnded(resource: string, object: KubeObject): boolean {
  if (resource === 'pods') return ['Succeeded', 'Failed'].includes(textAt(object, 'status', 'phase') ?? '');
  return resource === 'jobs.batch' && textAt(object, 'status', 'completionTime') !== undefined;
}

const tokenVolume = /^kube-api-access-[a-z0-9]{5}$/;

function isTokenVolume({
  path,
  before,
  after,
}: {
  path: readonly string[];
  before: unknown;
  after: unknown;
}): boolean {
  const [spec, list, element = ''] = path;
  if (spec !== 'spec') return false;
  if (list === 'volumes') return tokenVolume.test(element.slice(1, -1));
  const names = [before, after].filter(name => name !== undefined);
  const isMount = path.includes('volumeMounts') && path.at(-1) === 'name';
  return (
    isMount && names.length === 2 && names.every(name => typeof name === 'string' && tokenVolume.test(name))
  );
}

const pullSecret = /-dockercfg-[a-z0-9]{5}$/;

function isPullSecret({ resource, name, change }: Difference): boolean {
  if (resource === 'secrets') return change === undefined && pullSecret.test(name);
  if (resource !== 'serviceaccounts' || change === undefined) return false;
  const [field, element = ''] = change.path;
  const isList = field === 'secrets' || field === 'imagePullSecrets';
  if (isList && element === '[order]') return true;
  return isList && pullSecret.test(element.slice(1, -1));
}

/** Whether a controller made it out of a service's selector; what people write by hand has no such label. */
function isComputedEndpoints(object: KubeObject | undefined): boolean {
  const labels = object?.metadata.labels ?? {};
  return 'endpointslice.kubernetes.io/managed-by' in labels || 'endpoints.kubernetes.io/managed-by' in labels;
}

/** Of types whose controllers the testbed does not play, and of custom ones. */
const keptStatus = new Set([
  'builds.build.openshift.io',
  'buildconfigs.build.openshift.io',
  'imagestreams.image.openshift.io',
  'orderbooks.estate.example.com',
]);

const vital = new Set(['phase', 'replicas', 'readyReplicas', 'availableReplicas', 'numberReady']);

/** What says whether something runs: it must come back as it was. */
function isVital(path: readonly string[]): boolean {
  const [, field = '', element, last] = path;
  if (path.length === 2) return vital.has(field);
  return field === 'conditions' && ['[Ready]', '[Available]'].includes(element ?? '') && last === 'status';
}
