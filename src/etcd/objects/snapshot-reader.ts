import type { Progress } from '#foundation/progress.ts';
import {
  type GroupResource,
  groupResource,
  type KubeObject,
  type ObjectKey,
  type ResourceType,
} from '#kube/objects.ts';
import type { ReadOptions, ResourceReader } from '#kube/resource-reader.ts';
import { parseSelector } from '#kube/selector-text.ts';
import { matches, type Selector } from '#kube/selectors.ts';
import type { RecordPlace } from '../snapshot/key-index.ts';
import type { KeysAtRevision, PlacedKeyValue, RecordVisitor } from '../snapshot/key-values.ts';
import type { KeyValue } from '../snapshot/record.ts';
import type { RecordScan } from '../snapshot/record-scan.ts';
import type { EncryptionKeys } from './encryption-configuration.ts';
import { isInternal } from './resource-names.ts';
import { readHead, readStored, type StoredValue, storedIn } from './stored-value.ts';
import { type FoundType, type PlacedValue, placesIn, TypeIndex, typeOf } from './type-index.ts';
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

/** How much of a database objects of a type take. */
export interface TypeUsage {
  /** `deployments.apps`. */
  readonly type: string;
  readonly objects: number;
  /** Of their keys and values, as they are. */
  readonly bytes: number;
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
 * server stores it in. The first call of `types`, `knownTypes`, `read`, `get` or `usage` reads through all keys and keeps eight bytes for each object; from then on
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

  /** Those that there are objects of. */
  async types(options: SignalOption = {}): Promise<readonly ResourceType[]> {
    const found = [...(await this.#types(options)).values()];
    return found.filter(({ places }) => places.size > 0).map(({ type }) => type);
  }

  /** With those that are only declared, for words that mean one. */
  async knownTypes(options: SignalOption = {}): Promise<readonly ResourceType[]> {
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

  /** How many objects of each type there are, and the bytes of their keys and values; of types without objects nothing. */
  async usage(options: SignalOption = {}): Promise<readonly TypeUsage[]> {
    const found = [...(await this.#types(options)).values()];
    return found.flatMap(({ type, places, bytes }) => {
      let objects = 0;
      for (const list of places.values()) objects += list.length;
      return objects === 0 ? [] : [{ type: groupResource(type), objects, bytes }];
    });
  }

  /** What cannot be read is told to `onUnreadable`. */
  #decoded(keyValue: Pick<KeyValue, 'key' | 'value' | 'modRevision'>): KubeObject | undefined {
    const stored = readStored(keyValue, this.#options.encryption);
    if (stored.kind === 'unreadable') this.#options.onUnreadable?.(stored);
    return stored.kind === 'object' ? stored.object : undefined;
  }

  /** Every object, with where it is. What cannot be read is told to `onUnreadable`. */
  objects({ signal, ...wanted }: EachOptions = {}): AsyncGenerator<ObjectInSnapshot> {
    return this.#each(this.#keys.all({ signal, progress: this.#options.progress }), wanted);
  }

  /** The same of every change up to the revision that the file still holds, also of objects that were deleted since. */
  history({ signal, ...wanted }: EachOptions = {}): AsyncGenerator<ObjectInSnapshot> {
    return this.#each(this.#keys.history({ signal, progress: this.#options.progress }), wanted);
  }

  async *#each(
    found: AsyncIterable<PlacedKeyValue>,
    wanted: WantedInSnapshot,
  ): AsyncGenerator<ObjectInSnapshot> {
    const known = new TypeIndex();
    for await (const { keyValue, place } of found) {
      const placed = { path: keyValue.key.toString(), value: keyValue.value, place };
      if (!mayBeWanted(placed, wanted, known) || !this.#mayMatch(keyValue, wanted.selector)) continue;
      const object = this.#decoded(keyValue);
      if (object === undefined) continue;
      const { path } = placed;
      const type = typeOf(object, path);
      if (wanted.type !== undefined && known.typeAt(placed) === undefined) known.add(object, placed);
      if (isWanted(type, object, wanted)) yield { type, object, path, keyValue, place };
    }
  }

  /** Whether an object may have such labels, by its head; what cannot be read is told once all of it is read. */
  #mayMatch(keyValue: KeyValue, selector: Selector = []): boolean {
    if (selector.length === 0) return true;
    const head = readHead(keyValue, this.#options.encryption);
    return head.kind !== 'object' || matches(selector, head.object.metadata.labels);
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
const nowhere: Omit<FoundType, 'type'> = { places: new Map(), roots: new Set(), bytes: 0 };

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

/** Which objects are wanted: others are not decoded, as far as their keys, or their heads, tell. */
interface WantedInSnapshot {
  readonly namespace?: string | undefined;
  readonly type?: GroupResource | undefined;
  readonly selector?: Selector | undefined;
}

/** Whether what is stored may be wanted, by its key and by what is known of others with such keys. */
function mayBeWanted(
  { path, value }: Pick<PlacedValue, 'path' | 'value'>,
  { namespace, type }: WantedInSnapshot,
  known: TypeIndex,
): boolean {
  if (isInternal(path) || (namespace !== undefined && !mayBeIn(namespace, path))) return false;
  const told = type === undefined ? undefined : known.typeAt({ path, value });
  return told === undefined || groupResource(told) === type;
}

function isWanted(
  type: ResourceType,
  { metadata }: KubeObject,
  { namespace, type: name, selector = [] }: WantedInSnapshot,
): boolean {
  return (
    (name === undefined || groupResource(type) === name) &&
    (namespace === undefined || metadata.namespace === namespace) &&
    matches(selector, metadata.labels)
  );
}

interface EachOptions extends SignalOption, WantedInSnapshot {}
