import { groupResource, type KubeObject, type ObjectKey, type ResourceType } from '#kube/objects.ts';
import type { RecordPlace } from '../snapshot/key-index.ts';
import { type AtRevision, eachKeyAt } from '../snapshot/key-values.ts';
import type { RecordScan } from '../snapshot/record-scan.ts';
import type { Records } from '../snapshot/records.ts';
import { isAt } from './alike.ts';
import { ObjectLister, type ReadingValues } from './list-objects.ts';
import { readStored } from './stored-value.ts';
import { typeOf } from './type-index.ts';

/** Which object is looked for, of whatever type. */
export interface FindRequest extends ObjectKey, ReadingValues, Omit<AtRevision, 'isWanted'> {}

/** Objects of one name. */
export interface Namesakes {
  /** Every type in the snapshot, once. */
  readonly types: readonly ResourceType[];
  /** The one of a type, decoded. */
  of(type: ResourceType): KubeObject | undefined;
}

/**
 * Finds the objects of a name, and what types there are to choose among, in one reading of the file.
 *
 * @throws `etcd.snapshot-compacted`, `etcd.snapshot-revision`, `etcd.snapshot-damaged`
 */
export async function findNamesakes(records: Records, request: FindRequest): Promise<Namesakes> {
  const { namespace = '', name, encryption, onUnreadable, ...at } = request;
  const lister = new ObjectLister({ encryption, onUnreadable, isWanted: () => false });
  const wanted = Buffer.from(namespace === '' ? `/${name}` : `/${namespace}/${name}`);
  const places: RecordPlace[] = [];
  await eachKeyAt(records, at, (record, { page, element }) => {
    lister.take(record);
    if (endsIn(record, wanted)) places.push({ page, element });
  });
  return {
    types: lister.types(),
    of(type) {
      for (const place of places.toReversed()) {
        const { keyValue } = records.at(place);
        const stored = readStored(keyValue, encryption);
        if (stored.kind === 'unreadable') onUnreadable?.(stored);
        if (stored.kind !== 'object') continue;
        const { object, path } = stored;
        const { metadata } = object;
        const isNamed = metadata.name === name && (metadata.namespace ?? '') === namespace;
        if (isNamed && groupResource(typeOf(object, path)) === groupResource(type)) return object;
      }
      return undefined;
    },
  };
}

function endsIn({ bytes, key, keyEnd }: RecordScan, wanted: Uint8Array): boolean {
  return keyEnd - key >= wanted.length && isAt(bytes, keyEnd - wanted.length, wanted);
}
