import { cleanServiceAccount } from '#kube/cleaning/cleaning-resources.ts';
import { generatedSecret } from '#kube/cleaning/generated-names.ts';
import { isFields, listAt, textAt, valueAt } from '#kube/fields.ts';
import { type KubeObject, type OwnerReference, parseApiVersion } from '#kube/objects.ts';
import { formatRef, refOf } from './object-ref.ts';
import type { Skipped, SkipReason } from './reasons.ts';

/** What the decision about one object may depend on beside the object. */
export interface PolicyContext {
  /** Names of the Services that have a selector. */
  readonly selectorServices: ReadonlySet<string>;
  /**
   * Keep what a controller makes again and what has finished: pods, ReplicaSets, builds and the like. Secrets and
   * config maps that the cluster generates are left out all the same.
   */
  readonly keepGenerated: boolean;
}

interface Verdict {
  readonly reason: SkipReason;
  readonly by?: string | undefined;
}

type Rule = (object: KubeObject, context: PolicyContext) => Verdict | undefined;

/** Whether an object has no place in an export, and why; `undefined` where it belongs in it. */
export function whySkipped(object: KubeObject, context: PolicyContext): Skipped | undefined {
  for (const rule of context.keepGenerated ? always : [...always, ...unlessKept]) {
    const verdict = rule(object, context);
    if (verdict !== undefined) return { object: refOf(object), ...verdict };
  }
  return undefined;
}

export function contextFor(objects: Iterable<KubeObject>, keepGenerated = false): PolicyContext {
  const selectorServices = new Set<string>();
  for (const object of objects) {
    const selector = valueAt(object, 'spec', 'selector');
    const isService = object.kind === 'Service' && object.apiVersion === 'v1';
    if (isService && isFields(selector) && Object.keys(selector).length > 0) {
      selectorServices.add(object.metadata.name);
    }
  }
  return { selectorServices, keepGenerated };
}

/** The owner that makes the object again: the one with `controller: true`. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find(owner => owner.controller === true);
}

function groupOf(object: KubeObject): string {
  return parseApiVersion(object.apiVersion).group;
}

function annotation(object: KubeObject, key: string): string | undefined {
  return textAt(object, 'metadata', 'annotations', key);
}

function deleting(object: KubeObject): Verdict | undefined {
  return object.metadata.deletionTimestamp === undefined ? undefined : { reason: 'deleting' };
}

function generatedSecrets(object: KubeObject): Verdict | undefined {
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1') return undefined;
  const generated = generatedSecret(object);
  if (generated !== undefined) return { reason: generated };
  const service = servingCertService(object);
  return service === undefined
    ? undefined
    : { reason: 'service-serving-cert', by: formatRef({ kind: 'Service', name: service }) };
}

/** The Service whose serving certificate this secret holds (service.{alpha,beta}.openshift.io annotations). */
function servingCertService(secret: KubeObject): string | undefined {
  return (
    annotation(secret, 'service.beta.openshift.io/originating-service-name') ??
    annotation(secret, 'service.alpha.openshift.io/originating-service-name')
  );
}

const injected = new Set(['kube-root-ca.crt', 'openshift-service-ca.crt']);

function injectedConfigMaps(object: KubeObject): Verdict | undefined {
  return object.kind === 'ConfigMap' && injected.has(object.metadata.name)
    ? { reason: 'injected-ca' }
    : undefined;
}

const defaultAccounts = new Set(['default', 'builder', 'deployer']);

/** A default account is worth a file only where somebody changed it: pull secrets, annotations, labels. */
function defaultServiceAccounts(object: KubeObject): Verdict | undefined {
  if (object.kind !== 'ServiceAccount' || !defaultAccounts.has(object.metadata.name)) return undefined;
  const clean = cleanServiceAccount(object);
  const bare =
    listAt(clean, 'secrets').length === 0 &&
    listAt(clean, 'imagePullSecrets').length === 0 &&
    clean['automountServiceAccountToken'] === undefined &&
    Object.keys(clean.metadata.annotations ?? {}).length === 0 &&
    Object.keys(clean.metadata.labels ?? {}).length === 0;
  return bare ? { reason: 'default-service-account' } : undefined;
}

function mirrorPods(object: KubeObject): Verdict | undefined {
  return object.kind === 'Pod' && annotation(object, 'kubernetes.io/config.mirror') !== undefined
    ? { reason: 'mirror-pod' }
    : undefined;
}

function leases(object: KubeObject): Verdict | undefined {
  return object.kind === 'Lease' && groupOf(object) === 'coordination.k8s.io'
    ? { reason: 'lease' }
    : undefined;
}

function volumeSnapshots(object: KubeObject): Verdict | undefined {
  return groupOf(object).endsWith('snapshot.storage.k8s.io') ? { reason: 'volume-snapshot' } : undefined;
}

/** Endpoints of a Service with a selector, and every slice that a controller manages (also of plain Endpoints). */
function serviceEndpoints(object: KubeObject, { selectorServices }: PolicyContext): Verdict | undefined {
  const { name } = object.metadata;
  if (object.kind === 'Endpoints' && object.apiVersion === 'v1') {
    return selectorServices.has(name) ? derived(name) : undefined;
  }
  if (object.kind !== 'EndpointSlice') return undefined;
  const manager = object.metadata.labels?.['endpointslice.kubernetes.io/managed-by'] ?? '';
  const service = object.metadata.labels?.['kubernetes.io/service-name'] ?? '';
  const managed = manager.endsWith('.k8s.io') || selectorServices.has(service);
  return managed ? derived(service) : undefined;
}

function derived(service: string): Verdict {
  return { reason: 'service-endpoints', by: formatRef({ kind: 'Service', name: service }) };
}

function controllerRevisions(object: KubeObject): Verdict | undefined {
  return object.kind === 'ControllerRevision' && groupOf(object) === 'apps'
    ? { reason: 'controller-revision' }
    : undefined;
}

/**
 * Kinds that a controller makes again from its owner without loss. Others with a controller (a Secret that an
 * operator generated, a claim of a StatefulSet) hold state and are kept.
 */
const remade = new Set(['Pod', 'ReplicaSet', 'ReplicationController', 'Job', 'Build']);

function controlled(object: KubeObject): Verdict | undefined {
  const owner = controllerOf(object);
  return owner !== undefined && remade.has(object.kind)
    ? { reason: 'controlled', by: formatRef(owner) }
    : undefined;
}

function finished(object: KubeObject): Verdict | undefined {
  const phase = textAt(object, 'status', 'phase') ?? '';
  if (object.kind === 'Pod' && ['Succeeded', 'Failed'].includes(phase)) return { reason: 'finished-pod' };
  if (object.kind === 'Build' && ['Complete', 'Failed', 'Error', 'Cancelled'].includes(phase)) {
    return { reason: 'finished-build' };
  }
  const ended = (condition: unknown): boolean =>
    ['Complete', 'Failed'].includes(textAt(condition, 'type') ?? '') &&
    textAt(condition, 'status') === 'True';
  return object.kind === 'Job' && listAt(object, 'status', 'conditions').some(ended)
    ? { reason: 'finished-job' }
    : undefined;
}

const always: readonly Rule[] = [
  deleting,
  generatedSecrets,
  injectedConfigMaps,
  defaultServiceAccounts,
  mirrorPods,
  leases,
  volumeSnapshots,
  serviceEndpoints,
];

const unlessKept: readonly Rule[] = [controllerRevisions, controlled, finished];
