import type { UnreadPlace } from '#kube/resource-reader.ts';
import { pluralOf } from './resource-names.ts';
import { storedKinds } from './stored-kinds.ts';

/**
 * What a key alone tells of the object under it; `undefined` where that is nothing. Custom types have their group and plural in
 * it. Of built-in ones, those in namespaces have one part more than the others, and their groups are known.
 */
export function placeOfKey(path: string): UnreadPlace | undefined {
  const [, , first = '', second = '', ...rest] = path.split('/');
  if (first.includes('.')) return placed({ group: first, resource: second }, rest);
  const nested = nestedNames.get(`${first}/${second}`);
  if (nested !== undefined) return placed(typeNamed(nested), rest);
  return second === '' ? undefined : placed(typeNamed(otherNames.get(first) ?? first), [second, ...rest]);
}

type Type = Pick<UnreadPlace['type'], 'group' | 'resource'>;

function placed(type: Type | undefined, parts: readonly string[]): UnreadPlace | undefined {
  if (type === undefined || parts.length === 0 || parts.length > 2) return undefined;
  const [name = '', namespace] = parts.toReversed();
  return namespace === undefined
    ? { type: { ...type, namespaced: false }, name }
    : { type: { ...type, namespaced: true }, namespace, name };
}

/** Kept under another name than the plural. Source: `k8s.io/kubernetes/pkg/kubeapiserver`, `pkg/registry`; OpenShift's API servers. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ['minions', 'nodes'],
  ['controllers', 'replicationcontrollers'],
  ['ingress', 'ingresses'],
  ['useridentities', 'identities'],
  ['podsecuritypolicy', 'podsecuritypolicies'],
]);

/** Kept one level deeper. */
const nestedNames: ReadonlyMap<string, string> = new Map([
  ['services/specs', 'services'],
  ['services/endpoints', 'endpoints'],
  ['oauth/accesstokens', 'oauthaccesstokens'],
  ['oauth/authorizetokens', 'oauthauthorizetokens'],
  ['oauth/clients', 'oauthclients'],
  ['oauth/clientauthorizations', 'oauthclientauthorizations'],
]);

/** That old clusters have, and that there are no tables for. */
const former: readonly (readonly [resource: string, group: string])[] = [
  ['podsecuritypolicies', 'policy'],
  ['podpresets', 'settings.k8s.io'],
  ['securitycontextconstraints', 'security.openshift.io'],
];

let groups: ReadonlyMap<string, string> | undefined;

function typeNamed(resource: string): Type | undefined {
  groups ??= readGroups();
  const group = groups.get(resource);
  return group === undefined ? undefined : { group, resource };
}

function readGroups(): ReadonlyMap<string, string> {
  const found = new Map<string, string>(former);
  for (const { group, kind } of storedKinds()) found.set(pluralOf(kind), group);
  return found;
}
