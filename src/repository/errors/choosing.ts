import { error } from '#foundation/errors.ts';
import type { At } from './subjects.ts';

/** What can be wrong with the name of a snapshot or of something in it. */
export const choosing = {
  'snapshot-not-found': error<At & { readonly id: string }>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `${p.url} has no snapshot "${p.id}"`,
      ja: p => `${p.url} にスナップショット "${p.id}" がありません`,
    },
    hint: {
      en: () => 'List them with `hozon repo snapshots`.',
      ja: () => '`hozon repo snapshots` で一覧を表示してください。',
    },
  }),
  'snapshot-ambiguous': error<At & { readonly id: string; readonly count: number }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `the ids of ${p.count} snapshots in ${p.url} begin with "${p.id}"`,
      ja: p => `${p.url} には ID が "${p.id}" で始まるスナップショットが ${p.count} 個あります`,
    },
    hint: {
      en: () => 'Give more of the id; `hozon repo snapshots -o wide` shows whole ids.',
      ja: () => 'ID をより長く指定してください。`hozon repo snapshots -o wide` で ID 全体を表示できます。',
    },
  }),
  'snapshot-of-velero': error<At & { readonly id: string; readonly count: number }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p =>
        `${p.count} of the snapshots that would get another id, or go, in ${p.url} are Velero's, the first is ${p.id}: its PodVolumeBackups and DataUploads name them by their ids (status.snapshotID), and could not be restored any more`,
      ja: p =>
        `${p.url} で ID が変わるか削除されるスナップショットのうち ${p.count} 個は Velero のものです (最初のものは ${p.id})。PodVolumeBackup や DataUpload が ID (status.snapshotID) で参照しているため、リストアできなくなります`,
    },
    hint: {
      en: () =>
        'Nothing was changed. Name the snapshots that you mean by their ids; `velero backup delete` removes those of a backup. Where no backup needs them any more: --unsafe-allow-velero.',
      ja: () =>
        '何も変更していません。対象のスナップショットを ID で指定してください。バックアップのスナップショットは `velero backup delete` で削除できます。どのバックアップにも不要な場合は --unsafe-allow-velero を指定してください。',
    },
  }),
  'path-not-found': error<At & { readonly snapshot: string; readonly path: string }>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `snapshot ${p.snapshot} in ${p.url} has no ${JSON.stringify(p.path)}`,
      ja: p => `${p.url} のスナップショット ${p.snapshot} に ${JSON.stringify(p.path)} がありません`,
    },
    hint: {
      en: p => `List what it holds with \`hozon repo ls ${p.snapshot}\`.`,
      ja: p => `\`hozon repo ls ${p.snapshot}\` で内容を確認してください。`,
    },
  }),
  'not-a-file': error<At & { readonly path: string; readonly type: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `${JSON.stringify(p.path)} in ${p.url} is of type ${p.type}; only a file has content`,
      ja: p =>
        `${p.url} の ${JSON.stringify(p.path)} の種類は ${p.type} です。内容があるのはファイルのみです`,
    },
    hint: {
      en: () => 'Name a file; `hozon repo ls` shows the type of each entry.',
      ja: () => 'ファイルを指定してください。`hozon repo ls` で各エントリーの種類を確認できます。',
    },
  }),
  'not-a-directory': error<At & { readonly path: string; readonly type: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `${JSON.stringify(p.path)} in ${p.url} is of type ${p.type}, not a directory`,
      ja: p => `${p.url} の ${JSON.stringify(p.path)} の種類は ${p.type} で、ディレクトリーではありません`,
    },
    hint: {
      en: () => 'Name a directory; `hozon repo ls` shows the type of each entry.',
      ja: () => 'ディレクトリーを指定してください。`hozon repo ls` で各エントリーの種類を確認できます。',
    },
  }),
};
