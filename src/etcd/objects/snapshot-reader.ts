import type { Progress } from '#foundation/progress.ts';
import {
  groupResource,
  type KubeObject,
  type ObjectKey,
  parseApiVersion,
  type ResourceType,
} from '#kube/objects.ts';
import type { ReadOptions, ResourceReader } from '#kube/resource-reader.ts';
import { parseSelector } from '#kube/selector-text.ts';
import { matches } from '#kube/selectors.ts';
import type { RecordPlace } from '../snapshot/key-index.ts';
import type { KeysAtRevision, PlacedKeyValue } from '../snapshot/key-values.ts';
import { PlaceList } from '../snapshot/place-list.ts';
import type { KeyValue } from '../snapshot/record.ts';
import type { EncryptionKeys } from './encryption-configuration.ts';
import { isInternal, resourceOf } from './resource-names.ts';
import { readStored, type StoredValue } from './stored-value.ts';

export interface SnapshotReaderOptions {
  /** Told while all keys are read. */
  readonly progress?: Progress | undefined;
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
  readonly place: RecordPlace;
}

/**
 * The objects in a snapshot of etcd, as they are at one of its revisions. Each type is there in the version that the API
 * server stores it in. The first call of `types`, `read` or `get` reads through all objects and keeps eight bytes for each; from then on a
 * type's objects are read from where they are.
 */
export class SnapshotReader implements ResourceReader {
  readonly source: string;
  readonly #keys: KeysAtRevision;
  readonly #options: SnapshotReaderOptions;
  #found: Promise<ReadonlyMap<string, FoundType>> | undefined;

  constructor(keys: KeysAtRevision, options: SnapshotReaderOptions) {
    this.source = options.source;
    this.#keys = keys;
    this.#options = options;
  }

  async types(options: SignalOption = {}): Promise<readonly ResourceType[]> {
    return [...(await this.#types(options)).values()].map(({ type }) => type);
  }

  async *read(type: ResourceType, options: ReadOptions = {}): AsyncGenerator<KubeObject> {
    const selector = parseSelector(options.labelSelector ?? '');
    const namespace = (type.namespaced && options.namespace) || undefined;
    const found = (await this.#types(options)).get(groupResource(type));
    for (const place of found?.places ?? []) {
      options.signal?.throwIfAborted();
      const object = this.#objectIn(namespace, this.#keys.at(place));
      if (object !== undefined && matches(selector, object.metadata.labels)) yield object;
    }
  }

  /** What is in another namespace is not decoded. */
  #objectIn(namespace: string | undefined, keyValue: KeyValue): KubeObject | undefined {
    if (namespace === undefined) return this.#decoded(keyValue);
    const object = mayBeIn(namespace, keyValue.key) ? this.#decoded(keyValue) : undefined;
    return object?.metadata.namespace === namespace ? object : undefined;
  }

  async get(
    type: ResourceType,
    { namespace, name }: ObjectKey,
    options: SignalOption = {},
  ): Promise<KubeObject | undefined> {
    const found = (await this.#types(options)).get(groupResource(type));
    const path = namespace ? `${namespace}/${name}` : name;
    for (const root of found?.roots ?? []) {
      const keyValue = this.#keys.get(Buffer.from(`${root}${path}`));
      const object = keyValue && this.#decoded(keyValue);
      if (object?.metadata.name === name && (object.metadata.namespace ?? '') === (namespace ?? ''))
        return object;
    }
    return undefined;
  }

  #decoded(keyValue: KeyValue): KubeObject | undefined {
    const stored = readStored(keyValue, this.#options.encryption);
    return stored.kind === 'object' ? stored.object : undefined;
  }

  /** Every object, with where it is. What cannot be read is told to `onUnreadable`. */
  objects({ signal }: SignalOption = {}): AsyncGenerator<ObjectInSnapshot> {
    return this.#each(this.#keys.all({ signal, progress: this.#options.progress }));
  }

  /** The same of every change up to the revision that the file still holds, also of objects that were deleted since. */
  history({ signal }: SignalOption = {}): AsyncGenerator<ObjectInSnapshot> {
    return this.#each(this.#keys.history({ signal, progress: this.#options.progress }));
  }

  async *#each(found: AsyncIterable<PlacedKeyValue>): AsyncGenerator<ObjectInSnapshot> {
    for await (const { keyValue, place } of found) {
      const path = keyValue.key.toString();
      if (isInternal(path)) continue;
      const stored = readStored(keyValue, this.#options.encryption);
      if (stored.kind === 'unreadable') this.#options.onUnreadable?.(stored);
      if (stored.kind !== 'object') continue;
      yield { type: typeOf(stored.object, path), object: stored.object, path, keyValue, place };
    }
  }

  async #types(options: SignalOption): Promise<ReadonlyMap<string, FoundType>> {
    const reading = (this.#found ??= this.#readTypes(options));
    try {
      return await reading;
    } catch (thrown) {
      this.#found = undefined;
      throw thrown;
    }
  }

  async #readTypes(options: SignalOption): Promise<ReadonlyMap<string, FoundType>> {
    const found = new Map<string, FoundType>();
    for await (const { type, object, path, place } of this.objects(options)) {
      const name = groupResource(type);
      const known = found.get(name);
      const { places, roots } = known ?? { places: new PlaceList(), roots: new Set<string>() };
      places.add(place);
      roots.add(rootOf(path, object));
      // A type is namespaced where any of its objects is.
      if (known === undefined || (type.namespaced && !known.type.namespaced))
        found.set(name, { type, places, roots });
    }
    return found;
  }
}

interface FoundType {
  readonly type: ResourceType;
  readonly places: PlaceList;
  /** What keys begin with before the namespace or the name: of each cluster whose objects are in the same etcd, one. */
  readonly roots: Set<string>;
}

/** `/registry/configmaps/` of `/registry/configmaps/shop/web`. */
function rootOf(path: string, { metadata: { namespace } }: KubeObject): string {
  return path.slice(
    0,
    path
      .split('/')
      .slice(namespace ? -2 : -1)
      .join('/').length * -1,
  );
}

/** Objects of namespaces have these last but one in their keys. */
function mayBeIn(namespace: string, key: Buffer): boolean {
  return key.toString().split('/').at(-2) === namespace;
}

interface SignalOption {
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
