import type { BackupSpec } from '#api/velero/backup.ts';
import type { Message } from '#foundation/language.ts';
import type { Discovery } from '#kube/discovery.ts';
import { type GroupResource, groupResource, type ObjectKey, type ResourceType } from '#kube/objects.ts';
import { badOrder, unknownResource } from '../problems.ts';

export interface OrderedResources {
  /** For each type the objects that are stored before its others, in this order. */
  readonly keys: ReadonlyMap<GroupResource, readonly ObjectKey[]>;
  readonly problems: readonly Message[];
}

/** Reads `spec.orderedResources`: resource → `namespace/name,namespace/name`, or `name,name` for cluster-scoped types. */
export function readOrdered(spec: BackupSpec, discovery: Discovery): OrderedResources {
  const keys = new Map<GroupResource, readonly ObjectKey[]>();
  const problems: Message[] = [];
  for (const [resource, text] of Object.entries(spec.orderedResources ?? {})) {
    const type = discovery.resolve(resource);
    if (type === undefined) {
      problems.push(unknownResource('orderedResources', resource));
      continue;
    }
    const entries = text.split(',').map(entry => entry.trim());
    const named = entries.filter(entry => entry !== '');
    const read = named.map(entry => readKey(entry, type));
    problems.push(
      ...named
        .filter((_, index) => read[index] === undefined)
        .map(entry => badOrder(resource, entry, type.namespaced)),
    );
    keys.set(
      groupResource(type),
      read.filter(key => key !== undefined),
    );
  }
  return { keys, problems };
}

function readKey(entry: string, type: ResourceType): ObjectKey | undefined {
  const parts = entry.split('/');
  const [first = '', second = ''] = parts;
  if (type.namespaced) {
    return parts.length === 2 && first !== '' && second !== ''
      ? { namespace: first, name: second }
      : undefined;
  }
  return parts.length === 1 ? { name: first } : undefined;
}
