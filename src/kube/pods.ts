import type { ResourceType } from './objects.ts';

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
