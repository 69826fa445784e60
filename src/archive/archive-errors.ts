import { error } from '#foundation/errors.ts';

interface Source {
  /** The archive's name: a backup's, a file's. */
  readonly source: string;
}

const another = {
  en: () => 'Copy the archive again from where it was kept, or use another backup (`hozon backup get` lists them).',
  ja: () =>
    'アーカイブを保管元から再度コピーするか、別のバックアップ (`hozon backup get` で一覧表示) を使用してください。',
};

/** What can be wrong with an archive: a part of the `archive` area. */
export const archiveErrors = {
  truncated: error<Source>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `the archive of ${p.source} ends too early: a part of it is missing`,
      ja: p => `${p.source} のアーカイブが途中で終わっています: 一部が失われています`,
    },
    hint: another,
  }),
};
