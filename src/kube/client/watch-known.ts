import type { WatchEvent } from '../api.ts';
import {
  apiVersionOf,
  formatKey,
  type KubeObject,
  keyOf,
  type ObjectKey,
  type ResourceType,
} from '../objects.ts';

interface Known {
  readonly key: ObjectKey;
  readonly uid: string;
  readonly resourceVersion: string;
}

/** One reading of a whole list. */
export interface ListRound {
  /** The events for an object of the list: none where it has not changed. */
  listed(object: KubeObject): Generator<WatchEvent>;
  /** The events for what was not in the list any more. Only for a list that was read to its end. */
  end(): Generator<WatchEvent>;
}

/** What a watch has shown so far, in little memory: enough to tell what a new list changes. */
export class KnownObjects {
  readonly #type: ResourceType;
  readonly #known = new Map<string, Known>();

  constructor(type: ResourceType) {
    this.#type = type;
  }

  changed(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject): void {
    const name = formatKey(keyOf(object));
    if (type === 'DELETED') this.#known.delete(name);
    else this.#known.set(name, knownOf(object));
  }

  beginRound(): ListRound {
    const listed = new Set<string>();
    return {
      listed: object => {
        listed.add(formatKey(keyOf(object)));
        return this.#difference(object);
      },
      end: () => this.#vanished(listed),
    };
  }

  *#difference(object: KubeObject): Generator<WatchEvent> {
    const before = this.#known.get(formatKey(keyOf(object)));
    const now = knownOf(object);
    if (before?.uid === now.uid && before.resourceVersion === now.resourceVersion) return;
    this.changed('ADDED', object);
    if (before !== undefined && before.uid !== now.uid) yield this.#deleted(before);
    yield { type: before?.uid === now.uid ? 'MODIFIED' : 'ADDED', object };
  }

  *#vanished(listed: ReadonlySet<string>): Generator<WatchEvent> {
    for (const [name, known] of this.#known) {
      if (listed.has(name)) continue;
      this.#known.delete(name);
      yield this.#deleted(known);
    }
  }

  #deleted(known: Known): WatchEvent {
    const { namespace, name } = known.key;
    const metadata = { name, ...(namespace === undefined ? {} : { namespace }), uid: known.uid };
    return {
      type: 'DELETED',
      object: { apiVersion: apiVersionOf(this.#type), kind: this.#type.kind, metadata },
    };
  }
}

function knownOf(object: KubeObject): Known {
  const { uid = '', resourceVersion = '' } = object.metadata;
  return { key: keyOf(object), uid, resourceVersion };
}
