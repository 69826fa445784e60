import type { Message } from '#foundation/language.ts';
import { say } from '../../spec.ts';
import { type Action, actions, type Counts } from './tally.ts';

interface ToDelete {
  readonly names: readonly string[];
  /** How many there are beyond those names. */
  readonly more: number;
  readonly location: string;
}

/** What became of objects, after a number. */
const outcomes: Readonly<Record<Action, Message>> = {
  created: say('created', '作成'),
  updated: say('updated', '更新'),
  skipped: say('skipped', 'スキップ'),
  failed: say('failed', '失敗'),
  other: say('not told', '不明'),
};

/** What the restore commands say. */
export const restoreTexts = {
  seeIt: say('See all that was done', '結果の確認'),
  seeBackup: say('See what the backup holds', 'バックアップの内容の確認'),
  objects: say('Objects', 'オブジェクト'),
  nothing: say('none', 'なし'),
  clusterScoped: say('Cluster-scoped', 'クラスタースコープ'),
  counts: (counts: Counts): Message => {
    const shown = actions.filter(action => (counts[action] ?? 0) > 0);
    return {
      en: () => shown.map(action => `${counts[action]} ${outcomes[action].en()}`).join(', '),
      ja: () => shown.map(action => `${outcomes[action].ja()} ${counts[action]} 件`).join('、'),
    };
  },
  stopped: (p: { name: string; command: string }): Message =>
    say(
      `What restore "${p.name}" had created until then stays. See what it did: ${p.command}`,
      `復元 "${p.name}" が中断までに作成したオブジェクトは残っています。結果の確認: ${p.command}`,
    ),
  recordedHere: (p: { url: string }): Message =>
    say(
      `No backup location is given, configured or found in the cluster: the record and the log of the restore stay on this machine, in ${p.url}.`,
      `バックアップの場所が、指定も設定もされておらず、クラスターにも見つからないため、復元の記録とログはこのマシンの ${p.url} に保存します。`,
    ),
  none: (p: { location: string }): Message =>
    say(`There are no restores in ${p.location}.`, `${p.location} に復元の記録はありません。`),
  confirmDelete: ({ names, more, location }: ToDelete): Message =>
    say(
      `The records and logs of these restores are to be deleted from ${location}: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
      `${location} から次の復元の記録とログが削除されます: ${names.join(', ')}${more > 0 ? ` 他 ${more} 件` : ''}`,
    ),
  noneSelected: say('No restore fits.', '条件に合う復元はありません。'),
};
