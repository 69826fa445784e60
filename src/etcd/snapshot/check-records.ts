import { type Message, say } from '#foundation/language.ts';
import type { BoltFile } from '../bolt/bolt-file.ts';
import { isDeletion } from './record.ts';
import type { RecordScan } from './record-scan.ts';
import type { OnRecord } from './status.ts';

/**
 * Looks at a change of a key: the revision in it is the one that it is stored under, its counters can be, and a deletion
 * has no value. What it answers throws `etcd.snapshot-damaged` for the first that is not so.
 */
export function recordChecker(file: BoltFile): OnRecord {
  return (revision, record, cursor) => {
    const fault = faultOf(revision, record, isDeletion(cursor.bytes, cursor.key, cursor.value));
    if (fault !== undefined) file.refuse(fault, cursor.page);
  };
}

function faultOf(revision: number, record: RecordScan, isDeleted: boolean): Message | undefined {
  const { key, keyEnd, value, valueEnd, createRevision, modRevision, version } = record;
  const isEmpty = value === valueEnd;
  // What a restore with --bump-revision leaves: a record of no bytes.
  if (key === keyEnd) return isEmpty && modRevision === 0 ? undefined : faults.noKey;
  if (isDeleted) return isEmpty ? undefined : faults.deletedValue;
  if (modRevision !== revision) return faults.revision;
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
