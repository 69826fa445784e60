import type { LeftOutReason } from '#backup/plan/left-out.ts';
import type { Message } from '#foundation/language.ts';
import { say } from '../../spec.ts';

const reasons: Readonly<Record<LeftOutReason, Message>> = {
  labelled: say('labelled velero.io/exclude-from-backup=true', 'ラベル velero.io/exclude-from-backup=true'),
  deleting: say('being deleted', '削除中'),
  namespace: say('their namespace is not included', '対象外の namespace'),
  type: say('their type is not included', '対象外のリソースタイプ'),
  'cluster-scoped': say(
    'cluster-scoped, and no object in the backup needs them',
    'クラスタースコープ (対象オブジェクトに不要)',
  ),
  selector: say('their labels do not fit the selector', 'セレクターに不一致'),
  unfit: say(
    'they cannot be made again, or come with their volumes',
    '再作成できない、またはボリュームに付随',
  ),
  other: say(
    'left out by a policy, a failed hook, or made meanwhile',
    'ポリシー、フックの失敗、または実行中に作成',
  ),
  forbidden: say('they may not be listed', '一覧表示の権限なし'),
};

/** What `backup plan` says. */
export const planTexts = {
  wouldTake: say('Would take', '取得対象'),
  leftOut: say('Would leave out', '対象外'),
  commands: say('Hooks would run', '実行されるフック'),
  none: say('none', 'なし'),
  allCaptured: say('nothing', 'なし'),
  resource: say('RESOURCE', 'リソース'),
  count: say('OBJECTS', '件数'),
  size: say('SIZE', 'サイズ'),
  left: say('LEFT OUT', '対象外'),
  unknown: say('not known how many', '件数不明'),
  reason: (reason: LeftOutReason): Message => reasons[reason],
  objects: (p: { objects: number; size: string }): Message =>
    say(`${p.objects} ${p.objects === 1 ? 'object' : 'objects'}, ${p.size}`, `${p.objects} 件、${p.size}`),
  counted: (count: number): Message => say(String(count), `${count} 件`),
  untouched: say(
    'Nothing was touched. Sizes are those of JSON before compression.',
    '何も変更していません。サイズは圧縮前の JSON のものです。',
  ),
};
