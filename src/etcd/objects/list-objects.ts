import { groupResource, type KubeObject, type ResourceType } from '#kube/objects.ts';
import { matches, type Selector } from '#kube/selectors.ts';
import { type AtRevision, eachKeyAt } from '../snapshot/key-values.ts';
import type { RecordScan } from '../snapshot/record-scan.ts';
import type { Records } from '../snapshot/records.ts';
import { type Alike, AlikeIndex, isAt, nameIn } from './alike.ts';
import type { EncryptionKeys } from './encryption-configuration.ts';
import { hasUsualMetadata } from './envelope.ts';
import { HeadScan } from './head-scan.ts';
import { ObjectTable } from './object-table.ts';
import { isInternal } from './resource-names.ts';
import { isKeyIn } from './snapshot-reader.ts';
import { readHead, readStored, type Stored, type StoredValue, storedIn } from './stored-value.ts';
import { typeOf } from './type-index.ts';
import { declaredType, definitions, namedTypes } from './type-names.ts';

/** How values are read. */
export interface ReadingValues {
  /** Of values that are encrypted at rest. */
  readonly encryption?: EncryptionKeys | undefined;
  /** Told of each value that cannot be read; the rest is read on. */
  readonly onUnreadable?: ((value: Unreadable) => void) | undefined;
}

type Unreadable = Extract<StoredValue, { readonly kind: 'unreadable' }>;

/** Which objects are listed. */
export interface WantedObjects extends ReadingValues {
  /** Only of this namespace. */
  readonly namespace?: string | undefined;
  /** Only what has such labels. */
  readonly selector?: Selector | undefined;
  /** Types of which the objects are wanted; all unless given. */
  readonly isWanted?: ((type: ResourceType) => boolean) | undefined;
}

/** What there is in a snapshot. */
export interface ObjectList {
  readonly objects: ObjectTable;
  /**
   * Every type that was met, whether its objects were wanted or not, once in the version that was stored first; and what definitions declare
   * that were met.
   */
  readonly types: readonly ResourceType[];
}

/**
 * Lists the objects in a snapshot, in one reading of the file. Of an object its metadata alone is read, and that without an object for each
 * where it is stored in protobuf.
 *
 * @throws `etcd.snapshot-compacted`, `etcd.snapshot-revision`, `etcd.snapshot-damaged`
 */
export async function listObjects(
  records: Records,
  request: WantedObjects & Omit<AtRevision, 'isWanted'>,
): Promise<ObjectList> {
  const { namespace, revision, signal, progress } = request;
  const isWanted = namespace === undefined ? undefined : isKeyIn(namespace);
  const lister = new ObjectLister(request);
  await eachKeyAt(records, { revision, isWanted, signal, progress }, record => lister.take(record));
  return { objects: lister.objects, types: lister.types() };
}

/** A type, and when it was met last. */
interface Met {
  readonly type: ResourceType;
  readonly seen: number;
}

/** An object, as far as it was read. */
interface Read {
  readonly object: KubeObject;
  readonly path: string;
  readonly type: ResourceType;
  readonly isMeant: boolean;
}

/** Takes records in turn, the newest first. */
export class ObjectLister {
  readonly objects = new ObjectTable();
  readonly #request: WantedObjects;
  readonly #alike = new AlikeIndex();
  readonly #scan = new HeadScan();
  readonly #met = new Map<string, Met>();
  readonly #declared: ResourceType[] = [];
  #turn = 0;

  constructor(request: WantedObjects) {
    this.#request = request;
  }

  take(record: RecordScan): void {
    this.#turn++;
    const nameAt = nameIn(record);
    const alike = this.#alike.find(record, nameAt);
    if (alike === undefined) this.#read(record, nameAt);
    else if (!this.#takeAlike(record, nameAt, alike)) this.#read(record, undefined);
  }

  /** Records come newest first, so what was met last was stored first. */
  types(): readonly ResourceType[] {
    const byName = new Map<string, ResourceType>();
    const met: Met[] = [...this.#met.values(), ...this.#alike.all()];
    for (const { type } of met.sort((a, b) => b.seen - a.seen)) {
      if (!byName.has(groupResource(type))) byName.set(groupResource(type), type);
    }
    return namedTypes(byName.values(), this.#declared);
  }

  /** `false` for what is not quite as the others. */
  #takeAlike(record: RecordScan, nameAt: number, alike: Alike): boolean {
    const { bytes, keyEnd, value, valueEnd, modRevision } = record;
    const { header, namespace, shelf } = alike;
    const scan = this.#scan;
    alike.seen = this.#turn;
    if (shelf === undefined) return true;
    if (!scan.read(bytes, value + header.length, valueEnd)) return false;
    const length = keyEnd - nameAt;
    const isSame =
      scan.namespaceEnd - scan.namespace === namespace.length &&
      isAt(bytes, scan.namespace, namespace) &&
      scan.nameEnd - scan.name === length &&
      isSameAscii(bytes, nameAt, scan.name, length);
    if (!isSame) return false;
    const numbers = { seconds: scan.seconds, revision: modRevision, size: valueEnd - value };
    this.objects.addNamed(shelf, { bytes, at: nameAt, end: keyEnd }, numbers);
    return true;
  }

  /** @param nameAt where the name begins in the key of a record that is like none before */
  #read(record: RecordScan, nameAt: number | undefined): void {
    const stored = storedIn(record);
    const read = this.#decoded(stored);
    if (read === undefined) return;
    const { selector = [] } = this.#request;
    const { type, object, isMeant } = read;
    this.#met.set(`${groupResource(type)} ${type.version}`, { type, seen: this.#turn });
    const isDefinition = groupResource(type) === definitions;
    if (isDefinition) this.#noteDefinition(stored);
    const isPattern = nameAt !== undefined && selector.length === 0 && !isDefinition;
    if (isPattern && hasUsualMetadata(stored.value)) this.#noteAlike(record, nameAt, read);
    if (isMeant && matches(selector, object.metadata.labels)) this.#add(stored, read);
  }

  #decoded(stored: Stored): Read | undefined {
    const { encryption, onUnreadable, namespace, isWanted } = this.#request;
    const path = stored.key.toString();
    if (isInternal(path)) return undefined;
    const head = readHead(stored, encryption);
    if (head.kind === 'unreadable') onUnreadable?.(head);
    if (head.kind !== 'object') return undefined;
    const { object } = head;
    if (namespace !== undefined && object.metadata.namespace !== namespace) return undefined;
    const type = typeOf(object, path);
    return { object, path, type, isMeant: isWanted?.(type) ?? true };
  }

  #noteDefinition(stored: Stored): void {
    const definition = readStored(stored, this.#request.encryption);
    const declared = definition.kind === 'object' ? declaredType(definition.object) : undefined;
    if (declared !== undefined) this.#declared.push(declared);
  }

  #noteAlike(record: RecordScan, nameAt: number, { object, path, type, isMeant }: Read): void {
    const namespace = type.namespaced ? object.metadata.namespace : undefined;
    const prefix = path.slice(0, path.lastIndexOf('/') + 1);
    const shelf = isMeant ? this.objects.shelf(groupResource(type), namespace, prefix) : undefined;
    this.#alike.add(record, nameAt, { type, shelf, seen: this.#turn });
  }

  #add({ value, modRevision }: Stored, { object, path, type }: Read): void {
    const { namespace, name, creationTimestamp } = object.metadata;
    this.objects.add({
      type: groupResource(type),
      namespace,
      name,
      created: creationTimestamp,
      revision: modRevision,
      size: value.length,
      key: path,
    });
  }
}

function isSameAscii(bytes: Uint8Array, one: number, other: number, length: number): boolean {
  for (let index = 0; index < length; index++) {
    const byte = bytes[one + index] as number;
    if (byte >= 128 || byte !== bytes[other + index]) return false;
  }
  return true;
}
