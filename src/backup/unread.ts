import { groupResource } from '#kube/objects.ts';
import type { UnreadValue } from '#kube/resource-reader.ts';
import { definitions } from './collect/definitions.ts';
import type { Inventory } from './collect/inventory.ts';
import type { ResourceFilter } from './filters/resources.ts';
import { accountTypes } from './related/reader.ts';
import type { BackupRequest } from './request.ts';

/** What is asked for, and what was found of it. */
export interface Asking {
  readonly request: Pick<BackupRequest, 'namespaces'>;
  readonly resources: ResourceFilter;
  readonly inventory: Inventory;
}

/**
 * Whether a value that could not be read may be of what is asked for: its labels nobody knows. What only comes along
 * counts where an object of the backup names it.
 */
export function isAsked({ place }: UnreadValue, { request, resources, inventory }: Asking): boolean {
  if (place === undefined) return true;
  const { type, namespace = '', name } = place;
  const resource = groupResource(type);
  if (resource === 'namespaces') return request.namespaces.includes(name);
  const scope = resources.scope(type);
  if (scope === 'none' || (type.namespaced && !request.namespaces.includes(namespace))) return false;
  if (scope === 'all' || inventory.misses(resource, { name })) return true;
  if (resource === definitions) return inventory.types.some(each => groupResource(each) === name);
  return namesOthers.has(resource) && inventory.types.some(each => groupResource(each) === 'serviceaccounts');
}

/** These say themselves which accounts they belong to. */
const namesOthers: ReadonlySet<string> = new Set([accountTypes.bindings, accountTypes.constraints]);
