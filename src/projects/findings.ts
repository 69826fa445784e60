import { type Language, type Message, message } from '#foundation/language.ts';
import type { ObjectRef } from './object-ref.ts';
import { type SkipReason, skipReasons } from './reasons.ts';

/**
 * `note`: nothing to do. `warning`: the object comes along, but something that it relies on does not, or may not
 * fit where it is imported. `error`: the object was not brought over.
 */
export type Severity = 'note' | 'warning' | 'error';

interface Definition<P> {
  readonly severity: Severity;
  readonly text: Message<P>;
}

function note<P>(text: Message<P>): Definition<P> {
  return { severity: 'note', text: message(text) };
}

function warning<P>(text: Message<P>): Definition<P> {
  return { severity: 'warning', text: message(text) };
}

function failure<P>(text: Message<P>): Definition<P> {
  return { severity: 'error', text: message(text) };
}

const catalogue = {
  'image-digest-internal': warning<{ container: string; image: string; tag: string }>({
    en: p =>
      `container ${p.container} runs ${p.image}: a digest of the internal registry, which another cluster does not have` +
      (p.tag === '' ? '' : `; its trigger follows ${p.tag}, which --images=tags writes in its place`),
    ja: p =>
      `コンテナー ${p.container} のイメージ ${p.image} は内部レジストリーのダイジェストで、別のクラスターには存在しません` +
      (p.tag === ''
        ? ''
        : `。トリガーは ${p.tag} を参照しており、--images=tags でこのタグに置き換えられます`),
  }),
  'image-internal': warning<{ container: string; image: string }>({
    en: p =>
      `container ${p.container} runs ${p.image} of the internal registry; the image is not in the export`,
    ja: p =>
      `コンテナー ${p.container} は内部レジストリーの ${p.image} を使用しています。イメージはエクスポートに含まれません`,
  }),
  'image-rewritten': note<{ container: string; image: string; tag: string }>({
    en: p =>
      `container ${p.container}: ${p.image} was replaced by the tag that its trigger follows, ${p.tag}`,
    ja: p => `コンテナー ${p.container}: ${p.image} を、トリガーが参照するタグ ${p.tag} に置き換えました`,
  }),
  'image-content-missing': warning<{ tags: string }>({
    en: p => `the images behind the tags ${p.tags} were pushed or built here and are not in the export`,
    ja: p =>
      `タグ ${p.tags} のイメージはこのクラスターにプッシュまたはビルドされたもので、エクスポートに含まれません`,
  }),
  'id-ranges-dropped': note<{ ranges: string }>({
    en: p => `UID, group and MCS ranges are allocated anew by the cluster (here: ${p.ranges})`,
    ja: p => `UID、グループ、MCS の範囲はクラスターが新たに割り当てます (元の値: ${p.ranges})`,
  }),
  'id-fixed-in-range': warning<{ field: string; id: number; range: string }>({
    en: p =>
      `${p.field} is ${p.id}, of this project's range ${p.range}; a new project has another range and may refuse it`,
    ja: p =>
      `${p.field} の値 ${p.id} はこのプロジェクトの範囲 ${p.range} に属します。新しいプロジェクトでは範囲が異なり、拒否される場合があります`,
  }),
  'selinux-fixed': warning<{ field: string; level: string }>({
    en: p => `${p.field} is ${p.level}, this project's SELinux level; a new project has another`,
    ja: p =>
      `${p.field} の ${p.level} はこのプロジェクトの SELinux レベルです。新しいプロジェクトでは異なります`,
  }),
  'generated-secrets-dropped': note<{ names: string }>({
    en: p => `references to generated secrets were dropped; the cluster makes new ones: ${p.names}`,
    ja: p => `生成されたシークレットへの参照を取り除きました。クラスターが新たに作成します: ${p.names}`,
  }),
  'generated-secret-used': warning<{ secret: string }>({
    en: p => `uses the generated secret ${p.secret}, which has another name wherever this is imported`,
    ja: p => `生成されたシークレット ${p.secret} を参照しています。インポート先では名前が異なります`,
  }),
  'route-host-generated': note<{ host: string }>({
    en: p => `the generated host ${p.host} was dropped; the router makes a new one`,
    ja: p => `生成されたホスト名 ${p.host} を取り除きました。ルーターが新たに生成します`,
  }),
  'route-host-fixed': note<{ host: string }>({
    en: p =>
      `the host ${p.host} is kept: DNS must lead to the new place, and no other route there may have it`,
    ja: p =>
      `ホスト名 ${p.host} は保持されます。DNS を新しい環境に向ける必要があり、同じホスト名のルートは併存できません`,
  }),
  'owner-dropped': note<{ owner: string }>({
    en: p => `the owner reference to ${p.owner} was dropped: it holds a UID that will not come again`,
    ja: p => `${p.owner} への owner reference を取り除きました。UID は再作成時に引き継がれません`,
  }),
  'owner-not-exported': warning<{ owner: string }>({
    en: p => `its owner, ${p.owner}, is not in the export`,
    ja: p => `所有者の ${p.owner} はエクスポートに含まれません`,
  }),
  'volume-data-missing': warning<{ volume: string }>({
    en: p => `the claim is exported, its data is not (${p.volume}); back it up with \`hozon backup create\``,
    ja: p =>
      `PVC の定義だけをエクスポートし、データは含みません (${p.volume})。データは \`hozon backup create\` でバックアップしてください`,
  }),
  'data-source-dropped': warning<{ source: string }>({
    en: p => `the claim was filled from ${p.source}, which is not in the export; imported, it begins empty`,
    ja: p =>
      `この PVC は ${p.source} から作成されましたが、エクスポートに含まれないため、インポート後は空になります`,
  }),
  'service-address-dropped': note<{ address: string }>({
    en: p => `the cluster gives a new address in place of ${p.address}; what names it by address must change`,
    ja: p =>
      `${p.address} に代わる新しいアドレスが割り当てられます。アドレスを直接指定している箇所は変更が必要です`,
  }),
  'node-port-dropped': warning<{ ports: string }>({
    en: p =>
      `node ports ${p.ports} were dropped; the cluster picks new ones, so firewalls and load balancers must follow`,
    ja: p =>
      `NodePort ${p.ports} を取り除きました。新しいポートが割り当てられるため、ファイアウォールやロードバランサーの変更が必要です`,
  }),
  'service-external-address': warning<{ addresses: string }>({
    en: p => `external addresses are kept and must lead to the new cluster: ${p.addresses}`,
    ja: p => `外部アドレスは保持されます。新しいクラスターに向ける必要があります: ${p.addresses}`,
  }),
  'cluster-dependency': warning<{ kind: string; name: string; used: number }>({
    en: p =>
      `${p.kind} ${p.name} is needed (by ${p.used}) and belongs to the cluster, not to the project: it must be there before the import`,
    ja: p =>
      `クラスタースコープの ${p.kind} ${p.name} が必要です (参照数 ${p.used})。インポート前に用意してください`,
  }),
  'cluster-grant': warning<{ kind: string; name: string; subject: string }>({
    en: p => `${p.kind} ${p.name} grants rights to ${p.subject}; it is not in the export`,
    ja: p => `${p.kind} ${p.name} が ${p.subject} に権限を付与していますが、エクスポートに含まれません`,
  }),
  'finalizers-kept': warning<{ finalizers: string }>({
    en: p => `finalizers are kept (${p.finalizers}); where nothing serves them, the object cannot be deleted`,
    ja: p =>
      `finalizer (${p.finalizers}) は保持されます。処理するコントローラーがないと、オブジェクトを削除できません`,
  }),
  'secrets-in-plain': note<{ secrets: number }>({
    en: p =>
      `${p.secrets} Secrets are in the files, readable by whoever can read them; keep the directory accordingly`,
    ja: p => `${p.secrets} 個の Secret がファイルに平文で含まれます。ディレクトリーの保管に注意してください`,
  }),
  'namespace-unreadable': warning<{ namespace: string }>({
    en: p =>
      `the namespace ${p.namespace} itself may not be read: its labels and annotations are not exported`,
    ja: p =>
      `namespace ${p.namespace} 自体を読み取る権限がないため、ラベルとアノテーションはエクスポートされません`,
  }),
  'type-not-served': failure<{ type: string }>({
    en: p =>
      `this cluster does not serve ${p.type}; install its CustomResourceDefinition or operator and import again`,
    ja: p =>
      `このクラスターは ${p.type} を提供していません。CustomResourceDefinition または Operator をインストールしてから再度インポートしてください`,
  }),
  'cluster-scoped': failure<{ type: string }>({
    en: p => `${p.type} belongs to the whole cluster; a project import does not create it`,
    ja: p => `${p.type} はクラスタースコープのため、プロジェクトのインポートでは作成しません`,
  }),
  'other-namespace': failure<{ namespace: string }>({
    en: p => `the object is of namespace ${p.namespace}, not of the exported project`,
    ja: p => `このオブジェクトは、エクスポートしたプロジェクトではなく namespace ${p.namespace} のものです`,
  }),
  'generated-not-imported': note<{ reason: SkipReason }>({
    en: p => `not imported: ${skipReasons[p.reason].en()}`,
    ja: p => `インポートしません: ${skipReasons[p.reason].ja()}`,
  }),
  'duplicate-differs': warning<{ kept: string; other: string }>({
    en: p => `${p.kept} and ${p.other} both hold it, and differ: ${p.kept} was taken`,
    ja: p => `${p.kept} と ${p.other} の内容が異なります。${p.kept} を使用しました`,
  }),
  'mentions-source': warning<{ field: string; namespace: string }>({
    en: p => `${p.field} still names the project ${p.namespace}; change it if it means the imported one`,
    ja: p =>
      `${p.field} に元のプロジェクト ${p.namespace} への参照が残っています。インポート先を指す場合は変更してください`,
  }),
  'exists-same': note<{ name: string }>({
    en: p => `${p.name} exists already and holds what the file says`,
    ja: p => `${p.name} はすでに存在し、内容は同じです`,
  }),
  'exists-merged': note<{ fields: string }>({
    en: p => `it exists already; what it lacked was added: ${p.fields}`,
    ja: p => `すでに存在するため、不足分を追加しました: ${p.fields}`,
  }),
  'exists-kept': warning<{ name: string }>({
    en: p => `${p.name} exists already and differs; it was left as it is`,
    ja: p => `${p.name} はすでに存在し、内容が異なります。既存のオブジェクトを変更しませんでした`,
  }),
  'create-failed': failure<{ reason: string }>({
    en: p => `not created: ${p.reason}`,
    ja: p => `作成できませんでした: ${p.reason}`,
  }),
  'project-requested': warning<{ namespace: string }>({
    en: p =>
      `${p.namespace} was made by a ProjectRequest: labels, and annotations beside its names, were not set`,
    ja: p =>
      `${p.namespace} は ProjectRequest で作成したため、ラベルと、表示名と説明以外のアノテーションは設定されていません`,
  }),
  'default-account-late': warning<{ seconds: number }>({
    en: p =>
      `the service account default did not appear within ${p.seconds} s; pods may be refused until it does`,
    ja: p =>
      `サービスアカウント default が ${p.seconds} 秒以内に作成されませんでした。作成されるまで Pod が拒否される場合があります`,
  }),
} as const;

export type FindingCode = keyof typeof catalogue;
type ParamsOf<C extends FindingCode> = (typeof catalogue)[C] extends Definition<infer P> ? P : never;

/** Something that a person should know about one object, or about the project where no object is named. Plain JSON. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly object?: ObjectRef | undefined;
  readonly params: Readonly<Record<string, string | number>>;
}

/** Makes a finding; its severity comes with its code. */
export function finding<C extends FindingCode>(code: C, params: ParamsOf<C>, object?: ObjectRef): Finding {
  const { severity } = catalogue[code];
  const plain: Record<string, string | number> = { ...(params as object) };
  return object === undefined ? { code, severity, params: plain } : { code, severity, object, params: plain };
}

/** The finding in words, without the object that it is about. */
export function explainFinding({ code, params }: Finding, language: Language): string {
  return (catalogue[code].text as Message<typeof params>)[language](params);
}
