import type { KubeObject } from '#kube/objects.ts';
import { messageOfKind } from './tables.ts';

/** Plurals that no rule makes. */
const irregular: Readonly<Record<string, string>> = {
  Endpoints: 'endpoints',
  SecurityContextConstraints: 'securitycontextconstraints',
};

/**
 * The plural by which an API serves a stored object. Custom resources have it in their key; built-in kinds are kept under
 * names of their own (`minions`, `services/specs`), so theirs is made from the kind.
 */
export function resourceOf({ apiVersion, kind, metadata }: KubeObject, path: string): string {
  if (messageOfKind(apiVersion, kind) !== undefined) return irregular[kind] ?? pluralOf(kind.toLowerCase());
  const segments = path.split('/');
  const behind = metadata.namespace === undefined || metadata.namespace === '' ? 2 : 3;
  return segments.at(-behind) ?? pluralOf(kind.toLowerCase());
}

function pluralOf(singular: string): string {
  if (/(?:s|x|ch|sh)$/.test(singular)) return `${singular}es`;
  return /[^aeiou]y$/.test(singular) ? `${singular.slice(0, -1)}ies` : `${singular}s`;
}

/** What API servers keep for themselves though it looks like objects: leases of their addresses, allocations. */
export function isInternal(path: string): boolean {
  return /^\/[^/]+\/(?:masterleases|peerserverleases|ranges)\//.test(path);
}
