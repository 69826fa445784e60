import { isHozonError } from '#foundation/errors.ts';
import type { KubeApi, RequestOptions } from '#kube/api.ts';
import { groupResource, type KubeObject, type ObjectKey, type ResourceType } from '#kube/objects.ts';
import type { Looking } from './imagined.ts';

/** A place worth a list: as many objects in one request as would otherwise take a request each. */
const worthAList = 10;
/** Objects of one place that are held in memory; of a place with more, each is asked for. */
const heldAtMost = 5000;
/** Places held at once: objects come in the order of their namespaces, some at the same time. */
const placesHeld = 3;

/** A cluster that many objects are looked up in, namespace by namespace. */
export interface Gathering extends Looking {
  /** To be told which objects of a type will be looked up, before the first is. What was gathered before is let go. */
  expect(type: ResourceType, keys: Iterable<ObjectKey>): void;
}

/** What is expected in one namespace, or outside all; listed when the first object is looked up. */
interface Place {
  readonly names: Set<string>;
  /** By version: objects of one type can be looked up in several. */
  readonly listed: Map<string, Promise<ReadonlyMap<string, KubeObject> | undefined>>;
}

/**
 * Looks objects up by lists of their namespaces where many of one are expected, otherwise one by one. A place that may
 * not be listed is looked up one by one, too.
 */
export function gathering(api: Pick<KubeApi, 'discover' | 'get' | 'list'>): Gathering {
  let expected: { readonly type: string; readonly places: Map<string, Place> } | undefined;
  const held: { readonly place: Place; readonly version: string }[] = [];

  const hold = (place: Place, version: string): void => {
    held.push({ place, version });
    const gone = held.length > placesHeld ? held.shift() : undefined;
    gone?.place.listed.delete(gone.version);
  };

  const lookedUp = async (type: ResourceType, key: ObjectKey, options: RequestOptions) => {
    const place = expected?.type === groupResource(type) ? expected.places.get(placeOf(key)) : undefined;
    if (place === undefined || !place.names.has(key.name)) return api.get(type, key, options);
    if (place.names.size < worthAList || place.names.size > heldAtMost) return api.get(type, key, options);
    let listing = place.listed.get(type.version);
    if (listing === undefined) {
      listing = listPlace(api, type, { place, namespace: key.namespace }, options);
      place.listed.set(type.version, listing);
      hold(place, type.version);
    }
    const listed = await listing;
    return listed === undefined ? api.get(type, key, options) : listed.get(key.name);
  };

  return {
    discover: options => api.discover(options),
    get: (type, key, options = {}) => lookedUp(type, key, options),
    expect(type, keys) {
      held.length = 0;
      const places = new Map<string, Place>();
      for (const key of keys) {
        const place = places.get(placeOf(key)) ?? { names: new Set(), listed: new Map() };
        place.names.add(key.name);
        places.set(placeOf(key), place);
      }
      expected = { type: groupResource(type), places };
    },
  };
}

function placeOf({ namespace }: ObjectKey): string {
  return namespace ?? '';
}

/** The expected objects of a place by their names; `undefined` where they may not be listed. */
async function listPlace(
  api: Pick<KubeApi, 'list'>,
  type: ResourceType,
  { place, namespace }: { readonly place: Place; readonly namespace: string | undefined },
  options: RequestOptions,
): Promise<ReadonlyMap<string, KubeObject> | undefined> {
  const found = new Map<string, KubeObject>();
  try {
    for await (const object of api.list(type, { ...options, namespace })) {
      if (place.names.has(object.metadata.name)) found.set(object.metadata.name, object);
    }
    return found;
  } catch (thrown) {
    if (!isHozonError(thrown, 'kube.forbidden')) throw thrown;
    return undefined;
  }
}
