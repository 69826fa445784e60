import { error } from '#foundation/errors.ts';
import type { At, OfFile } from './subjects.ts';

/** What can go wrong before a repository is open. */
export const opening = {
  'not-found': error<At>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `${p.url} holds no restic repository: it has no file "config"`,
      ja: p => `${p.url} に restic リポジトリーがありません: ファイル "config" が存在しません`,
    },
    hint: {
      en: () => 'Correct the URL or the prefix of the repository.',
      ja: () => 'リポジトリーの URL またはプレフィックスを確認してください。',
    },
  }),
  'wrong-password': error<At & { readonly keys: number }>({
    exit: 'denied',
    retry: 'never',
    message: {
      en: p => `the password opens none of the ${p.keys} keys of the repository ${p.url}`,
      ja: p => `パスワードがリポジトリー ${p.url} の ${p.keys} 個のキーのいずれにも一致しません`,
    },
    hint: {
      en: () => 'Give the file with the right password: `--password-file FILE`.',
      ja: () => '正しいパスワードのファイルを指定してください: `--password-file FILE`。',
    },
  }),
  'no-keys': error<At>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `the repository ${p.url} has no key file, so no password can open it`,
      ja: p => `リポジトリー ${p.url} にキーファイルがないため、どのパスワードでも開けません`,
    },
    hint: {
      en: () => 'Copy the folder "keys" back from another copy of the repository.',
      ja: () => 'リポジトリーの別のコピーからフォルダー "keys" を戻してください。',
    },
  }),
  exists: error<OfFile>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.url} already holds a restic repository, or the beginning of one: "${p.file}"`,
      ja: p => `${p.url} にはすでに restic リポジトリー、またはその一部があります: "${p.file}"`,
    },
    hint: {
      en: () => 'Use the repository that is there, or choose another URL or prefix.',
      ja: () => '既存のリポジトリーを使用するか、別の URL またはプレフィックスを選んでください。',
    },
  }),
  'password-file': error<{ readonly path: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `the password file ${p.path} cannot be read, is empty, or is too long`,
      ja: p => `パスワードファイル ${p.path} を読み取れないか、空であるか、長すぎます`,
    },
    hint: {
      en: () => 'Name a file of yours that holds the password and nothing else: `--password-file FILE`.',
      ja: () => 'パスワードだけを記載したファイルを指定してください: `--password-file FILE`。',
    },
  }),
};
