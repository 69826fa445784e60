import { type Flags, say } from '../../spec.ts';

/** The flags of `backup create`, named as Velero's are. */
export const createFlags = {
  includeNamespaces: {
    kind: 'list',
    value: 'NAMESPACES',
    complete: 'namespaces',
    summary: say(
      'Namespaces to back up; * for all (default all)',
      'バックアップする namespace。* はすべて (既定値: すべて)',
    ),
  },
  excludeNamespaces: {
    kind: 'list',
    value: 'NAMESPACES',
    complete: 'namespaces',
    summary: say('Namespaces to leave out', 'バックアップから除外する namespace'),
  },
  includeResources: {
    kind: 'list',
    value: 'RESOURCES',
    summary: say(
      'Resources to back up, as resource.group: pods, deployments.apps; * for all',
      'バックアップするリソース (resource.group 形式。例: pods、deployments.apps)。* はすべて',
    ),
  },
  excludeResources: {
    kind: 'list',
    value: 'RESOURCES',
    summary: say('Resources to leave out', 'バックアップから除外するリソース'),
  },
  includeClusterResources: {
    kind: 'switch',
    summary: say(
      'Back up cluster-scoped resources too; without the flag, those that the included objects need',
      'クラスタースコープのリソースもバックアップします。省略時は対象オブジェクトに必要なものだけです',
    ),
  },
  includeClusterScopedResources: {
    kind: 'list',
    value: 'RESOURCES',
    summary: say('Cluster-scoped resources to back up', 'バックアップするクラスタースコープのリソース'),
  },
  excludeClusterScopedResources: {
    kind: 'list',
    value: 'RESOURCES',
    summary: say('Cluster-scoped resources to leave out', '除外するクラスタースコープのリソース'),
  },
  includeNamespaceScopedResources: {
    kind: 'list',
    value: 'RESOURCES',
    summary: say('Resources of namespaces to back up', 'バックアップする namespace スコープのリソース'),
  },
  excludeNamespaceScopedResources: {
    kind: 'list',
    value: 'RESOURCES',
    summary: say('Resources of namespaces to leave out', '除外する namespace スコープのリソース'),
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
  orderedResources: {
    kind: 'text',
    value: 'ORDER',
    summary: say(
      'What to back up first within a kind: pods=ns/a,ns/b;persistentvolumes=pv1',
      '種類ごとに先にバックアップするもの (例: pods=ns/a,ns/b;persistentvolumes=pv1)',
    ),
  },
  resourcePoliciesConfigmap: {
    kind: 'text',
    value: 'NAME',
    summary: say(
      "A ConfigMap in Velero's namespace with resource policies: what is taken of each kind, volume by volume",
      'リソースポリシーを記述した ConfigMap (Velero の namespace 内)。種類やボリュームごとの対象を指定します',
    ),
  },
  ttl: {
    kind: 'duration',
    value: 'DURATION',
    summary: say('How long the backup is kept (default 720h)', 'バックアップの保持期間 (既定値: 720h)'),
  },
  labels: {
    kind: 'map',
    value: 'KEY=VALUE,…',
    summary: say('Labels of the backup', 'バックアップに付けるラベル'),
  },
  annotations: {
    kind: 'map',
    value: 'KEY=VALUE,…',
    summary: say('Annotations of the backup', 'バックアップに付けるアノテーション'),
  },
  fromFile: {
    kind: 'text',
    short: 'f',
    value: 'FILE',
    complete: 'files',
    summary: say(
      'A velero.io/v1 Backup to take the settings from, hooks too; - for stdin. Flags override it',
      '設定 (フックを含む) を読み込む velero.io/v1 の Backup。- は標準入力。フラグが優先されます',
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
