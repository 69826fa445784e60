import type { BackupSpec } from '#api/velero/backup.ts';
import type { Discovery } from '#kube/discovery.ts';
import type { KubeObject, ResourceType } from '#kube/objects.ts';
import { matches } from '#kube/selectors.ts';
import { raise } from '../errors.ts';
import { resourceFilter } from '../filters/resources.ts';
import { readRequest } from '../request.ts';

/** What of two sources is compared. */
export interface DifferenceRequest {
  /** The name of what is compared, for messages. */
  readonly name: string;
  /** The filters, as a Backup has them; namespaces as the first source calls them. */
  readonly filters: BackupSpec;
  /** Where a namespace of the first source is in the second. */
  readonly mapping: ReadonlyMap<string, string>;
  /** The object with its namespaces, and those that it names, as the second source has them. */
  readonly mapped: (object: KubeObject, map: (namespace: string) => string) => KubeObject;
  /** Compare the status, too. */
  readonly status: boolean;
}

/** Whether an object is one of those that are asked for; its namespace as the first source calls it. */
export type Chosen = (type: ResourceType, object: KubeObject, namespace: string | undefined) => boolean;

/**
 * Compiles the filters against the types of both sources. Throws `backup.invalid` with everything that is wrong with
 * them. Pure.
 */
export function readChoice({ name, filters }: DifferenceRequest, discovery: Discovery): Chosen {
  const wanted = { apiVersion: 'velero.io/v1', kind: 'Backup', metadata: { name }, spec: filters } as const;
  const { namespaces, selectors } = readRequest(wanted);
  const { filter, problems } = resourceFilter(filters, discovery, namespaces.everything);
  if (problems.length > 0) throw raise.invalid({ name, problems });
  return (type, { metadata }, namespace) => {
    const place = isNamespaces(type) ? metadata.name : namespace;
    if (place !== undefined && !namespaces.includes(place)) return false;
    if (!isNamespaces(type) && filter.scope(type) !== 'all') return false;
    return selectors.length === 0 || selectors.some(selector => matches(selector, metadata.labels));
  };
}

/** Whether this is the type of namespaces. */
export function isNamespaces({ group, resource }: ResourceType): boolean {
  return group === '' && resource === 'namespaces';
}
