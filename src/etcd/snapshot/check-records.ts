import { type Message, say } from '#foundation/language.ts';
import { paced, type ReadingOptions } from '../bolt/paced.ts';
import type { Records, StoredRecord } from './records.ts';

/**
 * Looks at every change of a key: the revision in it is the one that it is stored under, its counters can be, and a deletion
 * has no value.
 *
 * @throws `etcd.snapshot-damaged` for the first that is not so
 */
export async function checkRecords(records: Records, options: ReadingOptions = {}): Promise<void> {
  for await (const leaf of paced(records.file, records.leaves(), 'records', options)) {
    for (let element = 0; element < leaf.count; element++) {
      const fault = faultOf(records.inLeaf(leaf, element));
      if (fault !== undefined) records.file.refuse(fault, leaf.page);
    }
  }
}

function faultOf({ revision, keyValue }: StoredRecord): Message | undefined {
  const { key, value, createRevision, modRevision, version } = keyValue;
  // What a restore with --bump-revision leaves: a record of no bytes.
  if (key.length === 0) return value.length === 0 && modRevision === 0 ? undefined : faults.noKey;
  if (revision.isDeletion) return value.length === 0 ? undefined : faults.deletedValue;
  if (modRevision !== revision.main) return faults.revision;
  return createRevision > 0 && createRevision <= modRevision && version > 0 ? undefined : faults.counters;
}

const faults = {
  noKey: say('a record has no key', 'キーのないレコードがあります'),
  deletedValue: say('the deletion of a key has a value', 'キーの削除に値が含まれています'),
  revision: say(
    'a record is stored under another revision than it says',
    'レコードのリビジョンが保存位置と一致しません',
  ),
  counters: say(
    'a record has a version or a revision of its creation that cannot be',
    'レコードのバージョンまたは作成リビジョンが正しくありません',
  ),
} as const;
