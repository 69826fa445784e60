import { error } from '#foundation/errors.ts';
import { formatBytes } from '#foundation/format.ts';

interface OnHost {
  readonly host: string;
}

/** Errors of etcd on a host that is reached itself, not through a cluster. */
export const onHosts = {
  'host-no-member': error<OnHost & { readonly looked: readonly string[] }>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `No member of etcd was found on ${p.host}: none of ${p.looked.join(', ')} is there`,
      ja: p => `${p.host} に etcd のメンバーが見つかりません (${p.looked.join('、')} のいずれもありません)`,
    },
    hint: {
      en: () =>
        'Give a control plane host, or a host of the etcd group, and log in with rights to read those files.',
      ja: () =>
        'コントロールプレーンまたは etcd グループのホストを指定し、これらのファイルを読み取れる権限でログインしてください。',
    },
  }),
  'host-no-etcdctl': error<OnHost>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `There is no etcdctl on ${p.host}, neither as a program nor in a running container of etcd`,
      ja: p =>
        `${p.host} に etcdctl がありません (プログラムとしても、実行中の etcd コンテナー内にもありません)`,
    },
    hint: {
      en: p =>
        `Check with \`crictl ps --name etcd\` on ${p.host} that the member runs, or take the snapshot over the network with --endpoints.`,
      ja: p =>
        `${p.host} で \`crictl ps --name etcd\` を実行してメンバーの稼働を確認するか、--endpoints を指定してネットワーク経由でスナップショットを取得してください。`,
    },
  }),
  'host-no-space': error<
    OnHost & { readonly directory: string; readonly needed: number; readonly free: number }
  >({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p =>
        `${p.directory} on ${p.host} has ${formatBytes(p.free)} free, and the snapshot may need ${formatBytes(p.needed)} there`,
      ja: p =>
        `${p.host} の ${p.directory} の空き容量は ${formatBytes(p.free)} ですが、スナップショットに最大 ${formatBytes(p.needed)} 必要です`,
    },
    hint: {
      en: () =>
        'Make room there, or take the snapshot over the network with --endpoints, which writes nothing there.',
      ja: () =>
        '空き容量を確保するか、--endpoints を指定してネットワーク経由で取得してください (ホストには何も書き込まれません)。',
    },
  }),
  'host-rolling-out': error<OnHost & { readonly pods: readonly string[] }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `Static pods of ${p.host} are being rolled out: ${p.pods.join(', ')}`,
      ja: p => `${p.host} の静的 Pod がロールアウト中です: ${p.pods.join('、')}`,
    },
    hint: {
      en: () =>
        'Wait until `oc get co etcd kube-apiserver kube-controller-manager kube-scheduler` shows PROGRESSING False; --force takes what is live now.',
      ja: () =>
        '`oc get co etcd kube-apiserver kube-controller-manager kube-scheduler` の PROGRESSING が False になるまで待ってください。--force を指定すると現在稼働中のリビジョンを取得します。',
    },
  }),
  'host-static-missing': error<OnHost & { readonly path: string }>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `${p.path} on ${p.host} names no static pod resources of OpenShift 4`,
      ja: p => `${p.host} の ${p.path} に OpenShift 4 の静的 Pod リソースの記載がありません`,
    },
    hint: {
      en: () => 'Take it of a control plane host whose static pods all run.',
      ja: () => 'すべての静的 Pod が稼働しているコントロールプレーンホストから取得してください。',
    },
  }),
  'host-v2-backup': error<OnHost & { readonly reason: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `The v2 data of the member on ${p.host} could not be saved: ${p.reason}`,
      ja: p => `${p.host} のメンバーの v2 データを保存できませんでした: ${p.reason}`,
    },
    hint: {
      en: () => 'It needs the rights to read the data directory, and an etcdctl before 3.6 on the host.',
      ja: () => 'データディレクトリーの読み取り権限と、ホスト上の 3.6 より前の etcdctl が必要です。',
    },
  }),
  'host-stalled': error<OnHost & { readonly command: string; readonly seconds: number }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `\`${p.command}\` on ${p.host} was ended: nothing came of it for ${p.seconds} s`,
      ja: p => `${p.host} の \`${p.command}\` を終了しました: ${p.seconds} 秒間、何も出力されませんでした`,
    },
    hint: {
      en: p =>
        `No snapshot was kept. Look on ${p.host} whether the member and its disk are at work (\`etcdctl endpoint status\`, \`iostat\`), take another member, or give it more time with --stall-timeout.`,
      ja: p =>
        `スナップショットは保存していません。${p.host} でメンバーとディスクの状態を確認し (\`etcdctl endpoint status\`、\`iostat\`)、別のメンバーから取得するか、--stall-timeout で待ち時間を延ばしてください。`,
    },
  }),
  'hosts-one-member': error<{ readonly hosts: readonly string[] }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `${p.hosts.join(' and ')} are one and the same member`,
      ja: p => `${p.hosts.join(' と ')} は同じメンバーです`,
    },
    hint: {
      en: () => 'Nothing was taken. Give the host of each member once.',
      ja: () => '何も取得していません。各メンバーのホストを 1 回ずつ指定してください。',
    },
  }),
} as const;
