import {
  edited,
  editedEach,
  fieldsAt,
  filtered,
  isFields,
  listAt,
  textAt,
  valueAt,
  without,
} from '../fields.ts';
import type { KubeObject } from '../objects.ts';
import { isGeneratedSecretName } from './generated-names.ts';
import { requestedNodePorts } from './node-ports.ts';

/**
 * Cleaners for objects that run no pods. Like every cleaner they return a copy (or the object itself where there
 * is nothing to clean) and can be applied twice.
 */

export interface CleanServiceOptions {
  /**
   * `keep-requested` (Velero's way, the default): only the node ports that somebody asked for, as far as the
   * last-applied annotation or managedFields tell; so clean before dropping managedFields. `keep` (Velero's
   * `preserveNodePorts`): all. `drop` (what `oc export` did): none.
   */
  readonly nodePorts?: 'keep-requested' | 'keep' | 'drop' | undefined;
  /** Leave the address family of a single-stack service to the cluster that it is created in. */
  readonly dropIpFamilies?: boolean | undefined;
}

/** A Service without the addresses and ports that its cluster gave it. A headless service stays headless. */
export function cleanService(service: KubeObject, options: CleanServiceOptions = {}): KubeObject {
  let clean = edited(service, ['spec', 'clusterIP'], ip => (ip === 'None' ? ip : undefined));
  clean = edited(clean, ['spec', 'clusterIPs'], ips =>
    Array.isArray(ips) && ips[0] === 'None' ? ips : undefined,
  );
  if (options.dropIpFamilies === true && valueAt(service, 'spec', 'ipFamilyPolicy') === 'SingleStack') {
    clean = without(without(clean, 'spec', 'ipFamilies'), 'spec', 'ipFamilyPolicy');
  }
  return withoutNodePorts(clean, options.nodePorts ?? 'keep-requested');
}

function withoutNodePorts(service: KubeObject, which: 'keep-requested' | 'keep' | 'drop'): KubeObject {
  if (which === 'keep' || valueAt(service, 'spec', 'type') === 'ExternalName') return service;
  const requested = which === 'drop' ? undefined : requestedNodePorts(service);
  const clean = editedEach(service, ['spec', 'ports'], port =>
    isFields(port) && requested?.port(port) !== true ? without(port, 'nodePort') : port,
  );
  return requested?.healthCheck === true ? clean : without(clean, 'spec', 'healthCheckNodePort');
}

const bindAnnotations = new Set(['pv.kubernetes.io/bind-completed', 'pv.kubernetes.io/bound-by-controller']);
const provisionerAnnotations = new Set([
  'volume.beta.kubernetes.io/storage-provisioner',
  'volume.kubernetes.io/storage-provisioner',
  'volume.kubernetes.io/selected-node',
  'volume.alpha.kubernetes.io/selected-node',
]);

export interface CleanPersistentVolumeClaimOptions {
  /** Keep `volumeName`: the claim is to bind to the volume of that name, which is created too. */
  readonly keepVolumeName?: boolean | undefined;
  /** Drop `dataSource` and `dataSourceRef`: what they name is not there where the claim is created. */
  readonly dropDataSource?: boolean | undefined;
}

/** A PersistentVolumeClaim that is bound to nothing yet. */
export function cleanPersistentVolumeClaim(
  claim: KubeObject,
  options: CleanPersistentVolumeClaimOptions = {},
): KubeObject {
  let clean = filtered(
    claim,
    ['metadata', 'annotations'],
    key => !bindAnnotations.has(key) && !provisionerAnnotations.has(key),
  );
  if (options.keepVolumeName !== true) clean = without(clean, 'spec', 'volumeName');
  if (options.dropDataSource === true) {
    clean = without(without(clean, 'spec', 'dataSource'), 'spec', 'dataSourceRef');
  }
  return clean;
}

/**
 * A PersistentVolume that waits for the claim it was bound to (its `claimRef` names it, without identity), or,
 * with `dropClaim`, for any.
 */
export function cleanPersistentVolume(
  volume: KubeObject,
  options: { readonly dropClaim?: boolean | undefined } = {},
): KubeObject {
  const clean = filtered(volume, ['metadata', 'annotations'], key => !bindAnnotations.has(key));
  if (options.dropClaim === true) return without(clean, 'spec', 'claimRef');
  return without(without(clean, 'spec', 'claimRef', 'uid'), 'spec', 'claimRef', 'resourceVersion');
}

/** A ServiceAccount without references to the secrets that controllers made for it and will make again. */
export function cleanServiceAccount(account: KubeObject): KubeObject {
  const generated = (reference: unknown): boolean =>
    isGeneratedSecretName(textAt(reference, 'name') ?? '', account.metadata.name);
  let clean = filtered(
    account,
    ['metadata', 'annotations'],
    key => key !== 'openshift.io/internal-registry-pull-secret-ref',
  );
  for (const field of ['secrets', 'imagePullSecrets']) {
    if (!listAt(account, field).some(generated)) continue;
    clean = edited(clean, [field], references => {
      const kept = (references as unknown[]).filter(reference => !generated(reference));
      return kept.length === 0 ? undefined : kept;
    });
  }
  return clean;
}

/**
 * A service-account token secret that somebody made, without the token, which the cluster writes again for the
 * account of that name. Any other secret is returned as it is. Generated secrets should not be created again at
 * all: see `generatedSecret` in `generated-names.ts`.
 */
export function cleanSecret(secret: KubeObject): KubeObject {
  if (secret['type'] !== 'kubernetes.io/service-account-token') return secret;
  const clean = filtered(
    secret,
    ['metadata', 'annotations'],
    key => key !== 'kubernetes.io/service-account.uid',
  );
  const written = new Set(['token', 'ca.crt', 'namespace', 'service-ca.crt']);
  return filtered(
    filtered(clean, ['metadata', 'labels'], key => key !== 'kubernetes.io/legacy-token-last-used'),
    ['data'],
    key => !written.has(key),
  );
}

/** OpenShift's namespace annotations that hold ranges allocated from the cluster (`openshift.io/sa.scc.*`). */
export const idRangeAnnotations = [
  'openshift.io/sa.scc.mcs',
  'openshift.io/sa.scc.supplemental-groups',
  'openshift.io/sa.scc.uid-range',
] as const;

/**
 * A Namespace that can be created under any name. With `dropIdRanges` the cluster allocates UID, group and MCS
 * ranges anew; otherwise it keeps the ones that its objects and files were made with.
 */
export function cleanNamespace(
  namespace: KubeObject,
  options: { readonly dropIdRanges?: boolean | undefined } = {},
): KubeObject {
  let clean = without(namespace, 'spec', 'finalizers');
  clean = edited(clean, ['spec'], spec =>
    isFields(spec) && Object.keys(spec).length === 0 ? undefined : spec,
  );
  clean = filtered(clean, ['metadata', 'labels'], key => key !== 'kubernetes.io/metadata.name');
  if (options.dropIdRanges !== true) return clean;
  const ranges = new Set<string>(idRangeAnnotations);
  return filtered(clean, ['metadata', 'annotations'], key => !ranges.has(key));
}

/** A Route whose host the router generates anew where it was generated; a host that somebody chose stays. */
export function cleanRoute(route: KubeObject): KubeObject {
  const generated = 'openshift.io/host.generated';
  if (textAt(route, 'metadata', 'annotations', generated) !== 'true') return route;
  return filtered(without(route, 'spec', 'host'), ['metadata', 'annotations'], key => key !== generated);
}

/** An ImageStream without the generation of each of its tags, which the server counts. */
export function cleanImageStream(stream: KubeObject): KubeObject {
  const clean = filtered(
    stream,
    ['metadata', 'annotations'],
    key => key !== 'openshift.io/image.dockerRepositoryCheck',
  );
  return editedEach(clean, ['spec', 'tags'], tag => (isFields(tag) ? without(tag, 'generation') : tag));
}

/** Endpoints without the identities of the pods behind the addresses and without the controller's time stamp. */
export function cleanEndpoints(endpoints: KubeObject): KubeObject {
  const stamp = 'endpoints.kubernetes.io/last-change-trigger-time';
  const clean = filtered(endpoints, ['metadata', 'annotations'], key => key !== stamp);
  return editedEach(clean, ['subsets'], subset => {
    if (!isFields(subset)) return subset;
    return ['addresses', 'notReadyAddresses'].reduce<object>(
      (at, field) =>
        editedEach(at, [field], address => (isFields(address) ? withoutIdentity(address) : address)),
      subset,
    );
  });
}

function withoutIdentity(address: object): object {
  if (Object.keys(fieldsAt(address, 'targetRef')).length === 0) return address;
  return without(without(address, 'targetRef', 'uid'), 'targetRef', 'resourceVersion');
}
