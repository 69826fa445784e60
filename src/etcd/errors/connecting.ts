import { error } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';

interface AtEndpoint {
  readonly endpoint: string;
}

const giveEndpoints = {
  en: () =>
    'Check the endpoint (--endpoints, ETCDCTL_ENDPOINTS), and that port 2379 of the host can be reached from here; `hozon etcd status` shows every member.',
  ja: () =>
    'エンドポイント (--endpoints、ETCDCTL_ENDPOINTS) と、ここからホストのポート 2379 に接続できることを確認してください。`hozon etcd status` ですべてのメンバーの状態を確認できます。',
};

const giveClient = {
  en: () =>
    'Give a client certificate of the cluster: --cert and --key (ETCDCTL_CERT, ETCDCTL_KEY). On OpenShift 3.11 it is /etc/etcd/peer.crt and peer.key of the member.',
  ja: () =>
    'クラスターのクライアント証明書を --cert と --key (ETCDCTL_CERT、ETCDCTL_KEY) で指定してください。OpenShift 3.11 ではメンバーの /etc/etcd/peer.crt と peer.key です。',
};

/** Errors of reaching a member of etcd, and of asking it. */
export const connecting = {
  'endpoint-invalid': error<AtEndpoint>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `${p.endpoint} is not an endpoint of etcd`,
      ja: p => `${p.endpoint} は etcd のエンドポイントではありません`,
    },
    hint: {
      en: () => 'Give endpoints as https://HOST:2379, several with commas between them.',
      ja: () => 'https://HOST:2379 の形式で指定してください。複数ある場合はコンマで区切ります。',
    },
  }),
  'credentials-unreadable': error<{ readonly file: string; readonly reason: Message }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `${p.file} cannot be used: ${p.reason.en()}`,
      ja: p => `${p.file} を使用できません: ${p.reason.ja()}`,
    },
    hint: {
      en: () =>
        'Give PEM files that this user can read: --cacert, --cert and the --key that belongs to it (ETCDCTL_CACERT, ETCDCTL_CERT, ETCDCTL_KEY).',
      ja: () =>
        'このユーザーが読み取れる PEM ファイルを --cacert、--cert、およびそれに対応する --key (ETCDCTL_CACERT、ETCDCTL_CERT、ETCDCTL_KEY) で指定してください。',
    },
  }),
  'endpoint-unreachable': error<AtEndpoint & { readonly reason: Message }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `etcd at ${p.endpoint} cannot be reached: ${p.reason.en()}`,
      ja: p => `${p.endpoint} の etcd に接続できません: ${p.reason.ja()}`,
    },
    hint: giveEndpoints,
  }),
  'endpoint-not-tls': error<AtEndpoint>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `${p.endpoint} does not speak TLS`,
      ja: p => `${p.endpoint} は TLS に対応していません`,
    },
    hint: {
      en: () => 'Check the port; for an etcd without TLS, write the endpoint with http://.',
      ja: () =>
        'ポートを確認してください。TLS を使用しない etcd の場合は、エンドポイントを http:// で指定してください。',
    },
  }),
  'endpoint-needs-tls': error<AtEndpoint>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `${p.endpoint} speaks TLS only`,
      ja: p => `${p.endpoint} には TLS での接続が必要です`,
    },
    hint: {
      en: () => 'Write the endpoint with https://, and give --cacert, --cert and --key.',
      ja: () => 'エンドポイントを https:// で指定し、--cacert、--cert、--key を指定してください。',
    },
  }),
  'server-untrusted': error<AtEndpoint & { readonly reason: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `The certificate of ${p.endpoint} is not signed by a trusted authority (${p.reason})`,
      ja: p => `${p.endpoint} の証明書は信頼された認証局によって署名されていません (${p.reason})`,
    },
    hint: {
      en: () =>
        'Give the authority of this cluster with --cacert (ETCDCTL_CACERT). If it is the right one, somebody else may be answering there.',
      ja: () =>
        'このクラスターの認証局を --cacert (ETCDCTL_CACERT) で指定してください。正しい認証局を指定している場合は、別のサーバーが応答している可能性があります。',
    },
  }),
  'server-expired': error<AtEndpoint & { readonly from: Date; readonly to: Date }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p =>
        `The certificate of ${p.endpoint} is valid from ${p.from.toISOString()} to ${p.to.toISOString()}, not now`,
      ja: p =>
        `${p.endpoint} の証明書は有効期間外です (${p.from.toISOString()} から ${p.to.toISOString()} まで有効)`,
    },
    hint: {
      en: () => 'Check the clock of this machine; if it is right, renew the certificate of the member.',
      ja: () => 'このマシンの時刻を確認してください。正しい場合は、メンバーの証明書を更新してください。',
    },
  }),
  'server-misnamed': error<AtEndpoint & { readonly names: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `The certificate of ${p.endpoint} is for other names: ${p.names}`,
      ja: p => `${p.endpoint} の証明書は別の名前のものです: ${p.names}`,
    },
    hint: {
      en: () => 'Reach the member by a name or address that its certificate is for.',
      ja: () => '証明書に含まれる名前またはアドレスでメンバーに接続してください。',
    },
  }),
  'client-refused': error<AtEndpoint & { readonly reason: Message }>({
    exit: 'denied',
    retry: 'never',
    message: {
      en: p => `${p.endpoint} does not accept this client: ${p.reason.en()}`,
      ja: p => `${p.endpoint} はこのクライアントを受け付けません: ${p.reason.ja()}`,
    },
    hint: giveClient,
  }),
  'login-refused': error<AtEndpoint & { readonly details: string }>({
    exit: 'denied',
    retry: 'never',
    message: {
      en: p => `${p.endpoint} asks for a user and does not accept this one: ${p.details}`,
      ja: p => `${p.endpoint} ではユーザー認証が必要ですが、受け付けられませんでした: ${p.details}`,
    },
    hint: {
      en: () =>
        'Set ETCDCTL_USER=NAME:PASSWORD, or ETCDCTL_USER and ETCDCTL_PASSWORD, for a user with the role root.',
      ja: () =>
        'root ロールを持つユーザーを ETCDCTL_USER=NAME:PASSWORD、または ETCDCTL_USER と ETCDCTL_PASSWORD で指定してください。',
    },
  }),
  'permission-denied': error<AtEndpoint>({
    exit: 'denied',
    retry: 'never',
    message: {
      en: p => `${p.endpoint} denies this user what was asked for`,
      ja: p => `${p.endpoint} でこのユーザーの権限が不足しています`,
    },
    hint: {
      en: () =>
        'Use a user with the role root: the common name of the client certificate, or ETCDCTL_USER and ETCDCTL_PASSWORD.',
      ja: () =>
        'root ロールを持つユーザーを使用してください (クライアント証明書の common name、または ETCDCTL_USER と ETCDCTL_PASSWORD)。',
    },
  }),
  'no-leader': error<AtEndpoint & { readonly details: string }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `The cluster that ${p.endpoint} belongs to has no leader: ${p.details}`,
      ja: p => `${p.endpoint} のクラスターにリーダーがありません: ${p.details}`,
    },
    hint: {
      en: () =>
        'Most of its members must run and reach each other: ask all of them with `hozon etcd status --endpoints …`.',
      ja: () =>
        '過半数のメンバーが稼働し、相互に通信できる必要があります。`hozon etcd status --endpoints …` ですべてのメンバーを確認してください。',
    },
  }),
  'no-answer': error<AtEndpoint & { readonly seconds: number }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `${p.endpoint} did not answer within ${p.seconds} s`,
      ja: p => `${p.endpoint} から ${p.seconds} 秒以内に応答がありませんでした`,
    },
    hint: {
      en: () =>
        'The member may be overloaded or without a leader: look at its log and its disk, and at the others with `hozon etcd status`.',
      ja: () =>
        'メンバーが過負荷であるか、リーダーがない可能性があります。ログとディスクを確認し、`hozon etcd status` で他のメンバーも確認してください。',
    },
  }),
  'connection-lost': error<AtEndpoint & { readonly reason: string }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `The connection to ${p.endpoint} broke: ${p.reason}`,
      ja: p => `${p.endpoint} との接続が切断されました: ${p.reason}`,
    },
    hint: {
      en: () => 'Check with `hozon etcd status` that the member runs, and try again.',
      ja: () => '`hozon etcd status` でメンバーが稼働していることを確認し、再試行してください。',
    },
  }),
  'not-etcd': error<AtEndpoint & { readonly details: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `What answers at ${p.endpoint} is not etcd with API 3: ${p.details}`,
      ja: p => `${p.endpoint} は API 3 に対応した etcd ではありません: ${p.details}`,
    },
    hint: giveEndpoints,
  }),
  'cluster-corrupt': error<AtEndpoint>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `etcd at ${p.endpoint} has raised the alarm CORRUPT: its members do not hold the same data`,
      ja: p => `${p.endpoint} の etcd で CORRUPT アラームが発生しています (メンバー間でデータが一致しません)`,
    },
    hint: {
      en: () =>
        'Take no snapshot of the member that is wrong. `hozon etcd status` names it; remove it from the cluster and add it again with an empty data directory.',
      ja: () =>
        '問題のあるメンバーからスナップショットを取得しないでください。`hozon etcd status` で対象のメンバーを確認し、クラスターから削除して、空のデータディレクトリーで追加し直してください。',
    },
  }),
  'request-refused': error<AtEndpoint & { readonly details: string }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `${p.endpoint} answered with an error: ${p.details}`,
      ja: p => `${p.endpoint} がエラーを返しました: ${p.details}`,
    },
    hint: {
      en: () => 'Check the cluster with `hozon etcd status`, and look at the log of the member.',
      ja: () => '`hozon etcd status` でクラスターを確認し、メンバーのログを参照してください。',
    },
  }),
};
