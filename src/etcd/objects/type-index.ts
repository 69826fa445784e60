import { groupResource, type KubeObject, parseApiVersion, type ResourceType } from '#kube/objects.ts';
import type { RecordPlace } from '../snapshot/key-index.ts';
import { PlaceList } from '../snapshot/place-list.ts';
import { headerOf } from './envelope.ts';
import { namespaceIn, resourceOf } from './resource-names.ts';
import { storedType } from './type-names.ts';

/** A type, and where its objects are. */
export interface FoundType {
  readonly type: ResourceType;
  /** By namespace; of cluster-scoped ones that is empty. */
  readonly places: ReadonlyMap<string, Iterable<RecordPlace> & { readonly length: number }>;
  /** What keys begin with before the namespace or the name: of each cluster whose objects are in the same etcd, one. */
  readonly roots: ReadonlySet<string>;
  /** Of their keys and values. */
  readonly bytes: number;
}

interface GrowingType {
  type: ResourceType;
  readonly places: Map<string, PlaceList>;
  readonly roots: Set<string>;
  bytes: number;
}

/** What is stored under a key, and where that is. */
export interface PlacedValue {
  readonly path: string;
  readonly value: Buffer;
  readonly place: RecordPlace;
}

/**
 * Which types there are and where their objects lie: eight bytes for each object. What lies below the same part of a key and says
 * that it is of the same kind and version is of one type, so that one object of it has to be read to know them all.
 */
export class TypeIndex {
  readonly #types = new Map<string, GrowingType>();
  /** By the part of the key, and then by what values begin with. */
  readonly #byRoot = new Map<string, Map<string, GrowingType>>();

  /** Notes an object whose type its key tells; false where the object has to be read for that. */
  addByKey(placed: PlacedValue): boolean {
    const found = this.#typeAt(placed);
    if (found === undefined) return false;
    add(found, found.type.namespaced ? lastButOne(placed.path) : '', placed);
    return true;
  }

  /** The type that a key tells; `undefined` where the object has to be read for that. */
  typeAt(stored: Pick<PlacedValue, 'path' | 'value'>): ResourceType | undefined {
    return this.#typeAt(stored)?.type;
  }

  #typeAt({ path, value }: Pick<PlacedValue, 'path' | 'value'>): GrowingType | undefined {
    const header = headerOf(value);
    if (header === undefined) return undefined;
    const last = path.lastIndexOf('/');
    const before = path.lastIndexOf('/', last - 1);
    const namespaced = this.#byRoot.get(path.slice(0, before + 1))?.get(header);
    if (namespaced?.type.namespaced === true) return namespaced;
    const found = this.#byRoot.get(path.slice(0, last + 1))?.get(header);
    return found?.type.namespaced === false ? found : undefined;
  }

  add(object: KubeObject, placed: PlacedValue): void {
    const { path, value } = placed;
    const type = typeOf(object, path);
    const name = groupResource(type);
    const found = this.#types.get(name) ?? { type, places: new Map(), roots: new Set(), bytes: 0 };
    // A type is namespaced where any of its objects is.
    if (type.namespaced && !found.type.namespaced) found.type = type;
    this.#types.set(name, found);
    const root = rootOf(path, object);
    if (root !== undefined) this.#addRoot(root, headerOf(value), found);
    add(found, namespaceIn(object, path), placed);
  }

  #addRoot(root: string, header: string | undefined, found: GrowingType): void {
    found.roots.add(root);
    if (header === undefined) return;
    const below = this.#byRoot.get(root) ?? new Map<string, GrowingType>();
    this.#byRoot.set(root, below.set(header, found));
  }

  /** By `deployments.apps`, in the order in which they were found. */
  types(): ReadonlyMap<string, FoundType> {
    return this.#types;
  }
}

function add(type: GrowingType, namespace: string, { path, value, place }: PlacedValue): void {
  let list = type.places.get(namespace);
  if (list === undefined) type.places.set(namespace, (list = new PlaceList()));
  list.add(place);
  type.bytes += Buffer.byteLength(path) + value.length;
}

function lastButOne(path: string): string {
  const last = path.lastIndexOf('/');
  return path.slice(path.lastIndexOf('/', last - 1) + 1, last);
}

/** Where the objects of a type are; of a namespace alone, where it has such and one is given. */
export function* placesIn(
  { type, places }: FoundType,
  namespace: string | undefined,
): Generator<RecordPlace> {
  if (type.namespaced && namespace !== undefined) return yield* places.get(namespace) ?? [];
  for (const list of places.values()) yield* list;
}

/**
 * `/registry/configmaps/` of `/registry/configmaps/shop/web`; `undefined` for a key that does not end in what the object is called, with the
 * namespace that it says it is of.
 */
function rootOf(path: string, object: KubeObject): string | undefined {
  const { namespace = '', name } = object.metadata;
  const key = namespace === '' ? name : `${namespace}/${name}`;
  const root = path.slice(0, path.length - key.length);
  return isRoot.test(root) && path.endsWith(key) ? root : undefined;
}

/** The API server's prefix, and what the type is kept under. */
const isRoot = /^\/[^/]+\/.*[^/]\/$/;

/** The type of a stored object. */
export function typeOf(object: KubeObject, path: string): ResourceType {
  const { kind, apiVersion } = object;
  const resource = resourceOf(object, path);
  const namespaced = namespaceIn(object, path) !== '';
  return storedType({ ...parseApiVersion(apiVersion), resource, kind, namespaced });
}
