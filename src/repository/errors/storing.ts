import { error } from '#foundation/errors.ts';

/** Why there is no snapshot; why an entry is not in a snapshot, or had to be stored again. */
export const storing = {
  'nothing-stored': error({
    exit: 'failed',
    retry: 'never',
    message: {
      en: () => 'nothing was found that could be stored, so no snapshot was made',
      ja: () => '保存できるものがなかったため、スナップショットは作成されませんでした',
    },
    hint: {
      en: () => 'Look at what is excluded, at who may read the files, and whether the directory is empty.',
      ja: () => '除外の設定、ファイルの読み取り権限、ディレクトリーが空でないかを確認してください。',
    },
  }),
  'content-missing': error<{ readonly path: string }>({
    exit: 'partial',
    retry: 'never',
    message: {
      en: p =>
        `${JSON.stringify(p.path)} has not changed, but parts of its content are in no index of the repository; it was stored again`,
      ja: p =>
        `${JSON.stringify(p.path)} は変更されていませんが、内容の一部がリポジトリーのインデックスにないため、もう一度保存しました`,
    },
    hint: {
      en: () => 'Run `hozon repo check`: older snapshots of this file may be damaged.',
      ja: () =>
        '`hozon repo check` を実行してください。このファイルの以前のスナップショットが破損している可能性があります。',
    },
  }),
  'link-missing': error<{ readonly target: string }>({
    exit: 'partial',
    retry: 'never',
    message: {
      en: p => `it is another name of ${JSON.stringify(p.target)}, which was not stored before`,
      ja: p => `${JSON.stringify(p.target)} の別名ですが、リンク先が先に保存されていません`,
    },
    hint: {
      en: () => 'Store the file that it is linked to as well.',
      ja: () => 'リンク先のファイルも保存対象に含めてください。',
    },
  }),
  outpaced: error<{ readonly url: string }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p =>
        `two index epochs began in ${p.url} while an index was being written, so nothing was committed`,
      ja: p =>
        `${p.url} へのインデックスの書き込み中に 2 つのエポックが開始されたため、変更は確定されませんでした`,
    },
    hint: {
      en: () => 'Run the command again; if it comes back, look why writing to the location takes so long.',
      ja: () =>
        'コマンドを再実行してください。繰り返し発生する場合は、保存先への書き込みに時間がかかる原因を調べてください。',
    },
  }),
};
