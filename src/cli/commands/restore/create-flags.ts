import { type Flags, say } from '../../spec.ts';

/** The flags of `restore create`, named as Velero's are. */
export const createFlags = {
  fromBackup: {
    kind: 'text',
    value: 'BACKUP',
    complete: 'backups',
    summary: say('The backup to restore from', '復元元のバックアップ'),
  },
  fromSchedule: {
    kind: 'text',
    value: 'SCHEDULE',
    summary: say(
      'Restore from the newest completed backup of a schedule',
      'スケジュールの完了済みバックアップのうち最新のものから復元します',
    ),
  },
  fromEtcdSnapshot: {
    kind: 'text',
    value: 'FILE',
    complete: 'files',
    summary: say(
      'Restore objects out of a snapshot of etcd; needs no backup location',
      'etcd のスナップショットからオブジェクトを復元します。バックアップの場所は不要です',
    ),
  },
  revision: {
    kind: 'number',
    value: 'REVISION',
    summary: say(
      'With --from-etcd-snapshot: as of this revision of etcd, if the file still holds it',
      '--from-etcd-snapshot で、この etcd リビジョンの時点の内容を復元します (ファイルに残っている場合)',
    ),
  },
  encryptionConfig: {
    kind: 'text',
    value: 'FILE',
    complete: 'files',
    summary: say(
      'With --from-etcd-snapshot: the cluster’s EncryptionConfiguration, for what is encrypted at rest',
      '--from-etcd-snapshot で、保存時に暗号化された値を読み取るための EncryptionConfiguration',
    ),
  },
  allowPartiallyFailed: {
    kind: 'switch',
    summary: say(
      'With --from-schedule: a backup that is PartiallyFailed counts, too',
      '--from-schedule で、PartiallyFailed のバックアップも対象にします',
    ),
  },
  includeNamespaces: {
    kind: 'list',
    value: 'NAMESPACES',
    summary: say(
      'Namespaces to restore, as they are named in the backup (default all)',
      '復元する namespace (バックアップ内の名前。既定値: すべて)',
    ),
  },
  excludeNamespaces: {
    kind: 'list',
    value: 'NAMESPACES',
    summary: say('Namespaces to leave out', '復元から除外する namespace'),
  },
  includeResources: {
    kind: 'list',
    value: 'RESOURCES',
    summary: say(
      'Resources to restore, as resource.group: pods, deployments.apps; * for all',
      '復元するリソース (resource.group 形式。例: pods、deployments.apps)。* はすべて',
    ),
  },
  excludeResources: {
    kind: 'list',
    value: 'RESOURCES',
    summary: say('Resources to leave out', '復元から除外するリソース'),
  },
  includeClusterResources: {
    kind: 'switch',
    summary: say(
      'Restore cluster-scoped resources too; without the flag, those that the included objects need',
      'クラスタースコープのリソースも復元します。省略時は対象オブジェクトに必要なものだけです',
    ),
  },
  namespaceMappings: {
    kind: 'map',
    separator: ':',
    value: 'FROM:TO,…',
    summary: say(
      'Restore a namespace under another name: shop:shop-copy',
      '別の名前の namespace に復元します (例: shop:shop-copy)',
    ),
  },
  selector: {
    kind: 'text',
    short: 'l',
    value: 'SELECTOR',
    summary: say(
      'Only objects with these labels: app=web,tier!=db',
      '指定したラベルを持つオブジェクトだけ (例: app=web,tier!=db)',
    ),
  },
  orSelector: {
    kind: 'text',
    value: 'SELECTORS',
    summary: say(
      'Only objects that match one of the selectors, separated by " or ": app=web or app=db',
      '" or " で区切ったセレクターのいずれかに一致するオブジェクトだけ (例: app=web or app=db)',
    ),
  },
  existingResourcePolicy: {
    kind: 'choice',
    value: 'POLICY',
    choices: ['none', 'update'],
    summary: say(
      'What to do with an object that is already there: none or update (default none)',
      'すでに存在するオブジェクトの扱い: none (変更しない) または update (既定値: none)',
    ),
  },
  resourceModifierConfigmap: {
    kind: 'text',
    value: 'CONFIGMAP',
    summary: say(
      'Change objects by the rules in this ConfigMap of the Velero namespace',
      'Velero の namespace にある ConfigMap のルールに従ってオブジェクトを変更します',
    ),
  },
  statusIncludeResources: {
    kind: 'list',
    value: 'RESOURCES',
    summary: say(
      'Restore the status of these resources, too; * for all (default none)',
      '指定したリソースの status も復元します。* はすべて (既定値: なし)',
    ),
  },
  statusExcludeResources: {
    kind: 'list',
    value: 'RESOURCES',
    summary: say(
      'With --status-include-resources: resources whose status is not restored',
      '--status-include-resources で、status を復元しないリソース',
    ),
  },
  restoreVolumes: {
    kind: 'switch',
    summary: say('Restore volumes from snapshots', 'スナップショットからボリュームを復元します'),
  },
  preserveNodeports: {
    kind: 'switch',
    summary: say('Keep the node ports of services', 'Service のノードポートを維持します'),
  },
  labels: { kind: 'map', value: 'KEY=VALUE,…', summary: say('Labels of the restore', '復元に付けるラベル') },
  annotations: {
    kind: 'map',
    value: 'KEY=VALUE,…',
    summary: say('Annotations of the restore', '復元に付けるアノテーション'),
  },
  fromFile: {
    kind: 'text',
    short: 'f',
    value: 'FILE',
    complete: 'files',
    summary: say(
      'A velero.io/v1 Restore to take the settings from, hooks too; - for stdin. Flags override it',
      '設定 (フックを含む) を読み込む velero.io/v1 の Restore。- は標準入力。フラグが優先されます',
    ),
  },
  wait: {
    kind: 'switch',
    short: 'w',
    summary: say(
      'Accepted for scripts written for Velero: Hozon always waits',
      'Velero 用スクリプトとの互換用です。Hozon は常に完了を待ちます',
    ),
  },
} as const satisfies Flags;
