import { defineErrors, error } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';

interface At {
  /** The repository, as a URL without credentials. */
  readonly url: string;
}

interface OfFile extends At {
  /** The file's key in the repository: `snapshots/…`, `data/ab/…`. */
  readonly file: string;
}

interface Fault extends OfFile {
  readonly reason: Message;
}

const otherCopy = {
  en: () =>
    'Run `hozon repo check --read-data` to see what suffers; `restic repair` mends some damage, another copy of the repository the rest.',
  ja: () =>
    '`hozon repo check --read-data` で影響範囲を確認してください。一部は `restic repair` で修復できます。残りはリポジトリーの別のコピーから復元してください。',
};

/** What can go wrong with a deduplicating repository. */
export const errors = defineErrors('repository', {
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
  damaged: error<Fault>({
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
  foreign: error<Fault>({
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
      en: () => 'Run `restic repair index` on the repository; it finds blobs whose index is lost.',
      ja: () =>
        'リポジトリーに対して `restic repair index` を実行してください。インデックスを失ったブロブを検出できます。',
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
  locked: error<At & { readonly holder: string; readonly since: string }>({
    exit: 'locked',
    retry: 'later',
    message: {
      en: p => `the repository ${p.url} is locked by ${p.holder} since ${p.since}`,
      ja: p => `リポジトリー ${p.url} は ${p.holder} によって ${p.since} からロックされています`,
    },
    hint: {
      en: () => 'Wait until its holder is done; if that process is dead, `restic unlock` removes its lock.',
      ja: () =>
        '処理が終わるまでお待ちください。プロセスがすでに終了している場合は `restic unlock` でロックを解除できます。',
    },
  }),
  'lock-lost': error<At>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `the lock of the repository ${p.url} could not be renewed in time; the work was stopped`,
      ja: p => `リポジトリー ${p.url} のロックを時間内に更新できなかったため、処理を中止しました`,
    },
    hint: {
      en: () =>
        'Check that the location can be written (`hozon location check`), then run the command again.',
      ja: () =>
        '保存先に書き込めることを確認し (`hozon location check`)、コマンドをもう一度実行してください。',
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
});

/** The factories of {@link errors}: `raise.damaged({ … })`. */
export const { raise } = errors;
