import type { KubeObject } from '#kube/objects.ts';
import { messageOfKind } from './tables.ts';

/** Plurals that no rule makes. */
const irregular: ReadonlyMap<string, string> = new Map([
  ['Endpoints', 'endpoints'],
  ['SecurityContextConstraints', 'securitycontextconstraints'],
]);

/**
 * The plural by which an API serves a stored object. Custom resources have it in their key; built-in kinds are kept under
 * names of their own (`minions`, `services/specs`), so theirs is made from the kind.
 */
export function resourceOf(object: KubeObject, path: string): string {
  const { apiVersion, kind } = object;
  if (messageOfKind(apiVersion, kind) !== undefined) return pluralOf(kind);
  const segments = path.split('/');
  const behind = namespaceIn(object, path) === '' ? 2 : 3;
  return segments.at(-behind) ?? pluralOf(kind);
}

/** The plural of a kind, where no one says another. */
export function pluralOf(kind: string): string {
  const known = irregular.get(kind);
  if (known !== undefined) return known;
  const singular = kind.toLowerCase();
  if (/(?:s|x|ch|sh)$/.test(singular)) return `${singular}es`;
  return /[^aeiou]y$/.test(singular) ? `${singular.slice(0, -1)}ies` : `${singular}s`;
}

/** The namespace of an object whose key has it before the name; empty for others, whatever they say. */
export function namespaceIn({ metadata: { namespace = '' } }: KubeObject, path: string): string {
  const last = path.lastIndexOf('/');
  return path.slice(path.lastIndexOf('/', last - 1) + 1, last) === namespace ? namespace : '';
}

/** What API servers keep for themselves though it looks like objects: leases of their addresses, allocations. */
export function isInternal(path: string): boolean {
  return /^\/[^/]+\/(?:masterleases|peerserverleases|ranges)\//.test(path);
}
