import { defineErrors, error } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import { connecting } from './errors/connecting.ts';
import { inPods } from './errors/in-pods.ts';
import { onHosts } from './errors/on-hosts.ts';
import { restoring } from './errors/restoring.ts';
import { saving } from './errors/saving.ts';

interface OfSnapshot {
  /** The path of the snapshot. */
  readonly file: string;
}

const takeAnother = {
  en: () =>
    'Do not restore from it. Use another snapshot of the same time, if possible of another member; `hozon etcd snapshot verify FILE` says whether one is sound.',
  ja: () =>
    'このファイルから復元しないでください。同じ時刻の別のスナップショット (可能であれば別のメンバーのもの) を使用してください。`hozon etcd snapshot verify FILE` で健全性を確認できます。',
};

/** The errors of everything about etcd. */
export const etcdErrors = defineErrors('etcd', {
  ...connecting,
  ...inPods,
  ...onHosts,
  ...restoring,
  ...saving,
  'snapshot-missing': error<OfSnapshot>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `There is no file ${p.file}`,
      ja: p => `ファイル ${p.file} がありません`,
    },
    hint: {
      en: () => 'Give the path of a snapshot, as `etcdctl snapshot save` writes them.',
      ja: () => '`etcdctl snapshot save` で作成したスナップショットのパスを指定してください。',
    },
  }),
  'snapshot-foreign': error<OfSnapshot & { readonly reason: Message }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.file} is not a snapshot of etcd: ${p.reason.en()}`,
      ja: p => `${p.file} は etcd のスナップショットではありません: ${p.reason.ja()}`,
    },
    hint: takeAnother,
  }),
  'snapshot-damaged': error<OfSnapshot & { readonly reason: Message; readonly page?: number | undefined }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.file} is damaged${p.page === undefined ? '' : `, page ${p.page}`}: ${p.reason.en()}`,
      ja: p =>
        `${p.file} が破損しています${p.page === undefined ? '' : ` (ページ ${p.page})`}: ${p.reason.ja()}`,
    },
    hint: takeAnother,
  }),
  'snapshot-in-use': error<OfSnapshot & { readonly pid: string }>({
    exit: 'locked',
    retry: 'later',
    message: {
      en: p => `${p.file} is the database of a running etcd (process ${p.pid}) and changes while it is read`,
      ja: p => `${p.file} は実行中の etcd (プロセス ${p.pid}) のデータベースで、読み取り中に変更されます`,
    },
    hint: {
      en: () => 'Take a snapshot of the running member with `etcdctl snapshot save`, and give that.',
      ja: () =>
        '`etcdctl snapshot save` で実行中のメンバーのスナップショットを取得し、それを指定してください。',
    },
  }),
  'snapshot-compacted': error<OfSnapshot & { readonly revision: number; readonly compacted: number }>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `${p.file} no longer holds revision ${p.revision}: it was compacted at ${p.compacted}`,
      ja: p => `${p.file} にはリビジョン ${p.revision} が残っていません (${p.compacted} で圧縮済みです)`,
    },
    hint: {
      en: () => 'Give a later revision; `hozon etcd snapshot status FILE` shows the range.',
      ja: () =>
        'より新しいリビジョンを指定してください。範囲は `hozon etcd snapshot status FILE` で確認できます。',
    },
  }),
  'snapshot-revision': error<OfSnapshot & { readonly revision: number; readonly head: number }>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `${p.file} does not hold revision ${p.revision}: its newest is ${p.head}`,
      ja: p => `${p.file} にリビジョン ${p.revision} はありません (最新は ${p.head} です)`,
    },
    hint: {
      en: () => 'Give an earlier revision, or a snapshot that was taken later.',
      ja: () => 'より古いリビジョン、または後で取得したスナップショットを指定してください。',
    },
  }),
  'encryption-configuration': error<OfSnapshot>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `${p.file} is not an EncryptionConfiguration with valid keys`,
      ja: p => `${p.file} は有効なキーを持つ EncryptionConfiguration ではありません`,
    },
    hint: {
      en: () =>
        'Give the file that the API server has for --encryption-provider-config; on OpenShift 4 it is in static_kuberesources_*.tar.gz, secrets/encryption-config.',
      ja: () =>
        'API サーバーの --encryption-provider-config のファイルを指定してください。OpenShift 4 では static_kuberesources_*.tar.gz の secrets/encryption-config にあります。',
    },
  }),
  'type-unknown': error<OfSnapshot & { readonly word: string; readonly similar: readonly string[] }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p =>
        `${p.file} knows no type "${p.word}"${p.similar.length === 0 ? '' : `; did you mean ${p.similar.join(' / ')}?`}`,
      ja: p =>
        `${p.file} に種類 "${p.word}" はありません${p.similar.length === 0 ? '' : `。もしかして: ${p.similar.join(' / ')}`}`,
    },
    hint: {
      en: () =>
        'Give a plural, a singular, a kind or a short name, with its group where several have it: cm, deploy, routes, widgets.example.com. `hozon etcd snapshot stats FILE` lists the types that fill the file.',
      ja: () =>
        '複数形、単数形、kind、短縮名のいずれかを指定してください。同名の種類がある場合はグループも付けます (例: cm、deploy、routes、widgets.example.com)。ファイル内の種類は `hozon etcd snapshot stats FILE` で確認できます。',
    },
  }),
  'object-not-found': error<OfSnapshot & { readonly type: string; readonly key: string }>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `${p.file} holds no ${p.type} ${p.key}`,
      ja: p => `${p.file} に ${p.type} ${p.key} はありません`,
    },
    hint: {
      en: p =>
        `Run \`hozon etcd snapshot ls FILE ${p.type}\` to see which there are; -n names the namespace, --revision an earlier state.`,
      ja: p =>
        `\`hozon etcd snapshot ls FILE ${p.type}\` で一覧を確認してください。-n で namespace を、--revision で過去の状態を指定できます。`,
    },
  }),
});

export const { raise } = etcdErrors;
