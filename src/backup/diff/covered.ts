import type { StoredBackup } from '#api/velero/backup.ts';
import { veleroLabels } from '#api/velero/names.ts';
import type { Archive } from '#archive/contents/archive.ts';
import type { Discovery } from '#kube/discovery.ts';
import {
  formatKey,
  groupResource,
  type KubeObject,
  type ObjectKey,
  type ResourceType,
} from '#kube/objects.ts';
import { matches } from '#kube/selectors.ts';
import { chooseTypes } from '../collect/types.ts';
import { resourceFilter } from '../filters/resources.ts';
import { readRequest } from '../request.ts';
import { isNamespaces } from './request.ts';

/** Which objects of the live cluster a backup of the same spec would hold. */
export interface Coverage {
  /** Whether there can be any of the type. */
  type(type: ResourceType): boolean;
  /** `key`: as the backup calls it. */
  object(type: ResourceType, object: KubeObject, key: ObjectKey): boolean;
}

/**
 * What a backup covers of a live cluster: the objects that it holds, and those that its filters would take today. Its
 * resource policy, if it has one, is not asked.
 */
export function coverageOf(
  backup: StoredBackup,
  archive: Pick<Archive, 'keys'>,
  discovery: Discovery,
): Coverage {
  const spec = backup.spec ?? {};
  const { namespaces, selectors } = readRequest({ ...backup, metadata: backup.metadata, spec });
  const { filter } = resourceFilter(spec, discovery, namespaces.everything);
  const listed = new Set(chooseTypes(discovery, filter).types.map(groupResource));
  const holds = keysOf(archive);
  const isTaken = (type: ResourceType, { metadata }: KubeObject, { namespace }: ObjectKey): boolean => {
    if (metadata.labels?.[veleroLabels.excludeFromBackup] === 'true') return false;
    if (metadata.deletionTimestamp !== undefined) return false;
    const place = isNamespaces(type) ? metadata.name : namespace;
    if (place !== undefined && !namespaces.includes(place)) return false;
    if (!isNamespaces(type) && !listed.has(groupResource(type))) return false;
    return selectors.length === 0 || selectors.some(selector => matches(selector, metadata.labels));
  };
  return {
    type: type => isNamespaces(type) || listed.has(groupResource(type)) || holds(type).size > 0,
    object: (type, object, key) => holds(type).has(formatKey(key)) || isTaken(type, object, key),
  };
}

/** The keys of one type at a time, so that memory does not hold those of all. */
function keysOf(archive: Pick<Archive, 'keys'>): (type: ResourceType) => ReadonlySet<string> {
  let last: { readonly name: string; readonly keys: ReadonlySet<string> } | undefined;
  return type => {
    const name = groupResource(type);
    if (last?.name !== name) last = { name, keys: new Set([...archive.keys(type)].map(formatKey)) };
    return last.keys;
  };
}
