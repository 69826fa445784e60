import { recreatable } from '#kube/cleaning/cleaning.ts';
import { edited, filtered, isFields, without } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { lastingFinalizers } from './inspect.ts';

export interface PlainOptions {
  /** Keep the UID, group and MCS ranges of the Namespace, for a cluster where no other project has them. */
  readonly keepIdRanges?: boolean | undefined;
  /** Keep the node ports of Services, for a cluster where they are free. */
  readonly keepNodePorts?: boolean | undefined;
}

/** Annotations that kubectl, networks and admission write about one state of one object in one cluster. */
const bookkeeping = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'openshift.io/scc',
  'k8s.ovn.org/pod-networks',
  'k8s.v1.cni.cncf.io/network-status',
  'k8s.v1.cni.cncf.io/networks-status',
  'cni.projectcalico.org/containerID',
  'cni.projectcalico.org/podIP',
  'cni.projectcalico.org/podIPs',
]);

/**
 * An object as a file holds it: what somebody wrote, without a namespace, so that it can be created in any
 * project; what `oc get --export` stripped is gone.
 */
export function plainObject(object: KubeObject, options: PlainOptions = {}): KubeObject {
  const clean = recreatable(object, {
    service: { nodePorts: options.keepNodePorts === true ? 'keep' : 'drop', dropIpFamilies: true },
    claim: { dropDataSource: true },
    pod: { dropGeneratedPullSecrets: true },
    namespace: { dropIdRanges: options.keepIdRanges !== true },
  });
  const free = without(clean, 'metadata', 'namespace');
  const plain = filtered(free, ['metadata', 'annotations'], key => !bookkeeping.has(key));
  const finalizers = lastingFinalizers(plain);
  return withoutEmptyMaps(
    edited(plain, ['metadata', 'finalizers'], () => (finalizers.length === 0 ? undefined : finalizers)),
  );
}

function withoutEmptyMaps(object: KubeObject): KubeObject {
  return ['labels', 'annotations'].reduce(
    (at, field) =>
      edited(at, ['metadata', field], value =>
        isFields(value) && Object.keys(value).length === 0 ? undefined : value,
      ),
    object,
  );
}
