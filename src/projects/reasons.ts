import { type Language, type Message, message } from '#foundation/language.ts';
import type { GroupResource } from '#kube/objects.ts';
import type { ObjectRef } from './object-ref.ts';

/** Why an object is left out of an export: the cluster makes it, or making it anew would be wrong. */
export const skipReasons = {
  controlled: message({
    en: () => 'its controller makes it again',
    ja: () => 'コントローラーが再作成します',
  }),
  'service-endpoints': message({
    en: () => 'the cluster derives it from a Service with a selector',
    ja: () => 'セレクターを持つ Service からクラスターが作成します',
  }),
  'service-account-token': message({
    en: () => "a service account's generated token; the cluster makes a new one",
    ja: () => 'サービスアカウントの生成されたトークンです。クラスターが新たに作成します',
  }),
  dockercfg: message({
    en: () => "a service account's generated pull secret; the cluster makes a new one",
    ja: () => 'サービスアカウントの生成されたプルシークレットです。クラスターが新たに作成します',
  }),
  'service-serving-cert': message({
    en: () => 'a generated serving certificate; the cluster makes a new one for its Service',
    ja: () => '生成されたサービング証明書です。Service に対してクラスターが新たに作成します',
  }),
  'injected-ca': message({
    en: () => "the cluster's own CA bundle, which every project is given",
    ja: () => 'クラスターの CA バンドルです。すべてのプロジェクトに作成されます',
  }),
  'default-service-account': message({
    en: () => 'a service account that every project is given, unchanged',
    ja: () => 'すべてのプロジェクトに作成される、変更のないサービスアカウントです',
  }),
  lease: message({
    en: () => 'a lock that means something only while its holder runs',
    ja: () => '保持者の稼働中にのみ意味を持つロックです',
  }),
  'controller-revision': message({
    en: () => 'history that a controller keeps',
    ja: () => 'コントローラーが保持する履歴です',
  }),
  'finished-pod': message({
    en: () => 'it has finished; created anew it would run again',
    ja: () => '完了した Pod です。再作成すると再度実行されます',
  }),
  'finished-job': message({
    en: () => 'it has finished; created anew it would run again',
    ja: () => '完了した Job です。再作成すると再度実行されます',
  }),
  'finished-build': message({
    en: () => 'it has finished; created anew it would run again',
    ja: () => '完了したビルドです。再作成すると再度実行されます',
  }),
  'mirror-pod': message({
    en: () => "the mirror of a node's static pod",
    ja: () => 'ノードの静的 Pod のミラーです',
  }),
  'volume-snapshot': message({
    en: () => 'a snapshot of data that is not in the export',
    ja: () => 'エクスポートに含まれないデータのスナップショットです',
  }),
  deleting: message({
    en: () => 'it is being deleted',
    ja: () => '削除中です',
  }),
  'same-object': message({
    en: () => 'the same object was listed under another API group',
    ja: () => '同じオブジェクトが別の API グループでも取得されました',
  }),
} as const satisfies Record<string, Message>;

export type SkipReason = keyof typeof skipReasons;

/** An object that was found and left out. */
export interface Skipped {
  readonly object: ObjectRef;
  readonly reason: SkipReason;
  /** What makes it, where that is known: `Deployment web`. */
  readonly by?: string | undefined;
}

/** Why a resource type was not exported. */
export const typeReasons = {
  'method-not-allowed': message({
    en: () => 'it cannot be listed (MethodNotAllowed)',
    ja: () => '一覧を取得できません (MethodNotAllowed)',
  }),
  forbidden: message({
    en: () => 'you may not list it (Forbidden)',
    ja: () => '一覧を取得する権限がありません (Forbidden)',
  }),
  'not-found': message({
    en: () => 'the server names it but does not serve it (NotFound)',
    ja: () => 'サーバーが提供していません (NotFound)',
  }),
  unavailable: message({
    en: () => 'the API server behind its group does not answer',
    ja: () => 'この API グループのサーバーが応答しません',
  }),
  failed: message({
    en: () => 'listing it failed',
    ja: () => '一覧の取得に失敗しました',
  }),
  'not-creatable': message({
    en: () => 'it is a view of other objects and cannot be created',
    ja: () => '他のオブジェクトのビューであり、作成できません',
  }),
  twin: message({
    en: () => 'the same objects are exported from another API group',
    ja: () => '同じオブジェクトを別の API グループからエクスポートします',
  }),
  event: message({
    en: () => 'events are of the past',
    ja: () => 'イベントは過去の記録です',
  }),
} as const satisfies Record<string, Message>;

export type TypeReason = keyof typeof typeReasons;

/** A resource type without a file in the export. */
export interface UnexportedType {
  /** `resource.group`, or `group/version` for a whole group that does not answer. */
  readonly resource: GroupResource;
  readonly reason: TypeReason;
  /** The server's own words, or the twin. */
  readonly detail?: string | undefined;
}

/** Whether objects may be missing from the export because of this, as opposed to having no place in it. */
export function isGap({ reason }: UnexportedType): boolean {
  return reason === 'forbidden' || reason === 'unavailable' || reason === 'failed';
}

export function explainSkip({ reason, by }: Skipped, language: Language): string {
  const text = skipReasons[reason][language]();
  return by === undefined ? text : `${text} (${by})`;
}

export function explainUnexported({ reason, detail }: UnexportedType, language: Language): string {
  const text = typeReasons[reason][language]();
  return detail === undefined ? text : `${text}: ${detail}`;
}
