import { type GroupResource, type ObjectKey, parseApiVersion, type ResourceType } from '#kube/objects.ts';
import type { ItemPlace } from './item-path.ts';

/** An item, and where its JSON is in the spool. Bytes. */
export interface IndexedItem extends ObjectKey {
  readonly offset: number;
  readonly length: number;
}

/** What all items of a type have in common, known from the first of them. */
export interface TypeFacts {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** The items of one group-resource, in the archive's order. */
export interface IndexedType extends TypeFacts {
  readonly items: readonly IndexedItem[];
}

interface GrowingType extends TypeFacts {
  readonly items: IndexedItem[];
  readonly byNamespace: Map<string, Map<string, IndexedItem>>;
}

/** What an archive holds: its items by type and key. Takes some 200 bytes of memory an item. */
export class ArchiveIndex {
  readonly #types = new Map<GroupResource, GrowingType>();
  readonly #preferred = new Map<GroupResource, string>();
  #size = 0;

  /** Number of items. */
  get size(): number {
    return this.#size;
  }

  /** Number of resources whose preferred version is noted. */
  get preferences(): number {
    return this.#preferred.size;
  }

  /** Notes the version that the cluster preferred of a resource; the first one noted holds. */
  prefer(resource: GroupResource, version: string): void {
    if (!this.#preferred.has(resource)) this.#preferred.set(resource, version);
  }

  /** The type, once it has an item. */
  type(resource: GroupResource): IndexedType | undefined {
    return this.#types.get(resource);
  }

  has({ resource, namespace, name }: ItemPlace): boolean {
    return this.find(resource, { namespace, name }) !== undefined;
  }

  find(resource: GroupResource, { namespace, name }: ObjectKey): IndexedItem | undefined {
    return this.#types
      .get(resource)
      ?.byNamespace.get(namespace ?? '')
      ?.get(name);
  }

  /** Adds an item that the index does not have yet; `facts` count if it is the first of its type. */
  add(place: ItemPlace, facts: TypeFacts, at: { offset: number; length: number }): void {
    const item: IndexedItem = { namespace: place.namespace, name: place.name, ...at };
    let type = this.#types.get(place.resource);
    if (type === undefined) {
      type = { ...facts, items: [], byNamespace: new Map() };
      this.#types.set(place.resource, type);
    }
    type.items.push(item);
    const namespace = place.namespace ?? '';
    const names = type.byNamespace.get(namespace);
    if (names === undefined) type.byNamespace.set(namespace, new Map([[place.name, item]]));
    else names.set(place.name, item);
    this.#size++;
  }

  /** The types that have items, in the archive's order. */
  types(): ResourceType[] {
    return [...this.#types].map(([name, facts]) => this.#resourceType(name, facts));
  }

  #resourceType(name: GroupResource, { apiVersion, kind, namespaced }: TypeFacts): ResourceType {
    const { group, version } = parseApiVersion(apiVersion);
    return {
      group,
      version: this.#preferred.get(name) ?? version,
      resource: group === '' ? name : name.slice(0, -group.length - 1),
      kind,
      namespaced,
      verbs: ['get', 'list'],
      shortNames: [],
      singular: '',
    };
  }
}
