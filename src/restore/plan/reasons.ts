import { type Message, message } from '#foundation/language.ts';
import { skipReasons } from '../decide/reasons.ts';

/** Why something becomes of an object what does, beyond what a decision can say to leave it out. */
const further = {
  absent: message({ en: () => 'it is not there', ja: () => '存在しません' }),
  'policy-update': message({
    en: () => 'it is there and differs; the existing resource policy is "update"',
    ja: () => '内容が異なるオブジェクトが存在します (existing resource policy は update です)',
  }),
  'account-merged': message({
    en: () => 'a service account keeps what it has and is given what it lacks',
    ja: () => 'サービスアカウントの既存の内容を維持し、不足分を追加します',
  }),
  'volume-released': message({
    en: () => 'its claim is gone; the volume is let go so that the restored claim is bound to it',
    ja: () => 'PVC が削除されています。復元される PVC に割り当てられるようにボリュームを解放します',
  }),
  'exists-differs': message({
    en: () => 'it is there and differs; the existing resource policy is "none"',
    ja: () => '内容が異なるオブジェクトが存在します (existing resource policy は none です)',
  }),
  'exists-deleting': message({
    en: () => 'the one that is there is being deleted',
    ja: () => '既存のオブジェクトが削除中です',
  }),
  'storage-class-missing': message({
    en: () => 'the storage class that it is to be given does not exist',
    ja: () => '変更先のストレージクラスが存在しません',
  }),
  'type-not-served': message({
    en: () => 'the cluster does not serve its type',
    ja: () => 'クラスターがこのリソースタイプを提供していません',
  }),
  'namespace-used': message({
    en: () => 'the namespace is there and is used as it is',
    ja: () => 'namespace がすでに存在し、そのまま使用します',
  }),
  'namespace-deleting': message({
    en: () => 'made once the one that is being deleted is gone',
    ja: () => '削除中の namespace がなくなった後に作成します',
  }),
  'filter-namespace': message({
    en: () => 'includedNamespaces does not name its namespace',
    ja: () => 'namespace が includedNamespaces に含まれていません',
  }),
  'filter-namespace-excluded': message({
    en: () => 'excludedNamespaces names its namespace',
    ja: () => 'namespace が excludedNamespaces に含まれています',
  }),
  'filter-resource': message({
    en: () => 'includedResources does not name its type',
    ja: () => 'リソースタイプが includedResources に含まれていません',
  }),
  'filter-resource-excluded': message({
    en: () => 'excludedResources names its type',
    ja: () => 'リソースタイプが excludedResources に含まれています',
  }),
  'filter-cluster-scoped': message({
    en: () => 'it is cluster-scoped, and no restored object needs it (includeClusterResources)',
    ja: () =>
      'クラスタースコープであり、復元対象のオブジェクトに必要とされていません (includeClusterResources)',
  }),
  'filter-labels': message({
    en: () => 'its labels do not fit the selector',
    ja: () => 'ラベルがセレクターに一致しません',
  }),
  'never-restored': message({
    en: () => 'objects of this type are never restored',
    ja: () => 'このリソースタイプは復元の対象になりません',
  }),
} as const satisfies Record<string, Message>;

/** Every reason in words, by the code that programs can rely on. */
export const planReasons = { ...skipReasons, ...further } as const;

export type PlanReason = keyof typeof planReasons;

/** The reasons of objects that no filter lets through. */
export type FilterReason = Extract<PlanReason, `filter-${string}` | 'never-restored'>;

/** Whether a filter of the request leaves the object out, so that nothing else was asked about it. */
export function isFilterReason(reason: PlanReason): reason is FilterReason {
  return reason.startsWith('filter-') || reason === 'never-restored';
}
