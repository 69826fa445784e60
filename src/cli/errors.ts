import { defineErrors, error } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import { fileErrors } from './file-errors.ts';
import { formatErrors } from './format-errors.ts';

const suggestion = {
  en: (names: readonly string[]) => (names.length === 0 ? '' : `; did you mean ${names.join(' / ')}?`),
  ja: (names: readonly string[]) => (names.length === 0 ? '' : `。もしかして: ${names.join(' / ')}`),
};

/** What can be wrong with what was typed, and with Hozon's configuration file. */
export const cliErrors = defineErrors('cli', {
  'unknown-command': error<{ name: string; similar: readonly string[]; help: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `there is no command "${p.name}"${suggestion.en(p.similar)}`,
      ja: p => `コマンド "${p.name}" はありません${suggestion.ja(p.similar)}`,
    },
    hint: {
      en: p => `Run "${p.help}" to see the commands.`,
      ja: p => `コマンドの一覧は "${p.help}" で確認してください。`,
    },
  }),
  'unknown-flag': error<{ flag: string; similar: readonly string[]; help: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `there is no flag ${p.flag} here${suggestion.en(p.similar)}`,
      ja: p => `このコマンドにフラグ ${p.flag} はありません${suggestion.ja(p.similar)}`,
    },
    hint: {
      en: p => `Run "${p.help}" to see the flags.`,
      ja: p => `フラグの一覧は "${p.help}" で確認してください。`,
    },
  }),
  'missing-argument': error<{ argument: string; help: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `the argument ${p.argument} is missing`,
      ja: p => `引数 ${p.argument} が指定されていません`,
    },
    hint: {
      en: p => `Run "${p.help}" to see how the command is written.`,
      ja: p => `コマンドの書き方は "${p.help}" で確認してください。`,
    },
  }),
  'excess-argument': error<{ argument: string; help: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `the argument "${p.argument}" is one too many`,
      ja: p => `引数 "${p.argument}" は余分です`,
    },
    hint: {
      en: p =>
        `Values of a list are joined by commas, without spaces. Run "${p.help}" to see how the command is written.`,
      ja: p =>
        `リストの値は空白を入れずにコンマで区切ります。コマンドの書き方は "${p.help}" で確認してください。`,
    },
  }),
  'missing-value': error<{ flag: string; value: string; help: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `the flag ${p.flag} needs a value (${p.value})`,
      ja: p => `フラグ ${p.flag} には値 (${p.value}) が必要です`,
    },
    hint: {
      en: p => `Write ${p.flag}=${p.value}. Run "${p.help}" to see what it means.`,
      ja: p => `${p.flag}=${p.value} のように指定してください。意味は "${p.help}" で確認できます。`,
    },
  }),
  'bad-value': error<{ flag: string; given: string; expected: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `"${p.given}" is not a value for ${p.flag}`,
      ja: p => `"${p.given}" は ${p.flag} の値として使えません`,
    },
    hint: {
      en: p => `Give ${p.flag} ${p.expected}.`,
      ja: p => `${p.flag} には次の形の値を指定してください: ${p.expected}`,
    },
  }),
  'unexpanded-home': error<{ given: string; here: string; meant: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `no shell has expanded the "~" of the repository ${p.given}, and there is no ${p.here}`,
      ja: p => `リポジトリー ${p.given} の "~" がシェルで展開されておらず、${p.here} も存在しません`,
    },
    hint: {
      en: p => `Write ${p.meant}. Where a directory is really to be called so, make ${p.here} first.`,
      ja: p =>
        `${p.meant} のように指定してください。その名前のディレクトリーを使う場合は、先に ${p.here} を作成してください。`,
    },
  }),
  'too-many-matches': error<{ most: number }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `more than ${p.most} values are what is looked for`,
      ja: p => `検索条件に一致する値が ${p.most} 個を超えています`,
    },
    hint: {
      en: () => 'Look for a longer PATTERN, or only in a TYPE, with --namespace, --field or --selector.',
      ja: () => 'PATTERN を長くするか、TYPE、--namespace、--field、--selector で対象を絞り込んでください。',
    },
  }),
  'conflicting-flags': error<{ flags: readonly string[] }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `these flags exclude each other: ${p.flags.join(', ')}`,
      ja: p => `次のフラグは同時に指定できません: ${p.flags.join(', ')}`,
    },
    hint: {
      en: () => 'Give only one of them.',
      ja: () => 'いずれか 1 つだけを指定してください。',
    },
  }),
  'missing-flag': error<{ flags: readonly string[] }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `nothing says what to work on: ${p.flags.join(' or ')} is missing`,
      ja: p => `対象が指定されていません。${p.flags.join(' または ')} が必要です`,
    },
    hint: {
      en: p => `Add ${p.flags.join(' or ')}.`,
      ja: p => `${p.flags.join(' または ')} を追加してください。`,
    },
  }),
  'needs-confirmation': error<{ flag: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: () => 'this cannot be undone, and there is no terminal to ask at',
      ja: () => 'この操作は元に戻せませんが、確認を求める端末がありません',
    },
    hint: {
      en: p => `Add ${p.flag} if it is what you want.`,
      ja: p => `実行してよい場合は ${p.flag} を追加してください。`,
    },
  }),
  'config-unreadable': error<{ path: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `Hozon's configuration file ${p.path} cannot be read`,
      ja: p => `hozon の設定ファイル ${p.path} を読み取れません`,
    },
    hint: {
      en: p => `Check that ${p.path} is a file that you may read, or name another with HOZON_CONFIG.`,
      ja: p =>
        `${p.path} が読み取り可能なファイルであることを確認するか、HOZON_CONFIG で別のファイルを指定してください。`,
    },
  }),
  'config-unwritable': error<{ path: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `Hozon's configuration file ${p.path} cannot be written`,
      ja: p => `hozon の設定ファイル ${p.path} に書き込めません`,
    },
    hint: {
      en: () =>
        'Check the owner and the free space of its directory, or name another file with HOZON_CONFIG.',
      ja: () =>
        'ディレクトリーの所有者と空き容量を確認するか、HOZON_CONFIG で別のファイルを指定してください。',
    },
  }),
  'config-syntax': error<{ path: string; line: number; problem: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.path}, line ${p.line}: not valid YAML: ${p.problem}`,
      ja: p => `${p.path} の ${p.line} 行目は YAML として正しくありません: ${p.problem}`,
    },
    hint: {
      en: p => `Correct ${p.path}, then run "hozon location get".`,
      ja: p => `${p.path} を修正してから "hozon location get" を実行してください。`,
    },
  }),
  'config-invalid': error<{ path: string; line: number; field: string; problem: Message }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.path}, line ${p.line}: ${p.field}: ${p.problem.en()}`,
      ja: p => `${p.path} の ${p.line} 行目: ${p.field}: ${p.problem.ja()}`,
    },
    hint: {
      en: p => `Correct ${p.field} in ${p.path}, then run "hozon location get".`,
      ja: p => `${p.path} の ${p.field} を修正してから "hozon location get" を実行してください。`,
    },
  }),
  'unknown-location': error<{ name: string; known: readonly string[] }>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p =>
        `there is no location "${p.name}"${p.known.length === 0 ? '' : ` (known: ${p.known.join(', ')})`}`,
      ja: p =>
        `ストレージの場所 "${p.name}" はありません${p.known.length === 0 ? '' : ` (登録済み: ${p.known.join(', ')})`}`,
    },
    hint: {
      en: p => `Run "hozon location get" to see them, or "hozon location add ${p.name} URL" to add it.`,
      ja: p =>
        `"hozon location get" で一覧を確認するか、"hozon location add ${p.name} URL" で追加してください。`,
    },
  }),
  'no-location': error({
    exit: 'usage',
    retry: 'never',
    message: {
      en: () => 'no storage location is given, configured, or found in the cluster',
      ja: () => 'ストレージの場所が、指定も設定もされておらず、クラスターにも見つかりません',
    },
    hint: {
      en: () =>
        'Give --location file:///path or s3://bucket/prefix, or keep one with "hozon location add NAME URL".',
      ja: () =>
        '--location file:///path または s3://bucket/prefix を指定するか、"hozon location add NAME URL" で登録してください。',
    },
  }),
  'secret-missing': error<{ location: string; secret: string; key: string }>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p =>
        `the BackupStorageLocation "${p.location}" names the Secret "${p.secret}", key "${p.key}", which does not exist`,
      ja: p =>
        `BackupStorageLocation "${p.location}" が参照する Secret "${p.secret}" のキー "${p.key}" がありません`,
    },
    hint: {
      en: p =>
        `Create the Secret in the namespace of the location, or correct it: "kubectl edit bsl ${p.location}".`,
      ja: p =>
        `BackupStorageLocation と同じ namespace に Secret を作成するか、"kubectl edit bsl ${p.location}" で修正してください。`,
    },
  }),
  'location-exists': error<{ name: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `there is already a location "${p.name}"`,
      ja: p => `ストレージの場所 "${p.name}" はすでに登録されています`,
    },
    hint: {
      en: p => `Add --replace to change it, or run "hozon location remove ${p.name}" first.`,
      ja: p =>
        `変更する場合は --replace を追加するか、先に "hozon location remove ${p.name}" を実行してください。`,
    },
  }),
  ...fileErrors,
  ...formatErrors,
  'unknown-code': error<{ code: string; similar: readonly string[] }>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `there is no error code "${p.code}"${suggestion.en(p.similar)}`,
      ja: p => `エラーコード "${p.code}" はありません${suggestion.ja(p.similar)}`,
    },
    hint: {
      en: () => 'Run "hozon explain" to see every code.',
      ja: () => 'すべてのコードは "hozon explain" で確認してください。',
    },
  }),
  unexpected: error<{ problem: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `something happened that Hozon does not expect: ${p.problem}`,
      ja: p => `予期しない問題が発生しました: ${p.problem}`,
    },
    hint: {
      en: () => 'This is a defect of Hozon. Run the command again with -v and report what it prints.',
      ja: () => 'Hozon の不具合です。-v を付けて再実行し、表示された内容を報告してください。',
    },
  }),
});

/** How a run as a whole can end. */
export const runErrors = defineErrors('run', {
  cancelled: error<{ cause: string }>({
    exit: 'cancelled',
    retry: 'later',
    message: {
      en: p => `stopped by ${p.cause}`,
      ja: p => `${p.cause} により停止しました`,
    },
    hint: {
      en: () => 'What was not finished does not count. Run the same command again to begin anew.',
      ja: () =>
        '完了していない処理は無効です。最初からやり直すには、同じコマンドをもう一度実行してください。',
    },
  }),
});
