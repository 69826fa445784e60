import { groupResource, type KubeObject, parseApiVersion, type ResourceType } from '#kube/objects.ts';
import type { ReadOptions, ResourceReader } from '#kube/resource-reader.ts';
import { parseSelector } from '#kube/selector-text.ts';
import { matches } from '#kube/selectors.ts';
import type { KeysAtRevision } from '../snapshot/key-values.ts';
import type { KeyValue } from '../snapshot/record.ts';
import type { EncryptionKeys } from './encryption-configuration.ts';
import { isInternal, resourceOf } from './resource-names.ts';
import { readStored, type StoredValue } from './stored-value.ts';

export interface SnapshotReaderOptions {
  /** For messages: the file's path. */
  readonly source: string;
  /** Of values that are encrypted at rest. */
  readonly encryption?: EncryptionKeys | undefined;
  /** Told of each value that cannot be read; the rest is read on. */
  readonly onUnreadable?:
    | ((value: Extract<StoredValue, { readonly kind: 'unreadable' }>) => void)
    | undefined;
}

/** An object with its place. */
export interface ObjectInSnapshot {
  readonly type: ResourceType;
  readonly object: KubeObject;
  /** The key in etcd. */
  readonly path: string;
  readonly keyValue: KeyValue;
}

/**
 * The objects in a snapshot of etcd, as they are at one of its revisions. Each type is there in the version that the API
 * server stores it in. Lists read through the whole file; memory is bounded by a page of it.
 */
export class SnapshotReader implements ResourceReader {
  readonly source: string;
  readonly #keys: KeysAtRevision;
  readonly #options: SnapshotReaderOptions;
  #types: Promise<readonly ResourceType[]> | undefined;

  constructor(keys: KeysAtRevision, options: SnapshotReaderOptions) {
    this.source = options.source;
    this.#keys = keys;
    this.#options = options;
  }

  /** Of the first call; reads all objects. */
  types({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<readonly ResourceType[]> {
    this.#types ??= this.#readTypes(signal);
    this.#types.catch(() => (this.#types = undefined));
    return this.#types;
  }

  async *read(type: ResourceType, options: ReadOptions = {}): AsyncGenerator<KubeObject> {
    const selector = parseSelector(options.labelSelector ?? '');
    const namespace = type.namespaced ? options.namespace || undefined : undefined;
    for await (const { type: found, object } of this.objects({ namespace, signal: options.signal })) {
      if (groupResource(found) !== groupResource(type)) continue;
      if (namespace !== undefined && object.metadata.namespace !== namespace) continue;
      if (matches(selector, object.metadata.labels)) yield object;
    }
  }

  async get(
    type: ResourceType,
    { namespace, name }: { readonly namespace?: string | undefined; readonly name: string },
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<KubeObject | undefined> {
    for await (const { type: found, object } of this.objects({ name, signal })) {
      const { metadata } = object;
      const isMeant = metadata.name === name && (metadata.namespace ?? '') === (namespace ?? '');
      if (isMeant && groupResource(found) === groupResource(type)) return object;
    }
    return undefined;
  }

  /** Every object, with where it is. `namespace` and `name` leave out what their keys say is none of them. */
  async *objects(options: ObjectsOptions = {}): AsyncGenerator<ObjectInSnapshot> {
    const { encryption, onUnreadable } = this.#options;
    const { namespace, name, signal } = options;
    const within = namespace === undefined ? '/' : `/${namespace}/`;
    const end = name === undefined ? '' : `/${name}`;
    for await (const keyValue of this.#keys.all({ signal })) {
      const path = keyValue.key.toString();
      if (!path.includes(within) || !path.endsWith(end) || isInternal(path)) continue;
      const stored = readStored(keyValue, encryption);
      if (stored.kind === 'unreadable') onUnreadable?.(stored);
      if (stored.kind !== 'object') continue;
      yield { type: typeOf(stored.object, path), object: stored.object, path, keyValue };
    }
  }

  async #readTypes(signal: AbortSignal | undefined): Promise<readonly ResourceType[]> {
    const types = new Map<string, ResourceType>();
    for await (const { type } of this.objects({ signal })) {
      const known = types.get(groupResource(type));
      if (known === undefined || (type.namespaced && !known.namespaced)) types.set(groupResource(type), type);
    }
    return [...types.values()];
  }
}

interface ObjectsOptions {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

function typeOf(object: KubeObject, path: string): ResourceType {
  const { kind, metadata, apiVersion } = object;
  return {
    ...parseApiVersion(apiVersion),
    resource: resourceOf(object, path),
    kind,
    namespaced: (metadata.namespace ?? '') !== '',
    verbs: ['get', 'list'],
    shortNames: [],
    singular: kind.toLowerCase(),
  };
}
