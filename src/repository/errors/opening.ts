import { error } from '#foundation/errors.ts';
import type { At, OfFile } from './subjects.ts';

/** What can go wrong before a repository is open. */
export const opening = {
  'not-found': error<At>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `${p.url} holds no repository: neither restic's "config" nor "kopia.repository" is there`,
      ja: p => `${p.url} にリポジトリーがありません: restic の "config" も "kopia.repository" も存在しません`,
    },
    hint: {
      en: () => 'Correct the URL or the prefix of the repository, or make one there with `hozon repo init`.',
      ja: () => 'リポジトリーの URL またはプレフィックスを確認するか、`hozon repo init` で作成してください。',
    },
  }),
  /** `keys`: how many were tried, in a format that has several. */
  'wrong-password': error<At & { readonly keys?: number }>({
    exit: 'denied',
    retry: 'never',
    message: {
      en: p =>
        p.keys === undefined
          ? `the password does not open the repository ${p.url}`
          : `the password opens none of the ${p.keys} keys of the repository ${p.url}`,
      ja: p =>
        p.keys === undefined
          ? `このパスワードではリポジトリー ${p.url} を開けません`
          : `パスワードがリポジトリー ${p.url} の ${p.keys} 個のキーのいずれにも一致しません`,
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
      en: p => `${p.url} already holds a repository, or the beginning of one: "${p.file}"`,
      ja: p => `${p.url} にはすでにリポジトリー、またはその一部があります: "${p.file}"`,
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
  'password-command': error<{ readonly program: string; readonly problem: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `the command ${p.program}, which is to print the password, failed: ${p.problem}`,
      ja: p => `パスワードを出力するコマンド ${p.program} が失敗しました: ${p.problem}`,
    },
    hint: {
      en: () =>
        'Run the command by hand; it has to print the password alone. It is not run by a shell: no $ or | in it.',
      ja: () =>
        'コマンドを単独で実行し、パスワードだけが出力されることを確認してください。シェルを介さないため $ や | は使えません。',
    },
  }),
  'password-variable': error<{ readonly name: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `the environment has no variable ${p.name}, or it is empty`,
      ja: p => `環境変数 ${p.name} がないか、空です`,
    },
    hint: {
      en: () =>
        'Give the name of a variable that holds the password, not the password: `--password-env NAME`.',
      ja: () =>
        'パスワードそのものではなく、パスワードを持つ環境変数の名前を指定してください: `--password-env NAME`。',
    },
  }),
  'password-empty': error({
    exit: 'usage',
    retry: 'never',
    message: {
      en: () => 'the password is empty',
      ja: () => 'パスワードが空です',
    },
    hint: {
      en: () => 'Run the command again and type the password, or give it in a file: `--password-file FILE`.',
      ja: () =>
        'コマンドを再実行してパスワードを入力するか、ファイルで指定してください: `--password-file FILE`。',
    },
  }),
  'passwords-differ': error({
    exit: 'usage',
    retry: 'never',
    message: {
      en: () => 'the two passwords that were typed differ',
      ja: () => '入力された 2 つのパスワードが一致しません',
    },
    hint: {
      en: () => 'Run the command again and type the same password twice.',
      ja: () => 'コマンドを再実行し、同じパスワードを 2 回入力してください。',
    },
  }),
  'name-file': error<{ readonly path: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `the file ${p.path}, which is to name the repository, cannot be read`,
      ja: p => `リポジトリーの場所を記載したファイル ${p.path} を読み取れません`,
    },
    hint: {
      en: () =>
        'Correct `--repository-file` or RESTIC_REPOSITORY_FILE, or name the repository with `--repo`.',
      ja: () =>
        '`--repository-file` または RESTIC_REPOSITORY_FILE を修正するか、`--repo` でリポジトリーを指定してください。',
    },
  }),
  'unsupported-backend': error<{ readonly backend: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `Hozon cannot work with repositories of restic's back end "${p.backend}"`,
      ja: p => `Hozon は restic のバックエンド "${p.backend}" のリポジトリーに対応していません`,
    },
    hint: {
      en: () =>
        'Name a directory (/path, local:PATH, file:///path) or a bucket (s3:https://HOST/BUCKET/PREFIX, s3://BUCKET/PREFIX?region=…).',
      ja: () =>
        'ディレクトリー (/path、local:PATH、file:///path) またはバケット (s3:https://HOST/BUCKET/PREFIX、s3://BUCKET/PREFIX?region=…) を指定してください。',
    },
  }),
  'bad-name': error({
    exit: 'usage',
    retry: 'never',
    message: {
      en: () => 'this does not name a repository as restic writes it',
      ja: () => 'restic の形式のリポジトリー名として正しくありません',
    },
    hint: {
      en: () =>
        'Write /path, local:PATH, s3:https://HOST/BUCKET/PREFIX or s3:HOST/BUCKET/PREFIX, without credentials in it.',
      ja: () =>
        '/path、local:PATH、s3:https://HOST/BUCKET/PREFIX、s3:HOST/BUCKET/PREFIX のいずれかを、認証情報を含めずに指定してください。',
    },
  }),
};
