import { generatedSecret } from '#kube/cleaning/generated-names.ts';
import { isFields, listAt, textAt, valueAt } from '#kube/fields.ts';
import { groupResource, type KubeObject } from '#kube/objects.ts';
import type { Item } from '../item.ts';
import type { Skip } from './decision.ts';
import { openshiftRules } from './leave-out-openshift.ts';
import type { SkipReason } from './reasons.ts';

/** One policy: why an item is not created, or `undefined` where the policy does not speak of it. Pure. */
export type Rule = (item: Item) => SkipReason | undefined;

/** Why an item has no place in a restore; `undefined` where it is restored. */
export function whyLeftOut(item: Item): Skip | undefined {
  for (const rule of rules) {
    const reason = rule(item);
    if (reason !== undefined) return { action: 'skip', reason, ...byMaker(reason, item) };
  }
  return undefined;
}

function byMaker(reason: SkipReason, { facts: { maker } }: Item): { by?: string } {
  return reason === 'made-again' && maker !== undefined ? { by: `${maker.kind} ${maker.metadata.name}` } : {};
}

/** The type's `resource.group` name. */
function nameOf({ type }: Item): string {
  return groupResource(type);
}

function annotation(object: KubeObject, key: string): string | undefined {
  return textAt(object, 'metadata', 'annotations', key);
}

function mirrorPod(item: Item): SkipReason | undefined {
  const isMirror = annotation(item.object, 'kubernetes.io/config.mirror') !== undefined;
  return nameOf(item) === 'pods' && isMirror ? 'mirror-pod' : undefined;
}

function finishedPod(item: Item): SkipReason | undefined {
  const phase = textAt(item.object, 'status', 'phase') ?? '';
  return nameOf(item) === 'pods' && ['Succeeded', 'Failed'].includes(phase) ? 'finished' : undefined;
}

function finishedJob(item: Item): SkipReason | undefined {
  if (nameOf(item) !== 'jobs.batch') return undefined;
  const ended = (condition: unknown): boolean =>
    ['Complete', 'Failed'].includes(textAt(condition, 'type') ?? '') &&
    textAt(condition, 'status') === 'True';
  const completed = textAt(item.object, 'status', 'completionTime') !== undefined;
  return completed || listAt(item.object, 'status', 'conditions').some(ended) ? 'finished' : undefined;
}

/** What is found about a maker is decided by `facts.ts`; here it only counts that there is one. */
function madeAgain({ facts }: Item): SkipReason | undefined {
  return facts.maker === undefined ? undefined : 'made-again';
}

/** Endpoints of a Service with a selector, every slice that a controller manages, and the API server's own. */
function serviceEndpoints(item: Item): SkipReason | undefined {
  const { object, facts } = item;
  const { namespace, name } = object.metadata;
  const ofServer = namespace === 'default' && name === 'kubernetes';
  if (nameOf(item) === 'endpoints') {
    const selector = valueAt(facts.service, 'spec', 'selector');
    const derived = isFields(selector) && Object.keys(selector).length > 0;
    return derived || ofServer ? 'service-endpoints' : undefined;
  }
  if (nameOf(item) !== 'endpointslices.discovery.k8s.io') return undefined;
  const manager = object.metadata.labels?.['endpointslice.kubernetes.io/managed-by'] ?? '';
  return manager.endsWith('.k8s.io') || ofServer ? 'service-endpoints' : undefined;
}

function generatedSecrets(item: Item): SkipReason | undefined {
  if (nameOf(item) !== 'secrets') return undefined;
  return generatedSecret(item.object) === undefined ? undefined : 'generated-secret';
}

const injected = new Set(['kube-root-ca.crt', 'openshift-service-ca.crt']);

function injectedConfigMap(item: Item): SkipReason | undefined {
  return nameOf(item) === 'configmaps' && injected.has(item.object.metadata.name) ? 'injected-ca' : undefined;
}

/** Aggregated APIs that the API server registers for its own types, and service addresses that it has given out. */
function clusterMade(item: Item): SkipReason | undefined {
  const labels = item.object.metadata.labels ?? {};
  if (nameOf(item) === 'apiservices.apiregistration.k8s.io')
    return 'kube-aggregator.kubernetes.io/automanaged' in labels ? 'cluster-made' : undefined;
  if (nameOf(item) !== 'ipaddresses.networking.k8s.io') return undefined;
  return 'ipaddress.kubernetes.io/managed-by' in labels ? 'cluster-made' : undefined;
}

/** Restored alone, a snapshot would show an empty claim, or own one of another cluster that it may delete. */
function volumeSnapshot({ type }: Item): SkipReason | undefined {
  const isSnapshot = type.resource === 'volumesnapshots' || type.resource === 'volumesnapshotcontents';
  return isSnapshot && type.group === 'snapshot.storage.k8s.io' ? 'volume-snapshot' : undefined;
}

/** How Velero moved a volume's data: a record that its own restore reads, and that would begin a backup anew. */
function dataMovement(item: Item): SkipReason | undefined {
  const isRecord = ['datauploads.velero.io', 'datadownloads.velero.io'].includes(nameOf(item));
  return isRecord ? 'data-movement' : undefined;
}

/** Without its data, a volume that goes with its claim cannot come back; its claim is given a new one. */
function volumeMadeAnew(item: Item): SkipReason | undefined {
  if (nameOf(item) !== 'persistentvolumes') return undefined;
  const captured = item.facts.volumeInfo?.backupMethod !== undefined;
  const deleted = textAt(item.object, 'spec', 'persistentVolumeReclaimPolicy') === 'Delete';
  return captured || deleted ? 'volume-made-anew' : undefined;
}

/** What was not asked for by itself is there already: there is nothing to say about how it differs. */
function servedDefinition({ facts }: Item): SkipReason | undefined {
  return facts.served === true ? 'definition-served' : undefined;
}

const rules: readonly Rule[] = [
  servedDefinition,
  mirrorPod,
  finishedPod,
  finishedJob,
  ...openshiftRules,
  madeAgain,
  serviceEndpoints,
  generatedSecrets,
  injectedConfigMap,
  clusterMade,
  volumeSnapshot,
  dataMovement,
  volumeMadeAnew,
];
