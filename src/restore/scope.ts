import type { Archive } from '#archive/contents/archive.ts';
import { Discovery } from '#kube/discovery.ts';
import {
  formatKey,
  groupResource,
  type KubeObject,
  type ObjectKey,
  type ResourceType,
} from '#kube/objects.ts';
import { findNeeds, type Needs } from './needs.ts';
import { type Note, note } from './notes.ts';
import { compareForRestore } from './order.ts';
import { plainNames } from './request/names.ts';
import type { RestoreRequest } from './request/request.ts';
import { compileSelection, resolveResource, type Selection } from './selection.ts';

/** What of a backup is restored, known before anything is sent. */
export interface Scope {
  readonly selection: Selection;
  /** The backup's types as a whole. */
  readonly archived: Discovery;
  /** Those with something to restore, in the order of the restore. */
  readonly types: readonly ResourceType[];
  /** The namespaces of the backup that are restored. */
  readonly namespaces: ReadonlySet<string>;
  /** Objects that will be looked at; labels may leave some of them out. */
  readonly total: number;
  /** Names that were asked for and that the backup does not have. */
  readonly notes: readonly Note[];
  /** Whether an object of one of the types is restored. */
  has(type: ResourceType, object: KubeObject): boolean;
  /** Whether an object with that key may be: its labels have to be looked at. */
  mayHave(type: ResourceType, key: ObjectKey): boolean;
}

export interface ScopeOptions {
  readonly cluster: Discovery;
  readonly signal?: AbortSignal | undefined;
}

/** Finds out what is to be restored. Reads the archive, and nothing else. */
export async function findScope(
  archive: Archive,
  request: RestoreRequest,
  { cluster, signal }: ScopeOptions,
): Promise<Scope> {
  const all = await archive.types({ signal });
  const selection = compileSelection(request, { archived: all, cluster });
  const everything = selection.clusterScoped === 'all' && request.selectors.length === 0;
  const idle = everything || (selection.clusterScoped === 'none' && request.selectors.length === 0);
  const needs: Needs = idle ? new Map() : await findNeeds(archive, selection, { signal });
  const mayHave = (type: ResourceType, key: ObjectKey): boolean =>
    selection.type(type) && isInScope(type, key, { selection, needs });
  const found = survey(archive, all, mayHave);
  return {
    ...found,
    selection,
    archived: new Discovery(all),
    notes: unknownNames(request, { all, cluster, present: namespacesOf(archive, all) }),
    mayHave,
    has: (type, object) =>
      mayHave(type, object.metadata) && (selection.labels(object) || isNeeded(type, object.metadata, needs)),
  };
}

function isInScope(
  type: ResourceType,
  { namespace, name }: ObjectKey,
  { selection, needs }: { readonly selection: Selection; readonly needs: Needs },
): boolean {
  if (type.namespaced) return selection.namespace(namespace ?? '');
  if (isNamespaces(type)) return selection.namespace(name);
  if (selection.clusterScoped === 'none') return false;
  return selection.clusterScoped === 'all' || isNeeded(type, { name }, needs);
}

function isNeeded(type: ResourceType, key: ObjectKey, needs: Needs): boolean {
  return needs.get(groupResource(type))?.has(formatKey(key)) === true;
}

/** Whether this is the type of namespaces. */
export function isNamespaces(type: Pick<ResourceType, 'group' | 'resource'>): boolean {
  return groupResource(type) === 'namespaces';
}

function survey(
  archive: Archive,
  all: readonly ResourceType[],
  mayHave: (type: ResourceType, key: ObjectKey) => boolean,
): Pick<Scope, 'types' | 'namespaces' | 'total'> {
  const types: ResourceType[] = [];
  const namespaces = new Set<string>();
  let total = 0;
  for (const type of all.toSorted(compareForRestore)) {
    const before = total;
    for (const key of archive.keys(type)) {
      if (!mayHave(type, key)) continue;
      total++;
      const namespace = isNamespaces(type) ? key.name : key.namespace;
      if (namespace !== undefined) namespaces.add(namespace);
    }
    if (total > before) types.push(type);
  }
  return { types, namespaces, total };
}

function namespacesOf(archive: Archive, all: readonly ResourceType[]): Set<string> {
  const namespaces = new Set<string>();
  for (const type of all) {
    for (const { namespace, name } of archive.keys(type)) {
      if (isNamespaces(type)) namespaces.add(name);
      else if (namespace !== undefined) namespaces.add(namespace);
    }
  }
  return namespaces;
}

interface Present {
  readonly all: readonly ResourceType[];
  readonly cluster: Discovery;
  /** The backup's namespaces. */
  readonly present: ReadonlySet<string>;
}

function unknownNames(request: RestoreRequest, { all, cluster, present }: Present): Note[] {
  const types = new Set(all.map(groupResource));
  const missing = (field: string, names: Iterable<string>, there: (name: string) => boolean): Note[] =>
    [...names].filter(name => !there(name)).map(name => note('not-in-backup', { field, name }));
  return [
    ...missing('includedNamespaces', plainNames(request.namespaces.included), name => present.has(name)),
    ...missing('includedResources', plainNames(request.resources.included), name =>
      types.has(resolveResource(name, { archived: all, cluster })),
    ),
    ...missing('restoreStatus.includedResources', plainNames(request.statuses?.included ?? []), name =>
      types.has(resolveResource(name, { archived: all, cluster })),
    ),
    ...missing('namespaceMapping', request.namespaceMapping.keys(), name => present.has(name)),
  ];
}
