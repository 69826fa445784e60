import { idRangeAnnotations } from '#kube/cleaning/cleaning-resources.ts';
import {
  generatedSecret,
  isGeneratedDockercfgName,
  isGeneratedSecretName,
} from '#kube/cleaning/generated-names.ts';
import { fieldsAt, listAt, textAt, valueAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { type Finding, finding } from './findings.ts';
import { containerImages, parseInternalImage, podSpecPath, triggeringTag } from './images.ts';
import { formatRef, refOf } from './object-ref.ts';

/** What the findings about one object may depend on beside the object. */
export interface InspectionContext {
  /** The project's Namespace, where it could be read. */
  readonly namespace: KubeObject | undefined;
  /** The uids of the objects in the export, and of those that a controller in it makes again. */
  readonly carriedUids: ReadonlySet<string>;
}

/**
 * What an object of the export relies on and does not bring along (S1.72, S1.73). Takes the object as the cluster
 * has it, before anything is dropped.
 */
export function inspect(object: KubeObject, context: InspectionContext): Finding[] {
  return [
    ...imagesOf(object),
    ...streamImagesOf(object),
    ...fixedIds(object, context.namespace),
    ...namespaceRanges(object),
    ...generatedSecretsOf(object),
    ...routeHost(object),
    ...ownersOf(object, context.carriedUids),
    ...claimData(object),
    ...serviceAddresses(object),
    ...keptFinalizers(object),
  ];
}

function imagesOf(object: KubeObject): Finding[] {
  return containerImages(object).flatMap(({ container, image }) => {
    const internal = parseInternalImage(image);
    if (internal === undefined) return [];
    if (!internal.version.startsWith('@'))
      return [finding('image-internal', { container, image }, refOf(object))];
    const tag = triggeringTag(object, container) ?? '';
    return [finding('image-digest-internal', { container, image, tag }, refOf(object))];
  });
}

/** Tags that only the status has were pushed or built; their images live in this cluster's registry. */
function streamImagesOf(object: KubeObject): Finding[] {
  if (object.kind !== 'ImageStream') return [];
  const imported = new Set(
    listAt(object, 'spec', 'tags')
      .filter(tag => valueAt(tag, 'from') !== undefined)
      .map(tag => textAt(tag, 'name')),
  );
  const pushed = listAt(object, 'status', 'tags')
    .map(tag => textAt(tag, 'tag'))
    .filter(tag => tag !== undefined && !imported.has(tag));
  return pushed.length === 0
    ? []
    : [finding('image-content-missing', { tags: pushed.join(', ') }, refOf(object))];
}

const [mcsAnnotation, groupsAnnotation, uidAnnotation] = idRangeAnnotations;

/** `1000650000/10000` (first/size) and `1000-1999`, also several with commas, as OpenShift writes ranges. */
export function inRange(id: number, ranges: string): boolean {
  return ranges.split(',').some(range => {
    const [, first, mark, second] = /^\s*(\d+)([/-])(\d+)\s*$/.exec(range) ?? [];
    if (first === undefined || second === undefined) return false;
    const last = mark === '/' ? Number(first) + Number(second) - 1 : Number(second);
    return id >= Number(first) && id <= last;
  });
}

function fixedIds(object: KubeObject, namespace: KubeObject | undefined): Finding[] {
  const path = podSpecPath(object);
  const annotations = fieldsAt(namespace, 'metadata', 'annotations');
  if (path === undefined || Object.keys(annotations).length === 0) return [];
  return securityContexts(object, path).flatMap(({ where, context }) => {
    const found: Finding[] = [];
    const check = (field: string, id: unknown, annotation: string): void => {
      const range = textAt(annotations, annotation);
      if (typeof id !== 'number' || range === undefined || !inRange(id, range)) return;
      found.push(finding('id-fixed-in-range', { field: `${where}.${field}`, id, range }, refOf(object)));
    };
    check('runAsUser', valueAt(context, 'runAsUser'), uidAnnotation);
    check('runAsGroup', valueAt(context, 'runAsGroup'), uidAnnotation);
    check('fsGroup', valueAt(context, 'fsGroup'), groupsAnnotation);
    for (const group of listAt(context, 'supplementalGroups'))
      check('supplementalGroups', group, groupsAnnotation);
    const level = textAt(context, 'seLinuxOptions', 'level');
    if (level !== undefined && level === textAt(annotations, mcsAnnotation)) {
      const field = `${where}.seLinuxOptions.level`;
      found.push(finding('selinux-fixed', { field, level }, refOf(object)));
    }
    return found;
  });
}

function securityContexts(
  object: KubeObject,
  path: readonly string[],
): { where: string; context: unknown }[] {
  const ofPod = { where: 'securityContext', context: valueAt(object, ...path, 'securityContext') };
  const ofContainers = ['initContainers', 'containers'].flatMap(list =>
    listAt(object, ...path, list).map(container => ({
      where: `${list}[${textAt(container, 'name') ?? ''}].securityContext`,
      context: valueAt(container, 'securityContext'),
    })),
  );
  return [ofPod, ...ofContainers].filter(({ context }) => context !== undefined);
}

function namespaceRanges(object: KubeObject): Finding[] {
  if (object.kind !== 'Namespace') return [];
  const ranges = idRangeAnnotations
    .map(key => textAt(object, 'metadata', 'annotations', key))
    .filter(range => range !== undefined);
  return ranges.length === 0
    ? []
    : [finding('id-ranges-dropped', { ranges: ranges.join(', ') }, refOf(object))];
}

function generatedSecretsOf(object: KubeObject): Finding[] {
  if (object.kind === 'ServiceAccount') return accountSecrets(object);
  const path = podSpecPath(object);
  if (path === undefined) return [];
  const pulls = listAt(object, ...path, 'imagePullSecrets').map(secret => textAt(secret, 'name') ?? '');
  const mounted = listAt(object, ...path, 'volumes').map(
    volume => textAt(volume, 'secret', 'secretName') ?? '',
  );
  const account = textAt(object, ...path, 'serviceAccountName') ?? 'default';
  const used = [...pulls, ...mounted].filter(
    name => isGeneratedDockercfgName(name) || isGeneratedSecretName(name, account),
  );
  return [...new Set(used)].map(secret => finding('generated-secret-used', { secret }, refOf(object)));
}

function accountSecrets(account: KubeObject): Finding[] {
  const names = [...listAt(account, 'secrets'), ...listAt(account, 'imagePullSecrets')]
    .map(reference => textAt(reference, 'name') ?? '')
    .filter(name => isGeneratedSecretName(name, account.metadata.name));
  if (names.length === 0) return [];
  return [finding('generated-secrets-dropped', { names: [...new Set(names)].join(', ') }, refOf(account))];
}

function routeHost(object: KubeObject): Finding[] {
  const host = textAt(object, 'spec', 'host');
  if (object.kind !== 'Route' || host === undefined || host === '') return [];
  const generated = textAt(object, 'metadata', 'annotations', 'openshift.io/host.generated') === 'true';
  return [finding(generated ? 'route-host-generated' : 'route-host-fixed', { host }, refOf(object))];
}

function ownersOf(object: KubeObject, carried: ReadonlySet<string>): Finding[] {
  return (object.metadata.ownerReferences ?? []).map(reference => {
    const owner = formatRef(reference);
    const code = carried.has(reference.uid) ? 'owner-dropped' : 'owner-not-exported';
    return finding(code, { owner }, refOf(object));
  });
}

function claimData(object: KubeObject): Finding[] {
  if (object.kind !== 'PersistentVolumeClaim') return [];
  const volume = textAt(object, 'spec', 'volumeName') ?? '';
  const found = volume === '' ? [] : [finding('volume-data-missing', { volume }, refOf(object))];
  const source = fieldsAt(object, 'spec', 'dataSourceRef');
  const legacy = fieldsAt(object, 'spec', 'dataSource');
  const named = Object.keys(source).length > 0 ? source : legacy;
  const [kind, name] = [textAt(named, 'kind'), textAt(named, 'name')];
  if (kind === undefined || name === undefined) return found;
  return [...found, finding('data-source-dropped', { source: formatRef({ kind, name }) }, refOf(object))];
}

function serviceAddresses(object: KubeObject): Finding[] {
  if (object.kind !== 'Service' || object.apiVersion !== 'v1') return [];
  const found: Finding[] = [];
  const address = textAt(object, 'spec', 'clusterIP') ?? '';
  if (address !== '' && address !== 'None') {
    found.push(finding('service-address-dropped', { address }, refOf(object)));
  }
  const ports = [
    ...listAt(object, 'spec', 'ports').map(port => valueAt(port, 'nodePort')),
    valueAt(object, 'spec', 'healthCheckNodePort'),
  ].filter(port => typeof port === 'number' && port > 0);
  if (ports.length > 0) {
    found.push(finding('node-port-dropped', { ports: ports.join(', ') }, refOf(object)));
  }
  const outside = [...listAt(object, 'spec', 'externalIPs'), textAt(object, 'spec', 'loadBalancerIP') ?? ''];
  const addresses = outside.filter(each => typeof each === 'string' && each !== '').join(', ');
  if (addresses !== '') found.push(finding('service-external-address', { addresses }, refOf(object)));
  return found;
}

/**
 * Finalizers that the API server sets by itself, or that belong to a deletion under way; an object is created
 * without them.
 */
const transientFinalizers = new Set([
  'kubernetes.io/pvc-protection',
  'kubernetes.io/pv-protection',
  'foregroundDeletion',
  'orphan',
  'batch.kubernetes.io/job-tracking',
  'service.kubernetes.io/load-balancer-cleanup',
  'openshift.io/origin',
]);

/** The finalizers that come along. */
export function lastingFinalizers(object: KubeObject): string[] {
  return (object.metadata.finalizers ?? []).filter(name => !transientFinalizers.has(name));
}

function keptFinalizers(object: KubeObject): Finding[] {
  const finalizers = lastingFinalizers(object).join(', ');
  return finalizers === '' ? [] : [finding('finalizers-kept', { finalizers }, refOf(object))];
}

/** Whether this Secret holds what somebody put into it. */
export function isOwnSecret(object: KubeObject): boolean {
  return object.kind === 'Secret' && object.apiVersion === 'v1' && generatedSecret(object) === undefined;
}
