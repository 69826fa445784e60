import { hash } from 'node:crypto';
import {
  formatKey,
  type GroupResource,
  groupResource,
  type KubeObject,
  keyOf,
  type ObjectKey,
  type ResourceType,
} from '../objects.ts';
import type { ResourceReader } from '../resource-reader.ts';
import { type FieldChange, fieldChanges } from './changes.ts';
import { withoutSecrets } from './hidden.ts';
import { canonical } from './same.ts';

/** One of two sources that are compared. */
export interface Side {
  readonly reader: ResourceReader;
  /**
   * The object as it is compared, under the key that it has on the other side; `undefined` for one that is not
   * compared at all. Pure: an object may be looked at twice.
   */
  readonly view: (type: ResourceType, object: KubeObject) => KubeObject | undefined;
}

/** An object that is on one side only, or not the same on both. */
export interface Difference {
  readonly resource: GroupResource;
  /** As its side, where there are two the second, has it. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** For `changed`; what Secrets hold is not in it. */
  readonly fields: readonly FieldChange[];
}

export interface DifferenceOptions {
  /** Types to leave out. */
  readonly skips?: (type: ResourceType) => boolean;
  /** Told of each object that was looked at. */
  readonly onObject?: (type: ResourceType) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What is different in `b` from `a`, type by type in the order of their names. Objects are held against each other by
 * a digest of what they say, and read again only where that differs, so that memory holds no more than the names
 * and digests of one type's objects and a page of `b`. What `b` loses while it is read is `removed`.
 */
export async function* differences(
  a: Side,
  b: Side,
  options: DifferenceOptions = {},
): AsyncGenerator<Difference> {
  const { signal, skips } = options;
  const [typesOfA, typesOfB] = [await typesOf(a, signal), await typesOf(b, signal)];
  const names = new Set([...typesOfA.keys(), ...typesOfB.keys()]);
  for (const name of [...names].sort()) {
    const types = { a: typesOfA.get(name), b: typesOfB.get(name) };
    const type = types.b ?? types.a;
    if (type === undefined || skips?.(type) === true) continue;
    yield* differencesOf(type, types, { a, b, options });
  }
}

/** Each type once, in the version that the reader names first. */
async function typesOf(
  { reader }: Side,
  signal: AbortSignal | undefined,
): Promise<Map<GroupResource, ResourceType>> {
  const types = new Map<GroupResource, ResourceType>();
  for (const type of await reader.types({ signal })) {
    if (!types.has(groupResource(type))) types.set(groupResource(type), type);
  }
  return types;
}

interface Known {
  /** Where side `a` itself has it. */
  readonly key: ObjectKey;
  readonly digest: string;
}

interface Sides {
  readonly a: Side;
  readonly b: Side;
  readonly options: DifferenceOptions;
}

async function* differencesOf(
  type: ResourceType,
  types: { readonly a: ResourceType | undefined; readonly b: ResourceType | undefined },
  { a, b, options }: Sides,
): AsyncGenerator<Difference> {
  const known = types.a === undefined ? new Map<string, Known>() : await digestsOf(types.a, a, options);
  const resource = groupResource(type);
  for await (const { viewed } of types.b === undefined ? [] : views(types.b, b, options)) {
    const name = formatKey(keyOf(viewed));
    const earlier = known.get(name);
    known.delete(name);
    if (earlier === undefined) yield difference(resource, viewed, 'added');
    else if (earlier.digest !== digestOf(viewed)) {
      const before = types.a && (await again(types.a, earlier, a, options));
      const fields = fieldChanges(before, viewed);
      if (fields.length > 0) yield difference(resource, viewed, 'changed', withoutSecrets(viewed, fields));
    }
  }
  for (const each of known.values()) {
    const gone = types.a && (await again(types.a, each, a, options));
    if (gone !== undefined) yield difference(resource, gone, 'removed');
  }
}

async function digestsOf(
  type: ResourceType,
  side: Side,
  options: DifferenceOptions,
): Promise<Map<string, Known>> {
  const known = new Map<string, Known>();
  for await (const { object, viewed } of views(type, side, options)) {
    known.set(formatKey(keyOf(viewed)), { key: keyOf(object), digest: digestOf(viewed) });
  }
  return known;
}

async function* views(type: ResourceType, { reader, view }: Side, { onObject, signal }: DifferenceOptions) {
  for await (const object of reader.read(type, { signal })) {
    const viewed = view(type, object);
    if (viewed === undefined) continue;
    onObject?.(type);
    yield { object, viewed };
  }
}

async function again(
  type: ResourceType,
  { key }: Known,
  { reader, view }: Side,
  { signal }: DifferenceOptions,
): Promise<KubeObject | undefined> {
  const object = await reader.get(type, key, { signal });
  return object && view(type, object);
}

function digestOf(object: KubeObject): string {
  return hash('sha256', canonical(object), 'base64');
}

function difference(
  resource: GroupResource,
  { apiVersion, kind, metadata: { namespace, name } }: KubeObject,
  change: Difference['change'],
  fields: readonly FieldChange[] = [],
): Difference {
  const place = namespace === undefined || namespace === '' ? {} : { namespace };
  return { resource, apiVersion, kind, ...place, name, change, fields };
}
