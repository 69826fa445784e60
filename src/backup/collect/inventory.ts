import {
  apiVersionOf,
  formatKey,
  type GroupResource,
  groupResource,
  type ObjectKey,
  type ResourceType,
} from '#kube/objects.ts';

interface TypeInventory {
  readonly type: ResourceType;
  /** `ns/name` of each object that was begun with. */
  readonly claimed: Set<string>;
  /** Those among them that are not in the archive after all. */
  readonly refused: Set<string>;
  /** The `apiVersion` of those whose own is not the type's: an export files each as it was stored. */
  readonly versions: Map<string, string>;
}

/** Which objects a run has met, and which of them are in the archive. Holds names only. */
export class Inventory {
  readonly #types = new Map<GroupResource, TypeInventory>();
  readonly #missed = new Set<string>();
  #size = 0;

  /** Objects in the archive. */
  get size(): number {
    return this.#size;
  }

  /** Namespaces of which objects are in the archive. Reckoned at each call. */
  inhabited(): Set<string> {
    const stored = [...this.#types.values()].flatMap(storedNames);
    const places = stored.map(name => name.slice(0, Math.max(0, name.indexOf('/'))));
    return new Set(places.filter(place => place !== ''));
  }

  /** Types of which objects are in the archive. */
  get types(): readonly ResourceType[] {
    return [...this.#types.values()]
      .filter(({ claimed, refused }) => claimed.size > refused.size)
      .map(({ type }) => type);
  }

  /** Whether the object was met before, in whatever way that ended. */
  knows(type: ResourceType, key: ObjectKey): boolean {
    return this.#types.get(groupResource(type))?.claimed.has(formatKey(key)) ?? false;
  }

  /**
   * False where the object was met before: whoever claims it first stores it, or says that it is not stored.
   *
   * @param apiVersion the object's own; the type's unless given
   */
  claim(type: ResourceType, key: ObjectKey, apiVersion = apiVersionOf(type)): boolean {
    const { claimed, versions } = this.#of(type);
    const name = formatKey(key);
    if (claimed.has(name)) return false;
    claimed.add(name);
    if (apiVersion !== apiVersionOf(type)) versions.set(name, apiVersion);
    this.#size++;
    return true;
  }

  /** The object that was claimed is not in the archive. */
  refuse(type: ResourceType, key: ObjectKey): void {
    const { refused } = this.#of(type);
    if (refused.has(formatKey(key))) return;
    refused.add(formatKey(key));
    this.#size--;
  }

  /** An object that others name was not found. */
  miss(resource: GroupResource, key: ObjectKey): void {
    this.#missed.add(`${resource} ${formatKey(key)}`);
  }

  /** Whether others name the object, which was not found. */
  misses(resource: GroupResource, key: ObjectKey): boolean {
    return this.#missed.has(`${resource} ${formatKey(key)}`);
  }

  /** What is in the archive as Velero lists it: `apps/v1/Deployment` → `ns/name` or `name`, in order. */
  resourceList(): Record<string, string[]> {
    const lists = [...this.#types.values()].flatMap(listsOf);
    return Object.fromEntries(lists.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #of(type: ResourceType): TypeInventory {
    const name = groupResource(type);
    const known = this.#types.get(name);
    if (known !== undefined) return known;
    const made = {
      type,
      claimed: new Set<string>(),
      refused: new Set<string>(),
      versions: new Map<string, string>(),
    };
    this.#types.set(name, made);
    return made;
  }
}

function storedNames({ claimed, refused }: TypeInventory): string[] {
  return [...claimed].filter(name => !refused.has(name));
}

/** The names of each version that is in the archive, in order. */
function listsOf(known: TypeInventory): (readonly [string, string[]])[] {
  const { type, versions } = known;
  const usual = apiVersionOf(type);
  const lists = Map.groupBy(storedNames(known).sort(), name => versions.get(name) ?? usual);
  return [...lists].map(([apiVersion, names]) => [`${apiVersion}/${type.kind}`, names]);
}
