import type { Message } from '#foundation/language.ts';
import { type PlanAction, planActions } from '#restore/plan/plan.ts';
import { say } from '../../spec.ts';

const names: Readonly<Record<PlanAction, Message>> = {
  create: say('create', '作成'),
  update: say('update', '更新'),
  merge: say('merge', 'マージ'),
  skip: say('skip', 'スキップ'),
  conflict: say('conflict', '競合'),
};

export type PlanCounts = Readonly<Partial<Record<PlanAction, number>>>;

/** What `restore plan` says. */
export const planTexts = {
  wouldDo: say('Would do', '実行内容'),
  nothing: say('nothing', 'なし'),
  findings: say('Found in the cluster', 'クラスターの確認結果'),
  none: say('nothing is missing', '問題なし'),
  leftOut: say('Left out by filters', 'フィルターによる除外'),
  action: say('ACTION', '操作'),
  resource: say('RESOURCE', 'リソース'),
  namespace: say('NAMESPACE', 'NAMESPACE'),
  name: say('NAME', '名前'),
  why: say('WHY', '理由'),
  changes: say('CHANGES', '変更フィールド'),
  empty: say('The backup holds nothing.', 'バックアップには何も含まれていません。'),
  actionName: (action: PlanAction): Message => names[action],
  counts: (counts: PlanCounts): Message => {
    const shown = planActions.filter(action => (counts[action] ?? 0) > 0);
    return {
      en: () => shown.map(action => `${counts[action]} ${names[action].en()}`).join(', '),
      ja: () => shown.map(action => `${names[action].ja()} ${counts[action]} 件`).join('、'),
    };
  },
  objects: (count: number): Message => say(String(count), `${count} 件`),
  more: (count: number): Message =>
    say(`… and ${count} more (--details shows all)`, `… 他 ${count} 件 (--details ですべて表示)`),
  rules: (rules: readonly number[]): Message =>
    say(
      `changed by rules ${rules.join(', ')} of the resource modifier`,
      `resource modifier のルール ${rules.join('、')} により変更`,
    ),
  seeAll: say(
    'Nothing was touched. --details lists every object.',
    '何も変更していません。--details ですべてのオブジェクトを表示します。',
  ),
  planFlag: say(
    'A plan that `hozon restore plan -o json` saved: performed as it is, or refused where it no longer holds; - for stdin',
    '`hozon restore plan -o json` で保存した計画をそのまま実行します。現状と合わない場合は実行しません。- は標準入力',
  ),
};
