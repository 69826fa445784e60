import type { KubeApi } from '#kube/api.ts';
import type { ObjectKey, ResourceType } from '#kube/objects.ts';
import { typeNamed } from '../openshift/kinds.ts';

/** The types that a hosted control plane is made of. */
export interface HostedTypes {
  readonly hostedClusters: ResourceType;
  readonly controlPlanes: ResourceType;
  readonly nodePools: ResourceType;
  readonly namespaces: ResourceType;
  readonly secrets: ResourceType;
  readonly configMaps: ResourceType;
  readonly services: ResourceType;
  readonly pods: ResourceType;
  readonly deployments: ResourceType;
  readonly statefulSets: ResourceType;
}

export async function hostedTypes(client: KubeApi, signal?: AbortSignal): Promise<HostedTypes> {
  const named = (name: string): Promise<ResourceType> => typeNamed(client, name, signal);
  return {
    hostedClusters: await named('hostedclusters.hypershift.openshift.io'),
    controlPlanes: await named('hostedcontrolplanes.hypershift.openshift.io'),
    nodePools: await named('nodepools.hypershift.openshift.io'),
    namespaces: await named('namespaces'),
    secrets: await named('secrets'),
    configMaps: await named('configmaps'),
    services: await named('services'),
    pods: await named('pods'),
    deployments: await named('deployments.apps'),
    statefulSets: await named('statefulsets.apps'),
  };
}

export const hyperShiftVersion = 'hypershift.openshift.io/v1beta1';

/** The label of everything that runs for a control plane; its value is the control plane's namespace. */
export const controlPlaneLabel = 'hypershift.openshift.io/hosted-control-plane';
/** The label that says which part of a control plane it is: `etcd`, `kube-apiserver`. */
export const componentLabel = 'hypershift.openshift.io/control-plane-component';

/** Where the control plane of a HostedCluster runs. */
export function controlPlaneNamespace({ namespace = '', name }: ObjectKey): string {
  return `${namespace}-${name}`;
}
