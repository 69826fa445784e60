import { isUtf8 } from 'node:buffer';
import type { Message } from '#foundation/language.ts';
import { type KubeObject, parseApiVersion } from '#kube/objects.ts';
import { itemFaults } from './faults.ts';
import type { ItemPlace } from './item-path.ts';

/**
 * The object of an item's JSON, or `undefined` where the bytes are not one: UTF-8 JSON with apiVersion, kind and
 * metadata.name, and labels that are texts. What the parser says of broken JSON is dropped, because it quotes the
 * object, which may be a Secret.
 */
export function parseItem(bytes: Buffer): KubeObject | undefined {
  const value = isUtf8(bytes) ? parseJson(bytes.toString()) : undefined;
  return isObject(value) && isKubeObject(value) ? (value as KubeObject) : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isKubeObject({ apiVersion, kind, metadata }: Record<string, unknown>): boolean {
  if (!isText(apiVersion) || !isText(kind) || !isObject(metadata)) return false;
  const { name, namespace, labels } = metadata;
  return isText(name) && (namespace === undefined || typeof namespace === 'string') && isLabels(labels);
}

function isLabels(labels: unknown): boolean {
  if (labels === undefined || labels === null) return true;
  return isObject(labels) && Object.values(labels).every(value => typeof value === 'string');
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** How an object contradicts the place that it is at, if it does. `kind` is that of its type where it is known. */
export function contradiction(
  object: KubeObject,
  { resource, namespace = '', name }: ItemPlace,
  kind: string = object.kind,
): Message | undefined {
  if (object.metadata.name !== name) return itemFaults.name(name, object.metadata.name);
  if ((object.metadata.namespace ?? '') !== namespace)
    return itemFaults.namespace(namespace, object.metadata.namespace);
  if (object.kind !== kind) return itemFaults.kind(kind, object.kind);
  const { group } = parseApiVersion(object.apiVersion);
  const dot = resource.indexOf('.');
  const expected = dot < 0 ? '' : resource.slice(dot + 1);
  return group === expected ? undefined : itemFaults.group(expected, group);
}
