import { defineErrors, error } from '#foundation/errors.ts';

interface OfManifest {
  /** The file, or where else it is from. */
  readonly source: string;
}

/** What can be wrong with a manifest that a hosted cluster is to be restored with. */
export const manifestErrors = defineErrors('hosted-manifest', {
  syntax: error<OfManifest & { readonly line: number; readonly problem: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `${p.source}, line ${p.line}: not valid YAML (${p.problem})`,
      ja: p => `${p.source} の ${p.line} 行目: 有効な YAML ではありません (${p.problem})`,
    },
    hint: {
      en: () => 'Give the output of `hcp create cluster … --render --render-sensitive` as it is.',
      ja: () => '`hcp create cluster … --render --render-sensitive` の出力をそのまま指定してください。',
    },
  }),
  'no-cluster': error<
    OfManifest & { readonly wanted: string | undefined; readonly found: readonly string[] }
  >({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p =>
        `${p.source} holds no HostedCluster${p.wanted === undefined ? '' : ` ${p.wanted}`}${p.found.length > 0 ? `, but ${p.found.join(', ')}` : ''}`,
      ja: p =>
        `${p.source} に HostedCluster${p.wanted === undefined ? '' : ` ${p.wanted}`} がありません${p.found.length > 0 ? ` (含まれるもの: ${p.found.join('、')})` : ''}`,
    },
    hint: {
      en: () =>
        'Give the output of `hcp create cluster … --render --render-sensitive`, or `oc get hostedcluster,nodepool -n clusters -o yaml`.',
      ja: () =>
        '`hcp create cluster … --render --render-sensitive` または `oc get hostedcluster,nodepool -n clusters -o yaml` の出力を指定してください。',
    },
  }),
  'several-clusters': error<OfManifest & { readonly found: readonly string[] }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `${p.source} holds several HostedClusters: ${p.found.join(', ')}`,
      ja: p => `${p.source} に複数の HostedCluster があります: ${p.found.join('、')}`,
    },
    hint: {
      en: () => 'Say which one is restored: `hozon hosted-cluster restore-manifest NAMESPACE/NAME -f FILE`.',
      ja: () =>
        '復元するものを `hozon hosted-cluster restore-manifest NAMESPACE/NAME -f FILE` のように指定してください。',
    },
  }),
  unmanaged: error<OfManifest & { readonly cluster: string; readonly type: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p =>
        `the etcd of HostedCluster ${p.cluster} in ${p.source} is ${p.type}: only a managed one is restored from a URL`,
      ja: p =>
        `${p.source} の HostedCluster ${p.cluster} の etcd は ${p.type} です。URL から復元できるのは Managed の場合だけです`,
    },
    hint: {
      en: () =>
        'Set spec.etcd.managementType to Managed, with spec.etcd.managed.storage of type PersistentVolume.',
      ja: () =>
        'spec.etcd.managementType を Managed にし、spec.etcd.managed.storage に PersistentVolume を指定してください。',
    },
  }),
  'no-storage': error<OfManifest & { readonly cluster: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p =>
        `HostedCluster ${p.cluster} in ${p.source} has no spec.etcd.managed.storage that can be written to`,
      ja: p =>
        `${p.source} の HostedCluster ${p.cluster} に、書き込み可能な spec.etcd.managed.storage がありません`,
    },
    hint: {
      en: () =>
        'Write it as a map of its own, not as an alias: {type: PersistentVolume, persistentVolume: {size: 8Gi}}.',
      ja: () =>
        'エイリアスではなく、{type: PersistentVolume, persistentVolume: {size: 8Gi}} のようなマップとして記述してください。',
    },
  }),
  unusual: error<OfManifest & { readonly object: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p =>
        `${p.object} in ${p.source} is written in a way that cannot be changed without touching more of it`,
      ja: p => `${p.source} の ${p.object} は、他の部分に触れずに変更できない形式で記述されています`,
    },
    hint: {
      en: () => 'Write it without anchors, aliases and tags, as `hcp create cluster --render` does.',
      ja: () =>
        '`hcp create cluster --render` の出力のように、アンカー、エイリアス、タグを使わずに記述してください。',
    },
  }),
  'url-unusable': error<{ readonly problem: string; readonly problemJa: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `The URL of the snapshot cannot be used: ${p.problem}`,
      ja: p => `スナップショットの URL を使用できません: ${p.problemJa}`,
    },
    hint: {
      en: () =>
        'Nothing was written: the URL of a HostedCluster cannot be changed afterwards. Let a new one be made from the storage location (--location, --object), or presign it again.',
      ja: () =>
        '何も書き込んでいません (HostedCluster の URL は後から変更できません)。ストレージの場所から新しく作成する (--location、--object) か、署名し直してください。',
    },
  }),
  'key-unusable': error<{ readonly problem: string; readonly problemJa: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `The restored cluster could not read its Secrets: ${p.problem}`,
      ja: p => `復元したクラスターが Secret を読み取れません: ${p.problemJa}`,
    },
    hint: {
      en: () =>
        'Give the key that was saved with the snapshot: --with-key --key-file FILE. `hozon hosted-cluster match-key SNAPSHOT --key-file FILE` tells which one it is.',
      ja: () =>
        'スナップショットと併せて保存したキーを --with-key --key-file FILE で指定してください。キーは `hozon hosted-cluster match-key SNAPSHOT --key-file FILE` で照合できます。',
    },
  }),
});

/** The factories of {@link manifestErrors}. */
export const { raise } = manifestErrors;
