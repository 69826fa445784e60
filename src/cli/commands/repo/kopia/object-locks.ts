import { formatDuration } from '#foundation/format.ts';
import type { Message } from '#foundation/language.ts';
import { isDirectory, lockOf } from '#repository/kopia/access/keeping.ts';
import type { OpenKopia } from '#repository/kopia/access/open.ts';
import type { MaintenanceParameters } from '#repository/kopia/format/maintenance-blob.ts';
import type { Field } from '../../../output/outcome.ts';
import { say } from '../../../spec.ts';

/** As JSON and YAML show how the repository locks its blobs: nothing where it locks none. */
export function lockData(blobConfig: OpenKopia['blobConfig']): object | undefined {
  const lock = lockOf(blobConfig);
  return lock === undefined ? undefined : { mode: lock.mode, period: formatDuration(lock.period) };
}

/** For people; no line where it locks none. */
export function lockFields(
  blobConfig: OpenKopia['blobConfig'],
  { extendObjectLocks }: Pick<MaintenanceParameters, 'extendObjectLocks'>,
): readonly Field[] {
  const lock = lockOf(blobConfig);
  if (lock === undefined) return [];
  const how = `${lock.mode}, ${formatDuration(lock.period)}`;
  const value = extendObjectLocks
    ? say(`${how}, extended by each full run`, `${how}、完全な処理のたびに延長`)
    : say(`${how}, not extended`, `${how}、延長なし`);
  return [{ label: say('Object locks', 'オブジェクトロック'), value }];
}

/** What keeps the locks of a repository that wants them extended from being extended. */
export function lockNotes(
  { blobConfig, store }: Pick<OpenKopia, 'blobConfig' | 'store'>,
  { extendObjectLocks, full }: Pick<MaintenanceParameters, 'extendObjectLocks' | 'full'>,
): readonly Message[] {
  if (!extendObjectLocks) return [];
  if (lockOf(blobConfig) === undefined) return [noLocks];
  return [...(isDirectory(store) ? [unable] : []), ...(full.enabled ? [] : [notRun])];
}

const noLocks = say(
  'The repository locks none of its blobs (no retention mode and period), so there is nothing to extend.',
  'リポジトリーはブロブをロックしていない (保持モードと期間の設定がない) ため、延長の対象はありません。',
);
const unable = say(
  'A directory cannot lock objects: no lock is extended here, and maintenance says so each time.',
  'ディレクトリーではオブジェクトをロックできないため、延長は行われず、メンテナンスのたびに通知されます。',
);
const notRun = say(
  'The full maintenance is off, and only it extends object locks: turn it on with `hozon repo maintenance set --enable-full`, or run it yourself.',
  '完全なメンテナンスが無効です。オブジェクトロックは完全なメンテナンスでのみ延長されます。`hozon repo maintenance set --enable-full` で有効にするか、手動で実行してください。',
);
