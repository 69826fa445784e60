import { error } from '#foundation/errors.ts';

interface Kubeconfig {
  /** The file, or the list of files. */
  readonly source: string;
}

/** What can be wrong with a kubeconfig and the credentials it names: a part of the `kube` area. */
export const kubeconfigErrors = {
  'kubeconfig-missing': error<Kubeconfig>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `no kubeconfig: ${p.source}`,
      ja: p => `kubeconfig がありません: ${p.source}`,
    },
    hint: {
      en: () => 'Give one with --kubeconfig or KUBECONFIG, log in (`oc login`), or run inside a cluster.',
      ja: () =>
        '--kubeconfig または KUBECONFIG で指定するか、ログイン (`oc login`) するか、クラスター内で実行してください。',
    },
  }),
  'kubeconfig-invalid': error<Kubeconfig & { reason: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `the kubeconfig ${p.source} cannot be used: ${p.reason}`,
      ja: p => `kubeconfig ${p.source} を使用できません: ${p.reason}`,
    },
    hint: {
      en: () => 'Compare with `kubectl config view`; correct the file or point to another with --kubeconfig.',
      ja: () =>
        '`kubectl config view` と比較してファイルを修正するか、--kubeconfig で別のファイルを指定してください。',
    },
  }),
  'kubeconfig-context': error<Kubeconfig & { context: string; known: readonly string[] }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p =>
        `no context ${JSON.stringify(p.context)} in ${p.source} (there is: ${p.known.join(', ') || 'none'})`,
      ja: p =>
        `${p.source} にコンテキスト ${JSON.stringify(p.context)} がありません (定義済み: ${p.known.join(', ') || 'なし'})`,
    },
    hint: {
      en: () => 'Choose one with --context; `kubectl config get-contexts` lists them.',
      ja: () => '--context で指定してください。`kubectl config get-contexts` で一覧を表示できます。',
    },
  }),
  'auth-provider': error<Kubeconfig & { user: string; provider: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p =>
        `the user ${p.user} in ${p.source} uses the auth-provider ${p.provider}, which Kubernetes removed in 1.26`,
      ja: p =>
        `${p.source} のユーザー ${p.user} は、Kubernetes 1.26 で廃止された auth-provider ${p.provider} を使用しています`,
    },
    hint: {
      en: () => 'Replace it by an exec credential plugin (gke-gcloud-auth-plugin, kubelogin) or a token.',
      ja: () =>
        'exec 認証プラグイン (gke-gcloud-auth-plugin、kubelogin) またはトークンに置き換えてください。',
    },
  }),
  'credential-plugin-missing': error<{ command: string; installHint: string }>({
    exit: 'denied',
    retry: 'never',
    message: {
      en: p => `the kubeconfig's credential plugin ${p.command} is not installed`,
      ja: p => `kubeconfig の認証プラグイン ${p.command} がインストールされていません`,
    },
    hint: {
      en: p => p.installHint || 'Install it, or put it on the PATH.',
      ja: p => p.installHint || 'インストールするか、PATH に追加してください。',
    },
  }),
  'credential-plugin-failed': error<{ command: string; reason: string }>({
    exit: 'denied',
    retry: 'never',
    message: {
      en: p => `the kubeconfig's credential plugin ${p.command} failed: ${p.reason}`,
      ja: p => `kubeconfig の認証プラグイン ${p.command} が失敗しました: ${p.reason}`,
    },
    hint: {
      en: p => `Run ${p.command} by hand to see what it needs (a login, usually).`,
      ja: p => `${p.command} を直接実行し、必要な操作 (多くの場合はログイン) を確認してください。`,
    },
  }),
  'credential-file': error<{ file: string; reason: string }>({
    exit: 'denied',
    retry: 'never',
    message: {
      en: p => `the credential file ${p.file} cannot be read: ${p.reason}`,
      ja: p => `認証情報ファイル ${p.file} を読み取れません: ${p.reason}`,
    },
    hint: {
      en: () => 'Check the path in the kubeconfig and the permissions of the file.',
      ja: () => 'kubeconfig のパスとファイルのアクセス権を確認してください。',
    },
  }),
};
