import { type Message, message } from '#foundation/language.ts';

interface Definition<P> {
  readonly severity: 'warning' | 'error';
  readonly text: Message<P>;
}

function warning<P>(text: Message<P>): Definition<P> {
  return { severity: 'warning', text: message(text) };
}

function failure<P>(text: Message<P>): Definition<P> {
  return { severity: 'error', text: message(text) };
}

/** Everything that a restore says to a person, by a code that programs can rely on. */
const catalogue = {
  'exists-differs': warning<void>({
    en: () =>
      'it exists already and differs from the backup; it was left as it is (existing resource policy "update" would change it)',
    ja: () =>
      'すでに存在し、バックアップと内容が異なります。変更していません (existing resource policy を update にすると更新されます)',
  }),
  'exists-deleting': failure<void>({
    en: () => 'it is being deleted, so it was not restored; restore it again once it is gone',
    ja: () => '削除中のため復元していません。削除の完了後に再度復元してください',
  }),
  refused: failure<{ reason: string }>({
    en: p => `not restored: ${p.reason}`,
    ja: p => `復元できませんでした: ${p.reason}`,
  }),
  'update-refused': warning<{ reason: string }>({
    en: p => `it exists already and could not be updated: ${p.reason}`,
    ja: p => `すでに存在し、更新できませんでした: ${p.reason}`,
  }),
  'claim-not-captured': warning<{ volume: string }>({
    en: p => `the claim comes back empty: the data of its volume ${p.volume} is not in the backup`,
    ja: p => `この PVC は空の状態で復元されます: ボリューム ${p.volume} のデータはバックアップにありません`,
  }),
  'claim-not-filled': warning<{ volume: string; method: string }>({
    en: p =>
      `the claim comes back empty: the data of its volume ${p.volume} was captured by ${p.method}, which this version cannot restore`,
    ja: p =>
      `この PVC は空の状態で復元されます: ボリューム ${p.volume} のデータは ${p.method} で取得されており、このバージョンでは復元できません`,
  }),
  'claim-volume-taken': warning<{ volume: string }>({
    en: p =>
      `the claim comes back empty: its volume ${p.volume} is in the cluster, but for another claim or for one that was deleted`,
    ja: p =>
      `この PVC は空の状態で復元されます: ボリューム ${p.volume} はクラスターに存在しますが、別の PVC または削除された PVC のものです`,
  }),
  'hooks-not-run': warning<{ by: string }>({
    en: p =>
      `its restore hooks are not run: ${p.by} makes the pod anew under another name; run them by hand where they are needed`,
    ja: p =>
      `復元フックを実行しません: ${p.by} が別の名前で Pod を再作成します。必要な場合は手動で実行してください`,
  }),
  'modifier-not-applied': failure<{ rule: number; problem: string }>({
    en: p => `rule ${p.rule} of the resource modifier could not be applied to it: ${p.problem}`,
    ja: p => `resource modifier のルール ${p.rule} を適用できませんでした: ${p.problem}`,
  }),
  'storage-class-missing': failure<{ name: string }>({
    en: p =>
      `not restored: it was to be given storage class ${p.name}, which the cluster does not have; create the class, or correct the ConfigMap of velero.io/change-storage-class`,
    ja: p =>
      `復元していません: 変更先のストレージクラス ${p.name} がクラスターにありません。ストレージクラスを作成するか、velero.io/change-storage-class の ConfigMap を修正してください`,
  }),
  'plugin-unreadable': warning<{ plugin: string; namespace: string }>({
    en: p =>
      `ConfigMaps in namespace ${p.namespace} may not be listed, so what one for ${p.plugin} says is not done`,
    ja: p =>
      `namespace ${p.namespace} の ConfigMap を一覧表示する権限がないため、${p.plugin} の設定は適用されません`,
  }),
  'status-refused': warning<{ reason: string }>({
    en: p => `it was restored, but not its status: ${p.reason}`,
    ja: p => `復元しましたが、status は復元できませんでした: ${p.reason}`,
  }),
  'owners-refused': warning<{ reason: string }>({
    en: p =>
      `it was restored, but who owns its fields was not, so the next server-side apply may conflict: ${p.reason}`,
    ja: p =>
      `復元しましたが、フィールドの所有者 (managedFields) は復元できませんでした。次の server-side apply が競合する可能性があります: ${p.reason}`,
  }),
  'status-annotation': warning<{ value: string }>({
    en: p =>
      `annotation velero.io/restore-status is ${JSON.stringify(p.value)}, neither true nor false; it was passed over`,
    ja: p =>
      `アノテーション velero.io/restore-status の値 ${JSON.stringify(p.value)} は true でも false でもないため、無視しました`,
  }),
  'plan-changed': failure<{ planned: string; now: string }>({
    en: p =>
      `not restored: the plan says "${p.planned}", but the cluster has changed since, and it would now be "${p.now}"; make a new plan`,
    ja: p =>
      `復元していません: 計画では "${p.planned}" ですが、その後クラスターが変更されたため "${p.now}" になります。計画を作り直してください`,
  }),
  'snapshot-left-out': warning<void>({
    en: () => 'not restored: this version does not restore volume snapshots',
    ja: () => '復元していません: このバージョンではボリュームスナップショットを復元しません',
  }),
  'type-not-served': warning<{ resource: string; objects: number }>({
    en: p =>
      `the cluster does not serve ${p.resource}: ${p.objects} ${p.objects === 1 ? 'object was' : 'objects were'} not restored; install its CustomResourceDefinition or operator and restore again`,
    ja: p =>
      `クラスターは ${p.resource} を提供していないため、${p.objects} 個のオブジェクトを復元していません。CustomResourceDefinition または Operator をインストールしてから再度復元してください`,
  }),
  'type-other-version': warning<{ resource: string; archived: string; served: string }>({
    en: p =>
      `${p.resource}: the backup holds ${p.archived}, which the cluster does not serve; ${p.served} is used, and fields that it does not know are lost`,
    ja: p =>
      `${p.resource}: バックアップの ${p.archived} をクラスターが提供していないため、${p.served} を使用します。${p.served} にないフィールドは失われます`,
  }),
  'namespace-refused': failure<{ namespace: string; reason: string }>({
    en: p => `namespace ${p.namespace} could not be made, so nothing was restored into it: ${p.reason}`,
    ja: p => `namespace ${p.namespace} を作成できないため、その中には何も復元していません: ${p.reason}`,
  }),
  'namespace-terminating': failure<{ namespace: string; minutes: number }>({
    en: p =>
      `namespace ${p.namespace} is being deleted and was not gone after ${p.minutes} minutes, so nothing was restored into it; look at its finalizers and restore again`,
    ja: p =>
      `namespace ${p.namespace} の削除が ${p.minutes} 分経っても完了しないため、その中には何も復元していません。finalizer を確認し、再度復元してください`,
  }),
  'definition-not-established': failure<{ name: string; reason: string }>({
    en: p => `CustomResourceDefinition ${p.name} was created but is not served: ${p.reason}`,
    ja: p => `CustomResourceDefinition ${p.name} を作成しましたが、提供されていません: ${p.reason}`,
  }),
  'account-late': warning<{ namespace: string; seconds: number }>({
    en: p =>
      `namespace ${p.namespace} had no service account "default" after ${p.seconds} s; its pods may have been refused`,
    ja: p =>
      `namespace ${p.namespace} に ${p.seconds} 秒以内にサービスアカウント default が作成されませんでした。Pod の作成が拒否された可能性があります`,
  }),
  'pull-secret-late': warning<{ seconds: number }>({
    en: p =>
      `the cluster made no secret within ${p.seconds} s by which its pods pull from the internal registry; those that were restored may not find their images`,
    ja: p =>
      `内部レジストリーから pull するためのシークレットが ${p.seconds} 秒以内に作成されませんでした。復元した Pod がイメージを取得できない可能性があります`,
  }),
  unread: failure<{ objects: number; source: string; key: string }>({
    en: p =>
      `${p.objects} ${p.objects === 1 ? 'value' : 'values'} of ${p.source} could not be read, ${p.key} the first: what they hold is not restored`,
    ja: p =>
      `${p.source} の値 ${p.objects} 個を読み取れませんでした (最初のものは ${p.key})。これらの内容は復元していません`,
  }),
  'name-unusable': failure<{ objects: number; source: string; object: string }>({
    en: p =>
      `${p.objects} ${p.objects === 1 ? 'object' : 'objects'} of ${p.source} ${p.objects === 1 ? 'has a name' : 'have names'} or a namespace that no API server takes, ${p.object} the first: not restored`,
    ja: p =>
      `${p.source} のオブジェクト ${p.objects} 個の名前または namespace が API サーバーで使用できない形式のため、復元していません (最初のものは ${p.object})`,
  }),
  'comes-twice': failure<{ objects: number; source: string; object: string }>({
    en: p =>
      `${p.source} holds ${p.objects} ${p.objects === 1 ? 'object' : 'objects'} a second time, ${p.object} the first: only what came first of each is restored; perhaps two clusters keep their objects in one etcd`,
    ja: p =>
      `${p.source} に同じオブジェクトが ${p.objects} 個重複しています (最初のものは ${p.object})。それぞれ最初に読み取ったものだけを復元します。2 つのクラスターが 1 つの etcd を共有している可能性があります`,
  }),
  'was-deleting': warning<{ objects: number }>({
    en: p =>
      `${p.objects} ${p.objects === 1 ? 'object was' : 'objects were'} being deleted at that time and not restored; an earlier revision may hold ${p.objects === 1 ? 'it' : 'them'} whole (--revision)`,
    ja: p =>
      `${p.objects} 個のオブジェクトはその時点で削除中のため復元していません。以前のリビジョン (--revision) には削除前の状態が残っている場合があります`,
  }),
  'not-in-backup': warning<{ field: string; name: string }>({
    en: p => `${p.field} names ${p.name}, which the backup does not hold`,
    ja: p => `${p.field} に指定された ${p.name} はバックアップに含まれていません`,
  }),
  'nothing-selected': warning<{ backup: string }>({
    en: p => `nothing in the backup ${p.backup} is what was asked for, so nothing was restored`,
    ja: p => `バックアップ ${p.backup} に該当するオブジェクトがないため、何も復元していません`,
  }),
} as const;

export type NoteCode = keyof typeof catalogue;
type ParamsOf<C extends NoteCode> = (typeof catalogue)[C] extends Definition<infer P> ? P : never;

/** Something that a person should know. Plain JSON. */
export interface Note {
  readonly code: NoteCode;
  readonly severity: 'warning' | 'error';
  readonly params: Readonly<Record<string, string | number>>;
}

/** Makes a note; its severity comes with its code. */
export function note<C extends NoteCode>(
  code: C,
  ...[params]: [ParamsOf<C>] extends [void] ? [] : [params: ParamsOf<C>]
): Note {
  return { code, severity: catalogue[code].severity, params: { ...(params as object | undefined) } };
}

/** The note in words. */
export function noteText({ code, params }: Note): Message {
  const text = catalogue[code].text as Message<typeof params>;
  return { en: () => text.en(params), ja: () => text.ja(params) };
}
