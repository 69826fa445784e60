import { error } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';

const broughtBack = {
  en: 'The cluster runs as it did before.',
  ja: 'クラスターは元の状態で稼働しています。',
} as const;

/** Errors of snapshots of hosted clusters. */
export const snapshotErrors = {
  'not-ready': error<{ readonly cluster: string; readonly problems: readonly Message[] }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p =>
        `no snapshot of the hosted cluster ${p.cluster} can be taken now: ${p.problems.map(each => each.en()).join('; ')}`,
      ja: p =>
        `ホステッドクラスター ${p.cluster} のスナップショットは現在取得できません: ${p.problems.map(each => each.ja()).join('、')}`,
    },
    hint: {
      en: () =>
        'Nothing was touched. Mend what is listed. Of a cluster that cannot be mended take what one member has: `hozon etcd snapshot save TARGET --pod NAMESPACE/etcd-0 --secret NAMESPACE/etcd-client-tls`.',
      ja: () =>
        '何も変更していません。上記の問題を解決してください。解決できない場合は、`hozon etcd snapshot save TARGET --pod NAMESPACE/etcd-0 --secret NAMESPACE/etcd-client-tls` で 1 台のメンバーから取得できます。',
    },
  }),
  'already-scaled-down': error<{ readonly writers: readonly string[] }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p =>
        `${p.writers.join(', ')}: scaled to 0 already, and no journal says how many replicas there were`,
      ja: p => `${p.writers.join('、')} はすでに 0 にスケールされており、元のレプリカ数の記録がありません`,
    },
    hint: {
      en: () =>
        'Nothing was touched. Scale them up first (`oc scale deployment … --replicas=N`), or find out who works on this cluster.',
      ja: () =>
        '何も変更していません。先にスケールを戻すか (`oc scale deployment … --replicas=N`)、このクラスターを操作している人を確認してください。',
    },
  }),
  'waited-in-vain': error<{ readonly what: Message; readonly missing: Message; readonly seconds: number }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `“${p.what.en()}” did not come to its end in ${p.seconds} s: ${p.missing.en()}`,
      ja: p => `「${p.what.ja()}」が ${p.seconds} 秒以内に完了しませんでした: ${p.missing.ja()}`,
    },
    hint: {
      en: () =>
        'Look at the pods and the operator of the control plane (`oc get pods -n NAMESPACE`); --wait gives it more time.',
      ja: () =>
        'コントロールプレーンの Pod とオペレーターを確認してください (`oc get pods -n NAMESPACE`)。待ち時間は --wait で延長できます。',
    },
  }),
  'members-missing': error<{ readonly found: number; readonly wanted: number }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `${p.found} of ${p.wanted} etcd pods are there`,
      ja: p => `etcd Pod は ${p.wanted} 個中 ${p.found} 個です`,
    },
    hint: {
      en: () => `No snapshot was kept. ${broughtBack.en} Look at the etcd pods, then run it again.`,
      ja: () =>
        `スナップショットは保存していません。${broughtBack.ja}etcd の Pod を確認してから再実行してください。`,
    },
  }),
  'members-differ': error<{ readonly hashes: Message }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `the etcd members do not hold the same: ${p.hashes.en()}`,
      ja: p => `etcd メンバーの内容が一致しません: ${p.hashes.ja()}`,
    },
    hint: {
      en: () =>
        `No snapshot was kept, as nobody can say which is right. ${broughtBack.en} Replace the member that differs from the others, then run it again.`,
      ja: () =>
        `正しい内容を判断できないため、スナップショットは保存していません。${broughtBack.ja}ほかと異なるメンバーを交換してから再実行してください。`,
    },
  }),
  'writers-came-back': error<{ readonly reason: Message }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `a writer came back while the snapshots were taken: ${p.reason.en()}`,
      ja: p => `スナップショットの取得中に書き込み元が再起動しました: ${p.reason.ja()}`,
    },
    hint: {
      en: () =>
        `No snapshot was kept. ${broughtBack.en} Find out who scales it (the control-plane-operator should be paused), or take it with --live.`,
      ja: () =>
        `スナップショットは保存していません。${broughtBack.ja}スケールした原因 (control-plane-operator は一時停止中のはずです) を確認するか、--live で取得してください。`,
    },
  }),
  'snapshot-unsound': error<{ readonly pod: string; readonly reason: Message }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `the snapshot of ${p.pod} failed its check: ${p.reason.en()}`,
      ja: p => `${p.pod} のスナップショットの検証に失敗しました: ${p.reason.ja()}`,
    },
    hint: {
      en: () =>
        `No snapshot was kept. ${broughtBack.en} Run it again; if it fails again, replace that member: its data is damaged.`,
      ja: () =>
        `スナップショットは保存していません。${broughtBack.ja}再実行し、再び失敗する場合はデータが破損しているため、そのメンバーを交換してください。`,
    },
  }),
  'key-differs': error<{ readonly reason: Message }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `the key that the HostedCluster names is not the one of its etcd. ${p.reason.en()}`,
      ja: p => `HostedCluster が参照するキーと etcd の暗号化キーが一致しません。${p.reason.ja()}`,
    },
    hint: {
      en: () =>
        `No snapshot was kept. ${broughtBack.en} Put the right key into the Secret that spec.secretEncryption.aescbc names; while the API server runs it still has it (its encryption-config Secret in the control plane's namespace).`,
      ja: () =>
        `スナップショットは保存していません。${broughtBack.ja}spec.secretEncryption.aescbc が参照する Secret に正しいキーを設定してください。API サーバーの稼働中は、コントロールプレーンの namespace の encryption-config Secret に正しいキーがあります。`,
    },
  }),
  'key-beside': error<{ readonly snapshot: string; readonly key: string; readonly reason: Message }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `the key would be kept beside the snapshot: ${p.key} and ${p.snapshot}: ${p.reason.en()}`,
      ja: p => `キーがスナップショットと同じ場所に保存されます: ${p.key} と ${p.snapshot}: ${p.reason.ja()}`,
    },
    hint: {
      en: () =>
        'Nothing was touched. Whoever could read the snapshot could read its Secrets. Give --key-repo another bucket under another credential (`?profile=…`, `?credentials-file=…`).',
      ja: () =>
        '何も変更していません。スナップショットを読める人が Secret も復号できてしまいます。--key-repo には、別の認証情報 (`?profile=…`、`?credentials-file=…`) の別のバケットを指定してください。',
    },
  }),
  'key-nowhere': error<{ readonly cluster: string; readonly secrets: readonly string[] }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p =>
        `the Secrets of ${p.cluster} are encrypted with ${p.secrets.join(', ')}, and it was not said where that key is kept`,
      ja: p =>
        `${p.cluster} の Secret は ${p.secrets.join('、')} で暗号化されていますが、キーの保存先が指定されていません`,
    },
    hint: {
      en: () =>
        'Nothing was touched. Without it a restored cluster cannot read its Secrets. Give --key-repo a repository (`hozon repo init` makes one), or --no-key if the key is kept otherwise.',
      ja: () =>
        '何も変更していません。キーがないと、復元したクラスターは Secret を読み取れません。--key-repo にリポジトリーを指定するか (`hozon repo init` で作成できます)、別途保管している場合は --no-key を指定してください。',
    },
  }),
  'snapshot-exists': error<{ readonly place: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `there is a snapshot at ${p.place} already`,
      ja: p => `${p.place} にはすでにスナップショットがあります`,
    },
    hint: {
      en: () =>
        'Nothing was touched, and nothing is ever replaced. Give another TARGET, or --dated, which keeps each snapshot in a folder named after its time.',
      ja: () =>
        '何も変更していません。既存のスナップショットは置き換えません。別の TARGET を指定するか、--dated を指定してください (日時のフォルダーごとに保存します)。',
    },
  }),
  'nothing-to-undo': error<{ readonly cluster: string }>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `no run has left anything of the hosted cluster ${p.cluster}`,
      ja: p => `ホステッドクラスター ${p.cluster} に、元に戻すべき処理の記録はありません`,
    },
    hint: {
      en: () =>
        'Nothing was touched. `hozon hosted-cluster snapshot NAME --dry-run` shows how the cluster is.',
      ja: () =>
        '何も変更していません。クラスターの状態は `hozon hosted-cluster snapshot NAME --dry-run` で確認できます。',
    },
  }),
  'journal-unreadable': error<{ readonly configMap: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p =>
        `the journal ${p.configMap} cannot be understood: it was changed by hand or by another release`,
      ja: p => `ジャーナル ${p.configMap} を解釈できません。手動または別のリリースで変更されています`,
    },
    hint: {
      en: () =>
        'Nothing was touched. Look at it (`oc get configmap -o yaml`), bring the cluster back by hand (spec.pausedUntil, replicas of the API servers), then delete the ConfigMap.',
      ja: () =>
        '何も変更していません。内容を確認し (`oc get configmap -o yaml`)、手動でクラスターを元に戻してから (spec.pausedUntil、API サーバーのレプリカ数)、ConfigMap を削除してください。',
    },
  }),
} as const;
