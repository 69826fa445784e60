import { error } from '#foundation/errors.ts';
import type { At, FileFault, OfFile } from './subjects.ts';

const otherCopy = {
  en: () =>
    'Run `hozon repo check --read-data` to see what suffers; `hozon repo repair` mends some damage, another copy of the repository the rest.',
  ja: () =>
    '`hozon repo check --read-data` で影響範囲を確認してください。一部は `hozon repo repair` で修復できます。残りはリポジトリーの別のコピーから復元してください。',
};

/** What can be wrong with the files of a repository. */
export const damage = {
  damaged: error<FileFault>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.url}: "${p.file}" is damaged: ${p.reason.en()}`,
      ja: p => `${p.url}: "${p.file}" が破損しています: ${p.reason.ja()}`,
    },
    hint: otherCopy,
  }),
  'file-missing': error<OfFile>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.url}: "${p.file}" is missing`,
      ja: p => `${p.url}: "${p.file}" がありません`,
    },
    hint: otherCopy,
  }),
  foreign: error<FileFault>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.url}: "${p.file}" is not of a format that Hozon knows: ${p.reason.en()}`,
      ja: p => `${p.url}: "${p.file}" は Hozon が対応していない形式です: ${p.reason.ja()}`,
    },
    hint: {
      en: () => 'Use the program, and its version, that made the repository; or a newer Hozon.',
      ja: () => 'リポジトリーを作成したプログラムの対応バージョン、または新しい Hozon を使用してください。',
    },
  }),
  'blob-missing': error<At & { readonly kind: string; readonly id: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.url}: no index names the ${p.kind} blob ${p.id}`,
      ja: p => `${p.url}: ${p.kind} ブロブ ${p.id} がどのインデックスにもありません`,
    },
    hint: {
      en: () => 'Run `hozon repo repair index` on the repository; it finds blobs whose index is lost.',
      ja: () =>
        'リポジトリーに対して `hozon repo repair index` を実行してください。インデックスを失ったブロブを検出できます。',
    },
  }),
  'index-cache': error<{ readonly path: string }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `The file ${p.path} of the cache on this machine is damaged; it was removed`,
      ja: p => `このマシンのキャッシュファイル ${p.path} が破損していたため、削除しました`,
    },
    hint: {
      en: () => 'Run the command again: the file is made anew from the repository, which is not affected.',
      ja: () =>
        'コマンドを再実行してください。ファイルはリポジトリーから作り直されます。リポジトリーに影響はありません。',
    },
  }),
};
