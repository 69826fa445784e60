import { listAt, textAt } from '../fields.ts';
import type { KubeObject, ResourceType } from '../objects.ts';

/** The type of pods: the same in every Kubernetes, so that their subresources need no discovery. */
export const podType: ResourceType = {
  group: '',
  version: 'v1',
  resource: 'pods',
  kind: 'Pod',
  namespaced: true,
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  shortNames: ['po'],
  singular: 'pod',
};

/** Whether a pod's containers have run to their end, so that nothing can be run in them. */
export function hasEnded(pod: KubeObject): boolean {
  const phase = textAt(pod, 'status', 'phase');
  return phase === 'Succeeded' || phase === 'Failed';
}

/** The names of the containers that run as long as the pod does: its own, then the init containers that stay as sidecars. */
export function lastingContainers(pod: KubeObject): string[] {
  const sidecars = listAt(pod, 'spec', 'initContainers').filter(
    container => textAt(container, 'restartPolicy') === 'Always',
  );
  return [...listAt(pod, 'spec', 'containers'), ...sidecars]
    .map(container => textAt(container, 'name'))
    .filter(name => name !== undefined);
}
