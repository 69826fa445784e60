import type { GroupResource } from '#kube/objects.ts';

/** Objects that an API server shows in two groups: which two names are the same objects. */
const pairs: readonly (readonly [GroupResource, GroupResource])[] = [
  ['deployments.apps', 'deployments.extensions'],
  ['daemonsets.apps', 'daemonsets.extensions'],
  ['replicasets.apps', 'replicasets.extensions'],
  ['networkpolicies.networking.k8s.io', 'networkpolicies.extensions'],
  ['events', 'events.events.k8s.io'],
];

const twins = new Map(pairs.flatMap(([a, b]) => [[a, b] as const, [b, a] as const]));

/** The other name of the same objects, where they have one. */
export function twinOf(name: GroupResource): GroupResource | undefined {
  return twins.get(name);
}
