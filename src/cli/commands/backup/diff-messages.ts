import type { Message } from '#foundation/language.ts';
import type { Difference } from '#kube/diff/differences.ts';
import { say } from '../../spec.ts';

export type Change = Difference['change'];

export const changeKinds = ['added', 'removed', 'changed'] as const satisfies readonly Change[];

const names: Readonly<Record<Change, Message>> = {
  added: say('added', '追加'),
  removed: say('removed', '削除'),
  changed: say('changed', '変更'),
};

/** What `backup diff` says. */
export const diffTexts = {
  from: say('From', '比較元'),
  to: say('To', '比較先'),
  live: say('the cluster', 'クラスター'),
  compared: say('Compared', '比較したオブジェクト'),
  differences: say('Differences', '差分'),
  none: say('none', 'なし'),
  change: say('CHANGE', '変更'),
  resource: say('RESOURCE', 'リソース'),
  namespace: say('NAMESPACE', 'NAMESPACE'),
  name: say('NAME', '名前'),
  fields: say('FIELDS', 'フィールド'),
  changeName: (change: Change): Message => names[change],
  counts: (counts: Readonly<Record<Change, number>>): Message => {
    const shown = changeKinds.filter(change => counts[change] > 0);
    return {
      en: () => shown.map(change => `${counts[change]} ${names[change].en()}`).join(', '),
      ja: () => shown.map(change => `${names[change].ja()} ${counts[change]} 件`).join('、'),
    };
  },
  more: (count: number): Message =>
    say(`… and ${count} more (--details shows all)`, `… 他 ${count} 件 (--details ですべて表示)`),
  policy: (why: readonly Message[]): Message => ({
    en: () =>
      `Note: the backup's resource policy is not applied here: ${why.map(each => each.en()).join('; ')}`,
    ja: () =>
      `注: バックアップのリソースポリシーは適用していません: ${why.map(each => each.ja()).join('; ')}`,
  }),
};
