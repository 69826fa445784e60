import type { ObjectKey, ResourceType } from '../objects.ts';

/** `/api/v1/namespaces/shop/pods`: where the objects of a type are; all namespaces where none is named. */
export function collectionPath(
  type: Pick<ResourceType, 'group' | 'version' | 'resource' | 'namespaced'>,
  namespace?: string,
): string {
  const root =
    type.group === ''
      ? `/api/${encodeURIComponent(type.version)}`
      : `/apis/${encodeURIComponent(type.group)}/${encodeURIComponent(type.version)}`;
  const inNamespace = type.namespaced && namespace !== undefined && namespace !== '';
  const scope = inNamespace ? `/namespaces/${segment(namespace)}` : '';
  return `${root}${scope}/${encodeURIComponent(type.resource)}`;
}

/** Where one object is. A namespaced object without a namespace is a programmer's mistake. */
export function objectPath(type: ResourceType, key: ObjectKey, subresource?: string): string {
  if (type.namespaced && !key.namespace) throw new Error(`${type.kind} ${key.name} needs a namespace`);
  const path = `${collectionPath(type, key.namespace)}/${segment(key.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** A name out of an archive must not change what the URL means: `.` and `..` would, even encoded. */
function segment(name: string): string {
  if (name === '' || name === '.' || name === '..' || name.includes('/')) {
    throw new Error(`not a name of an object: ${JSON.stringify(name)}`);
  }
  return encodeURIComponent(name);
}
