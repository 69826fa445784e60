import type { Progress } from '#foundation/progress.ts';
import { groupResource, type KubeObject, type ObjectKey, type ResourceType } from '#kube/objects.ts';
import type { ReadOptions, ResourceReader } from '#kube/resource-reader.ts';
import { parseSelector } from '#kube/selector-text.ts';
import { matches } from '#kube/selectors.ts';
import type { RecordPlace } from '../snapshot/key-index.ts';
import type { KeysAtRevision, PlacedKeyValue, RecordVisitor } from '../snapshot/key-values.ts';
import type { KeyValue } from '../snapshot/record.ts';
import type { RecordScan } from '../snapshot/record-scan.ts';
import type { EncryptionKeys } from './encryption-configuration.ts';
import { isInternal } from './resource-names.ts';
import { readStored, type StoredValue, storedIn } from './stored-value.ts';
import { type FoundType, placesIn, TypeIndex, typeOf } from './type-index.ts';
import { declaredType, definitions, namedTypes } from './type-names.ts';

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
 * server stores it in. The first call of `types`, `read` or `get` reads through all keys and keeps eight bytes for each object; from then on
 * the objects of a type, and of a namespace, are read from where they are.
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
    const found = (await this.#types(options)).get(groupResource(type));
    if (found === undefined) return;
    for (const place of placesIn(found, options.namespace || undefined)) {
      options.signal?.throwIfAborted();
      const object = this.#decoded(this.#keys.at(place));
      if (object !== undefined && matches(selector, object.metadata.labels)) yield object;
    }
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

  /** What cannot be read is told to `onUnreadable`. */
  #decoded(keyValue: Pick<KeyValue, 'key' | 'value' | 'modRevision'>): KubeObject | undefined {
    const stored = readStored(keyValue, this.#options.encryption);
    if (stored.kind === 'unreadable') this.#options.onUnreadable?.(stored);
    return stored.kind === 'object' ? stored.object : undefined;
  }

  /** Every object, with where it is. What cannot be read is told to `onUnreadable`. */
  objects({ signal, namespace }: EachOptions = {}): AsyncGenerator<ObjectInSnapshot> {
    return this.#each(this.#keys.all({ signal, progress: this.#options.progress }), namespace);
  }

  /** The same of every change up to the revision that the file still holds, also of objects that were deleted since. */
  history({ signal, namespace }: EachOptions = {}): AsyncGenerator<ObjectInSnapshot> {
    return this.#each(this.#keys.history({ signal, progress: this.#options.progress }), namespace);
  }

  async *#each(
    found: AsyncIterable<PlacedKeyValue>,
    namespace: string | undefined,
  ): AsyncGenerator<ObjectInSnapshot> {
    for await (const { keyValue, place } of found) {
      const path = keyValue.key.toString();
      if (isInternal(path) || (namespace !== undefined && !mayBeIn(namespace, path))) continue;
      const object = this.#decoded(keyValue);
      if (object === undefined || (namespace !== undefined && object.metadata.namespace !== namespace))
        continue;
      yield { type: typeOf(object, path), object, path, keyValue, place };
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
    const index = new TypeIndex();
    const one: RecordVisitor = (record, place) => {
      const stored = storedIn(record);
      const path = stored.key.toString();
      if (isInternal(path)) return;
      // What is encrypted is decrypted, so that it is known whether it can be.
      const placed = { path, value: stored.value, place };
      if (index.addByKey(placed)) return;
      const object = this.#decoded(stored);
      if (object !== undefined) index.add(object, placed);
    };
    await this.#keys.each(one, { ...options, progress: this.#options.progress });
    return this.#withNames(index.types());
  }

  /** With what the definitions among them declare, and in the order of {@link namedTypes}. */
  #withNames(found: ReadonlyMap<string, FoundType>): ReadonlyMap<string, FoundType> {
    const declared: ResourceType[] = [];
    const places = found.get(definitions);
    for (const place of places === undefined ? [] : placesIn(places, undefined)) {
      const definition = this.#decoded(this.#keys.at(place));
      const type = definition && declaredType(definition);
      if (type !== undefined) declared.push(type);
    }
    const met = [...found.values()].map(({ type }) => type);
    return new Map(
      namedTypes(met, declared).map(type => {
        const name = groupResource(type);
        return [name, { ...(found.get(name) ?? nowhere), type }];
      }),
    );
  }
}

/** Where objects are of a type that is only declared. */
const nowhere: Pick<FoundType, 'places' | 'roots'> = { places: new Map(), roots: new Set() };

/**
 * Whether the key of a record may be of an object of a namespace, for `keysAt`: these have the namespace last but one.
 */
export function isKeyIn(namespace: string): (record: RecordScan) => boolean {
  const within = Buffer.from(`/${namespace}/`);
  return ({ bytes, key, keyEnd }) => {
    const last = bytes.lastIndexOf(0x2f, keyEnd - 1);
    const from = last - within.length + 1;
    if (from < key) return false;
    for (let at = 0; at < within.length; at++) if (bytes[from + at] !== within[at]) return false;
    return true;
  };
}

/** Objects of namespaces have these last but one in their keys. */
function mayBeIn(namespace: string, path: string): boolean {
  return path.slice(0, path.lastIndexOf('/')).endsWith(`/${namespace}`);
}

interface SignalOption {
  readonly signal?: AbortSignal | undefined;
}

interface EachOptions extends SignalOption {
  /** Only objects of this namespace; others are not decoded. */
  readonly namespace?: string | undefined;
}
