import type { GroupResource } from '#kube/objects.ts';
import { type NameSet, NameTable } from '../snapshot/name-table.ts';
import { NumberList } from '../snapshot/number-list.ts';

/** What a list shows of an object. Plain JSON. */
export interface ListedObject {
  readonly type: GroupResource;
  readonly namespace?: string | undefined;
  readonly name: string;
  /** When, as the object says it; null where it says that there is no such time. */
  readonly created?: string | null | undefined;
  /** Of the last change. */
  readonly revision: number;
  /** Bytes as stored. */
  readonly size: number;
  /** In etcd. */
  readonly key: string;
}

/** Objects of one type and namespace below one part of the key. */
export interface Shelf {
  readonly number: number;
  readonly prefix: string;
  readonly bucket: Bucket;
}

interface Bucket extends NameSet {
  readonly type: GroupResource;
  readonly namespace: string | undefined;
}

/** What is in `bytes` from `at` to `end`. */
export interface BytesRange {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly end: number;
}

/** What a row has that is no text. */
export interface RowNumbers {
  /** Since 1970; NaN for an object that does not say when it was made. */
  readonly seconds: number;
  readonly revision: number;
  readonly size: number;
}

/**
 * What a list shows of millions of objects: some fifty bytes each, and the name once. Gone through, it gives them in the order of
 * namespaces, types and names, as often as that is wanted; equal ones in the order opposite to that of their adding.
 */
export class ObjectTable implements Iterable<ListedObject> {
  readonly #names = new NameTable();
  readonly #seconds = new NumberList('double');
  readonly #revisions = new NumberList('double');
  readonly #sizes = new NumberList('uint32');
  readonly #shelfOf = new NumberList('uint32');
  readonly #shelves: Shelf[] = [];
  readonly #shelvesByText = new Map<string, Shelf>();
  #buckets = new Map<string, Bucket>();
  /** Those that are not what their key and their numbers say. */
  readonly #odd = new Map<number, ListedObject>();
  #order: Uint32Array | undefined;

  get length(): number {
    return [...this.#buckets.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** The place for objects whose keys are the prefix and their names. */
  shelf(type: GroupResource, namespace: string | undefined, prefix: string): Shelf {
    const bucketText = `${type}\0${namespace ?? ''}`;
    const text = `${bucketText}\0${prefix}`;
    const known = this.#shelvesByText.get(text);
    if (known !== undefined) return known;
    const bucket = this.#buckets.get(bucketText) ?? {
      type,
      namespace: namespace || undefined,
      last: 0,
      size: 0,
    };
    this.#buckets.set(bucketText, bucket);
    const shelf = { number: this.#shelves.length, prefix, bucket };
    this.#shelves.push(shelf);
    this.#shelvesByText.set(text, shelf);
    return shelf;
  }

  /** Adds an object whose name is ASCII. */
  addNamed(shelf: Shelf, { bytes, at, end }: BytesRange, row: RowNumbers): void {
    this.#names.add(shelf.bucket, bytes, at, end);
    this.#seconds.add(row.seconds);
    this.#revisions.add(row.revision);
    this.#sizes.add(row.size);
    this.#shelfOf.add(shelf.number);
    this.#order = undefined;
  }

  add(object: ListedObject): void {
    const { type, namespace, name, created, key, revision, size } = object;
    const bytes = Buffer.from(name);
    const seconds = created === undefined ? Number.NaN : secondsOf(created);
    const isAscii = bytes.length === name.length;
    const isPlain = isAscii && key.endsWith(`/${name}`) && namespace !== '' && seconds !== undefined;
    const shelf = this.shelf(type, namespace, isPlain ? key.slice(0, key.length - name.length) : '');
    if (!isPlain) this.#odd.set(this.#names.length, object);
    const row = { seconds: seconds ?? Number.NaN, revision, size };
    this.addNamed(shelf, { bytes, at: 0, end: bytes.length }, row);
  }

  /** Forgets all that is of other types. */
  keepOnly(type: GroupResource): void {
    this.#buckets = new Map([...this.#buckets].filter(([, bucket]) => bucket.type === type));
    this.#order = undefined;
  }

  *[Symbol.iterator](): Generator<ListedObject> {
    this.#order ??= this.#sorted();
    const times = new TimeTexts();
    for (const number of this.#order) yield this.#odd.get(number) ?? this.#row(number, times);
  }

  #row(number: number, times: TimeTexts): ListedObject {
    const { prefix, bucket } = this.#shelves[this.#shelfOf.at(number)] as Shelf;
    const name = this.#names.nameOf(number);
    const seconds = this.#seconds.at(number);
    return {
      type: bucket.type,
      namespace: bucket.namespace,
      name,
      created: Number.isNaN(seconds) ? undefined : times.of(seconds),
      revision: this.#revisions.at(number),
      size: this.#sizes.at(number),
      key: prefix + name,
    };
  }

  #sorted(): Uint32Array {
    const order = new Uint32Array(this.length);
    let at = 0;
    for (const bucket of [...this.#buckets.values()].sort(inOrder)) {
      const numbers = this.#names.numbersIn(bucket).sort((a, b) => this.#compare(a, b));
      order.set(numbers, at);
      at += numbers.length;
    }
    return order;
  }

  /** Bytes of ASCII are in the order of characters; of other names they are not. */
  #compare(a: number, b: number): number {
    if (this.#odd.size === 0 || !(this.#odd.has(a) || this.#odd.has(b))) return this.#names.compare(a, b);
    const [one, other] = [this.#nameOf(a), this.#nameOf(b)];
    if (one === other) return 0;
    return one < other ? -1 : 1;
  }

  #nameOf(number: number): string {
    return this.#odd.get(number)?.name ?? this.#names.nameOf(number);
  }
}

function inOrder(a: Bucket, b: Bucket): number {
  const [of, other] = [a.namespace ?? '', b.namespace ?? ''];
  if (of !== other) return of < other ? -1 : 1;
  if (a.type === b.type) return 0;
  return a.type < b.type ? -1 : 1;
}

/** `undefined` for a time that is not written as {@link TimeTexts} writes it. */
function secondsOf(created: string | null): number | undefined {
  if (created === null) return undefined;
  const seconds = Date.parse(created) / 1000;
  return Number.isInteger(seconds) && textOf(seconds) === created ? seconds : undefined;
}

function textOf(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, -'.000Z'.length)}Z`;
}

const mostTexts = 100_000;

/** Times as API servers write them, each of which many objects have. */
class TimeTexts {
  readonly #known = new Map<number, string>();

  of(seconds: number): string {
    const known = this.#known.get(seconds);
    if (known !== undefined) return known;
    if (this.#known.size === mostTexts) this.#known.clear();
    const text = textOf(seconds);
    this.#known.set(seconds, text);
    return text;
  }
}
