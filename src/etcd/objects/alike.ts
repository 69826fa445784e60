import type { ResourceType } from '#kube/objects.ts';
import type { RecordScan } from '../snapshot/record-scan.ts';
import { headerLength } from './envelope.ts';
import type { Shelf } from './object-table.ts';

/** Objects whose keys and values begin alike: with one prefix, one namespace, and one kind and version in protobuf. */
export interface Alike {
  readonly prefix: Buffer;
  /** What their values begin with, up to the object's own message. */
  readonly header: Buffer;
  readonly namespace: Buffer;
  readonly type: ResourceType;
  /** Where they are put; `undefined` for those that are not wanted. */
  readonly shelf: Shelf | undefined;
  /** The last turn in which one was met. */
  seen: number;
  /** Another of the same hash. */
  readonly next: Alike | undefined;
  /** How many of the same hash there are from this one on. */
  readonly count: number;
}

/** Of one hash are as many noted, at most: in a cluster a few, in a hostile file millions, which would be compared each with each. */
const mostOfOneHash = 32;

/** Finds what a record is like, by its bytes alone. */
export class AlikeIndex {
  readonly #byHash = new Map<number, Alike>();

  all(): Alike[] {
    const every: Alike[] = [];
    for (const first of this.#byHash.values())
      for (let one: Alike | undefined = first; one !== undefined; one = one.next) every.push(one);
    return every;
  }

  /** @param nameAt where the name begins in the key */
  find(record: RecordScan, nameAt: number): Alike | undefined {
    const { bytes, key, value, valueEnd } = record;
    let found = this.#byHash.get(hashOf(bytes, key, nameAt));
    while (found !== undefined) {
      const { prefix, header } = found;
      const isLong = prefix.length === nameAt - key && header.length <= valueEnd - value;
      if (isLong && isAt(bytes, key, prefix) && isAt(bytes, value, header)) return found;
      found = found.next;
    }
    return undefined;
  }

  /** Notes what those are like whose values begin as that of this record; nothing where that is of no kind, or where enough are noted. */
  add(record: RecordScan, nameAt: number, facts: Pick<Alike, 'type' | 'shelf' | 'seen'>): void {
    const { bytes, key, value, valueEnd } = record;
    const hash = hashOf(bytes, key, nameAt);
    const next = this.#byHash.get(hash);
    const count = (next?.count ?? 0) + 1;
    if (count > mostOfOneHash) return;
    const length = headerLength(bytes.subarray(value, valueEnd));
    if (length === undefined) return;
    const header = Buffer.from(bytes.subarray(value, value + length));
    const prefix = Buffer.from(bytes.subarray(key, nameAt));
    const before = prefix.subarray(prefix.lastIndexOf(0x2f, -2) + 1, -1);
    const namespace = facts.type.namespaced ? before : before.subarray(0, 0);
    this.#byHash.set(hash, { prefix, header, namespace, next, count, ...facts });
  }
}

/** Where the name begins in the key of a record: behind the last slash. */
export function nameIn({ bytes, key, keyEnd }: RecordScan): number {
  let at = keyEnd;
  while (at > key && bytes[at - 1] !== 0x2f) at--;
  return at;
}

/** Whether the bytes from a place on are these. */
export function isAt(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let index = wanted.length - 1; index >= 0; index--) {
    if (bytes[at + index] !== wanted[index]) return false;
  }
  return true;
}

/** FNV-1a of 30 bits. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  return hash >>> 2;
}
