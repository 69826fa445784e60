import type { Discovery } from '#kube/discovery.ts';
import { groupResource, type ObjectKey, type ResourceType } from '#kube/objects.ts';
import { compileNames } from '../request/names.ts';
import { neverRestored } from '../request/never-restored.ts';
import type { RestoreRequest } from '../request/request.ts';
import { isNamespaces, type Scope } from '../scope.ts';
import { resolveResource } from '../selection.ts';
import type { FilterReason } from './reasons.ts';

export interface Filtering {
  readonly request: RestoreRequest;
  readonly scope: Scope;
  readonly cluster: Discovery;
}

/** Which filter leaves an object out; `undefined` where only its labels can. Pure. */
export type WhyFiltered = (type: ResourceType, key: ObjectKey) => FilterReason | undefined;

/** Explains what the scope has decided: it says no reason exactly where the scope may have the object. */
export function compileFiltered({ request, scope, cluster }: Filtering): WhyFiltered {
  const known = { archived: scope.archived.all, cluster };
  const resolved = request.resources.excluded.map(name => resolveResource(name, known));
  const keepsType = compileNames({ included: [], excluded: resolved });
  const keepsNamespace = compileNames({ included: [], excluded: request.namespaces.excluded });
  const ofType = (type: ResourceType): FilterReason => {
    if (neverRestored.has(groupResource(type))) return 'never-restored';
    return keepsType(groupResource(type)) ? 'filter-resource' : 'filter-resource-excluded';
  };
  return (type, key) => {
    if (scope.mayHave(type, key)) return undefined;
    if (!scope.selection.type(type)) return ofType(type);
    const namespace = isNamespaces(type) ? key.name : key.namespace;
    if (namespace === undefined) return 'filter-cluster-scoped';
    return keepsNamespace(namespace) ? 'filter-namespace' : 'filter-namespace-excluded';
  };
}
