import type { ResourceType } from './objects.ts';

/** Secrets, which every API server has in this version: read by name, without discovery. */
export const secretType: ResourceType = {
  group: '',
  version: 'v1',
  resource: 'secrets',
  kind: 'Secret',
  namespaced: true,
  verbs: ['get'],
  shortNames: [],
  singular: 'secret',
};
