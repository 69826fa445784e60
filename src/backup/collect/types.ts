import type { Discovery } from '#kube/discovery.ts';
import { type GroupResource, groupResource, type ResourceType } from '#kube/objects.ts';
import { twinOf } from '../filters/cohabiting.ts';
import type { ResourceFilter } from '../filters/resources.ts';
import { isSnapshotType } from '../filters/snapshot-types.ts';

/** What an API server must let be done with a type, so that its objects can be backed up and made again. */
const neededVerbs = ['list', 'get', 'create', 'delete'];

/** Whoever reads the archive from the front meets a pod before its claims, and these before their volumes. */
const firstTypes: readonly GroupResource[] = ['pods', 'persistentvolumeclaims', 'persistentvolumes'];

/** OpenShift's and Kubernetes' oldest shared group: its objects are those of newer groups. */
const lastGroup = 'extensions';

export interface TypeChoice {
  /** To be listed, in this order. Namespaces are not among them: they depend on what the others bring. */
  readonly types: readonly ResourceType[];
  /** Asked for by name, and yet not listed: why. */
  readonly unfit: readonly UnfitType[];
}

export interface UnfitType {
  readonly type: ResourceType;
  /** `verbs`: its objects cannot be listed, or not made again; `snapshot`: they come with the volumes they were made of. */
  readonly reason: 'verbs' | 'snapshot';
}

/** The types whose objects a Backup lists. Pure. Objects that have two names are listed under one. */
export function chooseTypes(discovery: Discovery, filter: ResourceFilter): TypeChoice {
  const wanted = inOrder(discovery.preferred).filter(type => filter.scope(type) === 'all');
  const fit = wanted.filter(type => unfitness(type) === undefined);
  const chosen = new Map<GroupResource, ResourceType>();
  for (const type of fit) {
    const name = groupResource(type);
    const twin = twinOf(name);
    if (name === 'namespaces' || (twin !== undefined && chosen.has(twin))) continue;
    chosen.set(name, type);
  }
  return {
    types: [...chosen.values()],
    unfit: wanted.flatMap(type => {
      const reason = unfitness(type);
      return reason === undefined || !filter.names(type) ? [] : [{ type, reason }];
    }),
  };
}

function unfitness(type: ResourceType): UnfitType['reason'] | undefined {
  if (isSnapshotType(groupResource(type))) return 'snapshot';
  return neededVerbs.every(verb => type.verbs.includes(verb)) ? undefined : 'verbs';
}

function inOrder(types: readonly ResourceType[]): ResourceType[] {
  const rank = (type: ResourceType): number => {
    const first = firstTypes.indexOf(groupResource(type));
    if (first >= 0) return first - firstTypes.length;
    return type.group === lastGroup ? 1 : 0;
  };
  return [...types].sort((a, b) => rank(a) - rank(b));
}
