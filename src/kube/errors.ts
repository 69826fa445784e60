import { defineErrors, error } from '#foundation/errors.ts';
import { kubeconfigErrors } from './kubeconfig/kubeconfig-errors.ts';

interface Server {
  readonly server: string;
}

interface Answer {
  /** What was asked, as `GET pods shop/web-0`. */
  readonly what: string;
  /** The API server's own words. */
  readonly message: string;
}

/** What can go wrong between Hozon and an API server. What the server said is kept: see `statusOf` in `status.ts`. */
export const errors = defineErrors('kube', {
  unreachable: error<Server & { reason: string }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `the API server ${p.server} cannot be reached: ${p.reason}`,
      ja: p => `API サーバー ${p.server} に接続できません: ${p.reason}`,
    },
    hint: {
      en: () =>
        'Check the address in the kubeconfig, the network and any proxy; `kubectl cluster-info` shows whether the server answers.',
      ja: () =>
        'kubeconfig のアドレス、ネットワーク、プロキシーを確認してください。`kubectl cluster-info` でサーバーの応答を確認できます。',
    },
  }),
  'connection-lost': error<Server & { what: string; reason: string }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `the connection to ${p.server} broke during ${p.what}: ${p.reason}`,
      ja: p => `${p.what} の実行中に ${p.server} との接続が切れました: ${p.reason}`,
    },
    hint: {
      en: () =>
        'Run the command again; if it keeps happening, look at load balancers between here and the API server.',
      ja: () =>
        'コマンドを再実行してください。繰り返す場合は、API サーバーまでの経路にあるロードバランサーを確認してください。',
    },
  }),
  timeout: error<Server & { what: string; milliseconds: number }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `${p.server} sent nothing for ${p.milliseconds / 1000} s during ${p.what}`,
      ja: p => `${p.what} の実行中、${p.server} から ${p.milliseconds / 1000} 秒間応答がありませんでした`,
    },
    hint: {
      en: () =>
        'The API server or etcd may be overloaded: check their health (`kubectl get --raw /readyz?verbose`) and run again.',
      ja: () =>
        'API サーバーまたは etcd が過負荷の可能性があります。`kubectl get --raw /readyz?verbose` で状態を確認し、再実行してください。',
    },
  }),
  tls: error<Server & { reason: string }>({
    exit: 'denied',
    retry: 'never',
    message: {
      en: p => `no trusted TLS connection to ${p.server}: ${p.reason}`,
      ja: p => `${p.server} への信頼できる TLS 接続を確立できません: ${p.reason}`,
    },
    hint: {
      en: () =>
        "Check certificate-authority, tls-server-name and the client certificate's validity in the kubeconfig.",
      ja: () =>
        'kubeconfig の certificate-authority、tls-server-name、クライアント証明書の有効期限を確認してください。',
    },
  }),
  unauthorized: error<Server & Answer>({
    exit: 'denied',
    retry: 'never',
    message: {
      en: p => `${p.server} does not accept the credentials (${p.what}): ${p.message}`,
      ja: p => `${p.server} で認証に失敗しました (${p.what}): ${p.message}`,
    },
    hint: {
      en: () =>
        'Log in again (`oc login`, or renew the token or client certificate in the kubeconfig), then run again.',
      ja: () =>
        '再度ログイン (`oc login`、または kubeconfig のトークンやクライアント証明書を更新) してから、再実行してください。',
    },
  }),
  forbidden: error<Answer>({
    exit: 'denied',
    retry: 'never',
    message: {
      en: p => `not allowed: ${p.what}: ${p.message}`,
      ja: p => `権限がありません: ${p.what}: ${p.message}`,
    },
    hint: {
      en: () => 'Ask for a role that allows it; `kubectl auth can-i --list` shows what this user may do.',
      ja: () =>
        '必要な権限を持つロールの付与を依頼してください。`kubectl auth can-i --list` でこのユーザーの権限を確認できます。',
    },
  }),
  'not-found': error<Answer>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `not found: ${p.what}: ${p.message}`,
      ja: p => `見つかりません: ${p.what}: ${p.message}`,
    },
    hint: {
      en: () =>
        'Check the name and the namespace; `kubectl api-resources` shows whether the server has the type.',
      ja: () =>
        '名前と namespace を確認してください。`kubectl api-resources` でサーバーがリソースタイプを提供しているか確認できます。',
    },
  }),
  'already-exists': error<Answer>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `already exists: ${p.what}: ${p.message}`,
      ja: p => `すでに存在します: ${p.what}: ${p.message}`,
    },
    hint: {
      en: () => 'Choose another name or namespace, or remove the existing object first.',
      ja: () => '別の名前または namespace を指定するか、既存のオブジェクトを先に削除してください。',
    },
  }),
  conflict: error<Answer>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `conflict: ${p.what}: ${p.message}`,
      ja: p => `競合が発生しました: ${p.what}: ${p.message}`,
    },
    hint: {
      en: () => 'Somebody else changed the object meanwhile; run the command again.',
      ja: () => 'オブジェクトが他から変更されました。コマンドを再実行してください。',
    },
  }),
  invalid: error<Answer>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `the server refuses the object as invalid: ${p.what}: ${p.message}`,
      ja: p => `オブジェクトが無効なためサーバーに拒否されました: ${p.what}: ${p.message}`,
    },
    hint: {
      en: () => 'The message names the fields; correct them, or exclude the object.',
      ja: () => 'メッセージに示されたフィールドを修正するか、このオブジェクトを対象から除外してください。',
    },
  }),
  gone: error<Answer>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `the server no longer has that state: ${p.what}: ${p.message}`,
      ja: p => `要求した時点の状態はサーバーに残っていません: ${p.what}: ${p.message}`,
    },
    hint: {
      en: () => 'Run the command again; it then begins from the present state.',
      ja: () => 'コマンドを再実行してください。現在の状態から開始します。',
    },
  }),
  'too-many-requests': error<Server & Answer>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `${p.server} keeps refusing because of its load: ${p.what}: ${p.message}`,
      ja: p => `${p.server} は負荷のためリクエストを拒否し続けています: ${p.what}: ${p.message}`,
    },
    hint: {
      en: () =>
        'Run again later; `kubectl get --raw /debug/api_priority_and_fairness/dump_priority_levels` shows what is busy.',
      ja: () =>
        '時間をおいて再実行してください。`kubectl get --raw /debug/api_priority_and_fairness/dump_priority_levels` で負荷の状況を確認できます。',
    },
  }),
  'server-error': error<Server & Answer & { status: number }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `${p.server} answered ${p.status}: ${p.what}: ${p.message}`,
      ja: p => `${p.server} がステータス ${p.status} を返しました: ${p.what}: ${p.message}`,
    },
    hint: {
      en: () =>
        'Check the API server, etcd and admission webhooks (`kubectl get --raw /readyz?verbose`), then run again.',
      ja: () =>
        'API サーバー、etcd、admission webhook の状態を確認し (`kubectl get --raw /readyz?verbose`)、再実行してください。',
    },
  }),
  rejected: error<Answer & { status: number }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `the server rejects the request (${p.status}): ${p.what}: ${p.message}`,
      ja: p => `サーバーがリクエストを拒否しました (${p.status}): ${p.what}: ${p.message}`,
    },
    hint: {
      en: () =>
        'The message says why; where it makes no sense, check that the address is that of an API server.',
      ja: () =>
        'メッセージの理由を確認してください。理由が不明な場合は、アドレスが API サーバーのものか確認してください。',
    },
  }),
  'response-too-large': error<{ what: string; limit: number }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `the answer to ${p.what} is larger than ${p.limit} bytes`,
      ja: p => `${p.what} の応答が ${p.limit} バイトを超えています`,
    },
    hint: {
      en: () => 'Check that the address is that of an API server; otherwise narrow down what is asked for.',
      ja: () => 'アドレスが API サーバーのものか確認し、必要に応じて対象を絞り込んでください。',
    },
  }),
  'bad-response': error<Server & { what: string; reason: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.server} answered ${p.what} with something that is not the Kubernetes API's: ${p.reason}`,
      ja: p => `${p.what} に対する ${p.server} の応答が Kubernetes API の形式ではありません: ${p.reason}`,
    },
    hint: {
      en: () =>
        'Check that the address is that of an API server and that no proxy or login page answers in its place.',
      ja: () =>
        'アドレスが API サーバーのものか、プロキシーやログインページが代わりに応答していないか確認してください。',
    },
  }),
  'outcome-unknown': error<{ what: string; reason: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `it is not known whether this was done: ${p.what}: ${p.reason}`,
      ja: p => `実行されたかどうかを確認できません: ${p.what}: ${p.reason}`,
    },
    hint: {
      en: () => 'Look at the object (`kubectl get … -o yaml`) before running the command again.',
      ja: () => '再実行する前に、オブジェクトの状態を確認してください (`kubectl get … -o yaml`)。',
    },
  }),
  'selector-invalid': error<{ selector: string; reason: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `not a label selector: ${JSON.stringify(p.selector)}: ${p.reason}`,
      ja: p => `ラベルセレクターが正しくありません: ${JSON.stringify(p.selector)}: ${p.reason}`,
    },
    hint: {
      en: () => 'Write it as kubectl does: `app=web,tier in (front,back),!legacy`.',
      ja: () => 'kubectl と同じ形式で指定してください: `app=web,tier in (front,back),!legacy`',
    },
  }),
  ...kubeconfigErrors,
  'exec-failed': error<{ pod: string; reason: string }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `the command in pod ${p.pod} could not be run: ${p.reason}`,
      ja: p => `Pod ${p.pod} でコマンドを実行できませんでした: ${p.reason}`,
    },
    hint: {
      en: () => 'Check that the pod runs and that the container has the command (`kubectl describe pod`).',
      ja: () =>
        'Pod が稼働しているか、コンテナーにコマンドがあるか確認してください (`kubectl describe pod`)。',
    },
  }),
  'exec-stdin-unsupported': error<Server>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.server} is too old to tell a command that its input has ended (v5.channel.k8s.io)`,
      ja: p => `${p.server} は古いため、コマンドに入力の終わりを通知できません (v5.channel.k8s.io)`,
    },
    hint: {
      en: () => 'Use an API server of Kubernetes 1.30 or newer, or a command that needs no input.',
      ja: () => 'Kubernetes 1.30 以降の API サーバーか、入力を必要としないコマンドを使用してください。',
    },
  }),
  'port-forward-failed': error<{ pod: string; port: number; reason: string }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `port ${p.port} of pod ${p.pod} cannot be reached: ${p.reason}`,
      ja: p => `Pod ${p.pod} のポート ${p.port} に接続できません: ${p.reason}`,
    },
    hint: {
      en: () => 'Check that the pod runs and listens on that port.',
      ja: () => 'Pod が稼働し、そのポートで待ち受けているか確認してください。',
    },
  }),
});

/** The factories of {@link errors}: `raise['not-found']({ … })`. */
export const { raise } = errors;
