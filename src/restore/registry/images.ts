import { edited, isFields } from '#kube/fields.ts';
import { backupRegistryAnnotation, type InternalRegistry, sharedImages } from '#kube/internal-registry.ts';
import type { KubeObject } from '#kube/objects.ts';
import type { RegistryMove } from './registry.ts';

type MapNamespace = (namespace: string) => string;

/**
 * An object whose references to the internal registry of the backup's cluster name this cluster's, and there the
 * namespaces that projects have now: wherever a field is such a reference and nothing else, so in pods and all that
 * makes them, builds, triggers and image streams. What a ConfigMap or Secret holds and what labels and annotations
 * say is text, and is left alone. Pure.
 */
export function withMovedImages(object: KubeObject, registry: RegistryMove, map: MapNamespace): KubeObject {
  const own = object.metadata.annotations?.[backupRegistryAnnotation];
  const from = own ? new Set([...registry.from, own]) : registry.from;
  if (from.size === 0 || isData(object)) return object;
  const { metadata, apiVersion, kind, ...rest } = object;
  const moved = movedFields(rest, text => movedImage(text, { ...registry, from }, map));
  return moved === rest ? object : { apiVersion, kind, metadata, ...(moved as object) };
}

function isData({ apiVersion, kind }: KubeObject): boolean {
  return apiVersion === 'v1' && (kind === 'Secret' || kind === 'ConfigMap');
}

/** The same value where nothing is changed. */
function movedFields(value: unknown, move: (text: string) => string): unknown {
  if (typeof value === 'string') return move(value);
  if (Array.isArray(value)) {
    const after = value.map(element => movedFields(element, move));
    return after.every((element, index) => element === value[index]) ? value : after;
  }
  if (!isFields(value)) return value;
  return Object.keys(value).reduce((at, key) => edited(at, [key], field => movedFields(field, move)), value);
}

/** `HOST/NAMESPACE/NAME`, then a tag, a digest or nothing. */
const reference = /^([^/\s]+)\/([^/\s]+)\/([^/@\s]+?)(?:@(sha256:[0-9a-f]{64}))?$/;

/**
 * In the cluster that the backup was made of, a reference stays as it is: the image is where it was, and a copy of the
 * project has none of its own, because backups hold no images. An image of a project keeps its digest. One that all projects share was not in the backup: where this cluster does
 * not have it under that digest, the newest of the name is asked for, as OpenShift's Velero plugin always does.
 */
export function movedImage(text: string, { from, here }: RegistryMove, map: MapNamespace): string {
  const match = reference.exec(text);
  const [, host = '', namespace = '', name = '', digest] = match ?? [];
  if (match === null || !from.has(host) || here === undefined || here.host === host) return text;
  const path = `${here.host}/${map(namespace)}/${name}`;
  const isShared = namespace === sharedImages;
  return digest === undefined || (isShared && isAbsent(digest, here)) ? path : `${path}@${digest}`;
}

function isAbsent(digest: string, here: InternalRegistry): boolean {
  return here.shared?.has(digest) === false;
}
