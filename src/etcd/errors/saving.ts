import { error } from '#foundation/errors.ts';
import { formatBytes } from '#foundation/format.ts';
import type { Message } from '#foundation/language.ts';

/** Errors of taking and keeping snapshots. */
export const saving = {
  'save-refused': error<{ readonly source: string; readonly reason: Message }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `The snapshot of ${p.source} is not whole and was thrown away: ${p.reason.en()}`,
      ja: p => `${p.source} のスナップショットは不完全なため破棄しました: ${p.reason.ja()}`,
    },
    hint: {
      en: () =>
        'Nothing was kept. Run the command again; if it fails again, look at the member with `hozon etcd status` and take the snapshot of another one.',
      ja: () =>
        '何も保存していません。もう一度実行してください。再び失敗する場合は `hozon etcd status` でメンバーを確認し、別のメンバーから取得してください。',
    },
  }),
  'save-several-clusters': error<{ readonly clusterIds: readonly string[] }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `The endpoints belong to different clusters: ${p.clusterIds.join(', ')}`,
      ja: p => `エンドポイントが別々のクラスターに属しています: ${p.clusterIds.join(', ')}`,
    },
    hint: {
      en: () =>
        'Nothing was taken. Give the endpoints of one cluster (--endpoints, ETCDCTL_ENDPOINTS) or hosts of its members alone (--host); `hozon etcd status` shows which endpoint belongs to which.',
      ja: () =>
        '何も取得していません。1 つのクラスターのエンドポイントだけを指定してください (--endpoints、ETCDCTL_ENDPOINTS)。各エンドポイントのクラスターは `hozon etcd status` で確認できます。',
    },
  }),
  'save-learner': error<{ readonly endpoints: readonly string[] }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p =>
        `${p.endpoints.join(', ')}: a learner, which may not have all of the data yet; no snapshot is taken of it`,
      ja: p =>
        `${p.endpoints.join(', ')} はラーナーです。データがまだ揃っていない可能性があるため、スナップショットを取得しません`,
    },
    hint: {
      en: () =>
        'Give a voting member: `hozon etcd status` lists the members, and shows true at the end of the line of a learner. If it shall vote: `etcdctl member promote`.',
      ja: () =>
        '投票メンバーを指定してください。`hozon etcd status` のメンバー一覧では、ラーナーの行末が true になります。投票メンバーにするには `etcdctl member promote` を実行します。',
    },
  }),
  'save-exists': error<{ readonly place: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `There is something at ${p.place} already`,
      ja: p => `${p.place} はすでに存在します`,
    },
    hint: {
      en: () => 'A snapshot never replaces anything. Name another file, or give a directory.',
      ja: () =>
        'スナップショットで既存のものを置き換えることはありません。別のファイル名、またはディレクトリーを指定してください。',
    },
  }),
  'save-unwritable': error<{ readonly path: string; readonly reason: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `No snapshot can be written to ${p.path}: ${p.reason}`,
      ja: p => `${p.path} にスナップショットを書き込めません: ${p.reason}`,
    },
    hint: {
      en: () => 'Nothing was kept. Check that the directory exists and is yours, or name another one.',
      ja: () =>
        '何も保存していません。ディレクトリーの有無と権限を確認するか、別のディレクトリーを指定してください。',
    },
  }),
  'save-no-space': error<{
    readonly path: string;
    /** Bytes, where they are known. */
    readonly needed?: number | undefined;
    readonly free?: number | undefined;
  }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `There is no room for the snapshot in ${p.path}${roomText(p, 'needed', 'free')}`,
      ja: p => `${p.path} にスナップショットを置く空き容量がありません${roomText(p, '必要', '空き')}`,
    },
    hint: {
      en: () => 'Nothing was kept. Make room there, or name a directory of another file system.',
      ja: () =>
        '何も保存していません。空き容量を増やすか、別のファイルシステムのディレクトリーを指定してください。',
    },
  }),
  'save-velero-location': error<{
    readonly url: string;
    /** The location's name, and where it stands. */
    readonly location: string;
    readonly origin: 'config' | 'cluster';
  }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p =>
        `${p.url} lies in the storage location ${p.location} of ${p.origin === 'config' ? 'the configuration' : 'the cluster'}, where only backups may be`,
      ja: p =>
        `${p.url} は${p.origin === 'config' ? '設定ファイル' : 'クラスター'}の保存場所 ${p.location} の中にあります。そこに置けるのはバックアップだけです`,
    },
    hint: {
      en: () =>
        'Velero declares a location invalid that holds anything else. Give a prefix beside it: s3://BUCKET/etcd.',
      ja: () =>
        'Velero は、ほかのものが置かれた場所を無効と判断します。別のプレフィックスを指定してください (例: s3://BUCKET/etcd)。',
    },
  }),
};

interface Room {
  readonly needed?: number | undefined;
  readonly free?: number | undefined;
}

function roomText({ needed, free }: Room, neededWord: string, freeWord: string): string {
  if (needed === undefined || free === undefined) return '';
  return ` (${neededWord}: ${formatBytes(needed)}, ${freeWord}: ${formatBytes(free)})`;
}
