import { error } from '#foundation/errors.ts';
import { formatBytes } from '#foundation/format.ts';
import type { Message } from '#foundation/language.ts';

interface OfPod {
  /** `NAMESPACE/NAME`. */
  readonly pod: string;
}

const findPod = {
  en: () =>
    'Run `kubectl get pods -A -l component=etcd` (OpenShift 4: -n openshift-etcd -l app=etcd; hosted clusters: -l app=etcd) and give --pod NAMESPACE/NAME.',
  ja: () =>
    '`kubectl get pods -A -l component=etcd` (OpenShift 4 では -n openshift-etcd -l app=etcd、ホステッドクラスターでは -l app=etcd) で確認し、--pod NAMESPACE/NAME を指定してください。',
};

/** Errors of etcd that runs in a pod. */
export const inPods = {
  'pod-missing': error<OfPod>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `There is no pod ${p.pod}`,
      ja: p => `Pod ${p.pod} がありません`,
    },
    hint: findPod,
  }),
  'pod-container': error<OfPod & { readonly container: string; readonly known: readonly string[] }>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `Pod ${p.pod} has no container ${p.container}; it has ${p.known.join(', ')}`,
      ja: p => `Pod ${p.pod} にコンテナー ${p.container} はありません (あるもの: ${p.known.join(', ')})`,
    },
    hint: {
      en: () => 'Name the container that runs etcd with --container.',
      ja: () => 'etcd を実行しているコンテナーを --container で指定してください。',
    },
  }),
  'pod-certificates': error<OfPod & { readonly looked: readonly string[] }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `No client certificate for etcd can be read in pod ${p.pod} (${p.looked.join(', ')})`,
      ja: p =>
        `Pod ${p.pod} の中に etcd のクライアント証明書が見つからないか、読み取れません (${p.looked.join(', ')})`,
    },
    hint: {
      en: () =>
        'Give files of this machine with --cacert, --cert and --key, or a Secret with --secret NAMESPACE/NAME (hosted clusters: etcd-client-tls).',
      ja: () =>
        'このマシンのファイルを --cacert、--cert、--key で指定するか、Secret を --secret NAMESPACE/NAME で指定してください (ホステッドクラスターでは etcd-client-tls)。',
    },
  }),
  'pod-secret': error<{ readonly secret: string; readonly keys: readonly string[] | undefined }>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p =>
        p.keys === undefined
          ? `There is no Secret ${p.secret}`
          : `Secret ${p.secret} holds no client certificate with its key; it has ${p.keys.join(', ') || 'no data'}`,
      ja: p =>
        p.keys === undefined
          ? `Secret ${p.secret} がありません`
          : `Secret ${p.secret} にクライアント証明書とキーがありません (あるもの: ${p.keys.join(', ') || 'なし'})`,
    },
    hint: {
      en: () =>
        'Name a Secret with tls.crt and tls.key, or etcd-client.crt and etcd-client.key, or give files with --cert and --key.',
      ja: () =>
        'tls.crt と tls.key、または etcd-client.crt と etcd-client.key を持つ Secret を指定するか、--cert と --key でファイルを指定してください。',
    },
  }),
  'pod-unanswered': error<OfPod & { readonly reason: Message }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `etcd in pod ${p.pod} cannot be asked: ${p.reason.en()}`,
      ja: p => `Pod ${p.pod} の etcd に問い合わせできません: ${p.reason.ja()}`,
    },
    hint: {
      en: p =>
        `Look at the pod with \`kubectl describe pod -n ${p.pod.replace('/', ' ')}\`. Where its network cannot be reached, --via exec runs etcdctl in it.`,
      ja: p =>
        `\`kubectl describe pod -n ${p.pod.replace('/', ' ')}\` で Pod を確認してください。ネットワーク経由で接続できない場合は、--via exec で Pod 内の etcdctl を実行できます。`,
    },
  }),
  'pod-command-failed': error<OfPod & { readonly command: string; readonly reason: string }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `\`${p.command}\` failed in pod ${p.pod}: ${p.reason}`,
      ja: p => `Pod ${p.pod} で \`${p.command}\` が失敗しました: ${p.reason}`,
    },
    hint: {
      en: () =>
        'Nothing was kept. Images without a shell have no such commands: take the snapshot with --via port-forward.',
      ja: () =>
        '何も保存していません。シェルのないイメージではこれらのコマンドを使えません。--via port-forward で取得してください。',
    },
  }),
  'pod-stalled': error<OfPod & { readonly seconds: number }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p =>
        `The snapshot in pod ${p.pod} was given up: etcdctl wrote nothing, or nothing of its file came, for ${p.seconds} s`,
      ja: p =>
        `Pod ${p.pod} でのスナップショット取得を中止しました: ${p.seconds} 秒間、etcdctl による書き込みもファイルの受信も進みませんでした`,
    },
    hint: {
      en: () =>
        'No snapshot was kept. Look at the log of the pod and the disk of its node, take another member, or give it more time with --stall-timeout.',
      ja: () =>
        'スナップショットは保存していません。Pod のログとノードのディスクを確認し、別のメンバーから取得するか、--stall-timeout で待ち時間を延ばしてください。',
    },
  }),
  'pod-no-space': error<
    OfPod & { readonly directory: string; readonly needed: number; readonly free: number }
  >({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p =>
        `A snapshot in ${p.directory} of pod ${p.pod} could fill the disk of etcd: ${formatBytes(p.free)} are free, ${formatBytes(p.needed)} are wanted`,
      ja: p =>
        `Pod ${p.pod} の ${p.directory} にスナップショットを置くと etcd のディスクが満杯になるおそれがあります (空き: ${formatBytes(p.free)}、必要: ${formatBytes(p.needed)})`,
    },
    hint: {
      en: () => 'Take the snapshot with --via port-forward, which writes nothing there, or make room.',
      ja: () => '何も書き込まない --via port-forward で取得するか、空き容量を増やしてください。',
    },
  }),
};
