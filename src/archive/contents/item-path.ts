import { type GroupResource, groupResource, type ObjectKey, type ResourceType } from '#kube/objects.ts';

/**
 * The paths of Velero's archive:
 *
 * - `metadata/version`
 * - `resources/<resource[.group]>/{namespaces/<namespace>|cluster}/<name>.json`
 * - `resources/<resource[.group]>/<version>[-preferredversion]/…`, the same again by version
 *
 * Source: Velero 1.18, `pkg/archive/filesystem.go`, `pkg/archive/parser.go`, `pkg/backup/item_backupper.go`.
 */
export const versionPath = 'metadata/version';

const preferredSuffix = '-preferredversion';

/** Where an item is: the plain path says no more than this. */
export interface ItemPlace {
  readonly resource: GroupResource;
  /** Absent for a cluster-scoped one. */
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** What a member's path says of it. */
export type Place =
  | { readonly is: 'version' }
  | { readonly is: 'item'; readonly item: ItemPlace }
  /** Below a version's directory; `preferred` where it is the one that the cluster preferred. */
  | { readonly is: 'versioned'; readonly resource: GroupResource; readonly preferred?: string }
  /** A member that this version of the format does not know, outside `resources/`. */
  | { readonly is: 'other' }
  /** Under `resources/`, but not where anything can be. */
  | { readonly is: 'unexpected' }
  /** Absolute, or with an empty, `.` or `..` segment. */
  | { readonly is: 'unsafe' };

/** The object's plain path and its path by version, or `undefined` where its key cannot be a part of a path. */
export function itemPaths(type: ResourceType, key: ObjectKey): readonly [string, string] | undefined {
  const namespace = key.namespace === '' ? undefined : key.namespace;
  if (type.namespaced !== (namespace !== undefined)) return undefined;
  const item: ItemPlace = { resource: groupResource(type), namespace, name: key.name };
  const scope = namespace === undefined ? 'cluster' : `namespaces/${namespace}`;
  const plain = `resources/${item.resource}/${scope}/${item.name}.json`;
  const place = placeOf(plain);
  if (place.is !== 'item' || !sameItem(place.item, item) || !isPortable(plain)) return undefined;
  return [plain, `resources/${item.resource}/${type.version}${preferredSuffix}/${scope}/${item.name}.json`];
}

function sameItem(a: ItemPlace, b: ItemPlace): boolean {
  return a.resource === b.resource && a.namespace === b.namespace && a.name === b.name;
}

/** Tar ends names at a NUL, and halves of surrogate pairs have no UTF-8. */
function isPortable(path: string): boolean {
  return !path.includes('\0') && path.isWellFormed();
}

/** What is at a member's path. A leading `./`, as `tar -c .` writes it, means nothing. */
export function placeOf(path: string): Place {
  const segments = (path.startsWith('./') ? path.slice(2) : path).split('/');
  if (segments.some(segment => segment === '' || segment === '.' || segment === '..'))
    return { is: 'unsafe' };
  const [top, resource, ...rest] = segments;
  if (top !== 'resources') return { is: segments.join('/') === versionPath ? 'version' : 'other' };
  if (resource === undefined || !isResource(resource)) return { is: 'unexpected' };
  return placeInResource(resource, rest);
}

/** Whether a directory may be there; `path` ends in a slash or not. */
export function isSafeDirectory(path: string): boolean {
  const plain = path.endsWith('/') ? path.slice(0, -1) : path;
  return plain === '.' || placeOf(plain).is !== 'unsafe';
}

function placeInResource(resource: GroupResource, rest: readonly string[]): Place {
  const [scope = '', ...below] = rest;
  if (scope === 'cluster' || scope === 'namespaces') return placeInScope(resource, scope, below);
  if (below.length === 0) return { is: 'unexpected' };
  if (!scope.endsWith(preferredSuffix)) return { is: 'versioned', resource };
  return { is: 'versioned', resource, preferred: scope.slice(0, -preferredSuffix.length) };
}

function placeInScope(resource: GroupResource, scope: 'cluster' | 'namespaces', below: string[]): Place {
  const [first = '', second = ''] = below;
  if (scope === 'cluster' && below.length === 1) return itemAt({ resource, file: first });
  if (scope === 'namespaces' && below.length === 2 && isLabel(first))
    return itemAt({ resource, namespace: first, file: second });
  return { is: 'unexpected' };
}

function itemAt(at: { resource: GroupResource; namespace?: string; file: string }): Place {
  const { resource, namespace, file } = at;
  const name = file.slice(0, -'.json'.length);
  if (!file.endsWith('.json') || name === '') return { is: 'unexpected' };
  // A Kubernetes name is one segment of a URL's path, whatever else its kind allows.
  if (name === '.' || name === '..') return { is: 'unsafe' };
  return { is: 'item', item: { resource, namespace, name } };
}

/** `<resource>` or `<resource>.<group>`: lower-case DNS labels. */
function isResource(text: string): boolean {
  return text.length <= 317 && text.split('.').every(isLabel);
}

function isLabel(text: string): boolean {
  return text.length <= 63 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(text);
}
