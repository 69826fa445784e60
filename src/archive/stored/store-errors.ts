import { error } from '#foundation/errors.ts';

interface AtName {
  readonly url: string;
  readonly name: string;
}

interface Holder extends AtName {
  readonly host: string;
  readonly pid: number;
}

interface AtFile {
  readonly url: string;
  readonly file: string;
}

const whenItEnds = {
  en: (p: Holder) =>
    `Wait until process ${p.pid} on ${p.host} has ended. If that host is gone, this clears itself 30 minutes after it was last heard of.`,
  ja: (p: Holder) =>
    `${p.host} のプロセス ${p.pid} が終わるまで待ってください。そのホストが失われた場合は、最後の更新から 30 分後に自動的に解除されます。`,
};

const runAgain = {
  en: () => 'Run the command again; what this run stored is removed.',
  ja: () => 'コマンドをもう一度実行してください。今回の実行で保存したものは削除されます。',
};

/** What can be wrong with backups and restores in a store: a part of the `archive` area. */
export const storeErrors = {
  'invalid-name': error<{ readonly name: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `${JSON.stringify(p.name)} cannot be the name of a backup or a restore`,
      ja: p => `${JSON.stringify(p.name)} はバックアップや復元の名前として使えません`,
    },
    hint: {
      en: () => 'Use lower-case letters, digits, "-" and ".", beginning and ending with a letter or digit.',
      ja: () => '英小文字、数字、"-"、"." を使い、先頭と末尾は英小文字か数字にしてください。',
    },
  }),
  'backup-not-found': error<AtName>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `${p.url} has no backup ${p.name}`,
      ja: p => `${p.url} にバックアップ ${p.name} はありません`,
    },
    hint: {
      en: () => 'Run `hozon backup get` to see which there are.',
      ja: () => '`hozon backup get` で一覧を確認してください。',
    },
  }),
  'backup-exists': error<AtName>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.url} already has a backup ${p.name}`,
      ja: p => `${p.url} にはすでにバックアップ ${p.name} があります`,
    },
    hint: {
      en: p => `Choose another name, or run \`hozon backup delete ${p.name}\` first.`,
      ja: p => `別の名前を選ぶか、先に \`hozon backup delete ${p.name}\` を実行してください。`,
    },
  }),
  'backup-running': error<Holder>({
    exit: 'locked',
    retry: 'later',
    message: {
      en: p => `backup ${p.name} is being written to ${p.url} by process ${p.pid} on ${p.host}`,
      ja: p => `バックアップ ${p.name} は ${p.host} のプロセス ${p.pid} が ${p.url} に書き込み中です`,
    },
    hint: whenItEnds,
  }),
  'backup-deleting': error<Holder>({
    exit: 'locked',
    retry: 'later',
    message: {
      en: p => `backup ${p.name} is being deleted from ${p.url} by process ${p.pid} on ${p.host}`,
      ja: p => `バックアップ ${p.name} は ${p.host} のプロセス ${p.pid} が ${p.url} から削除中です`,
    },
    hint: whenItEnds,
  }),
  'backup-in-use': error<Holder & { readonly restore: string }>({
    exit: 'locked',
    retry: 'later',
    message: {
      en: p =>
        `backup ${p.name} in ${p.url} is being restored (restore ${p.restore}, process ${p.pid} on ${p.host})`,
      ja: p =>
        `${p.url} のバックアップ ${p.name} は復元中です (復元 ${p.restore}、${p.host} のプロセス ${p.pid})`,
    },
    hint: whenItEnds,
  }),
  'directory-occupied': error<AtName & { readonly files: readonly string[] }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p =>
        `${p.url} has no backup ${p.name}, but files in its place that Hozon did not write: ${p.files.join(', ')}`,
      ja: p =>
        `${p.url} にバックアップ ${p.name} はありませんが、その場所に Hozon が作成していないファイルがあります: ${p.files.join(', ')}`,
    },
    hint: {
      en: p =>
        `Choose another name. If Velero is writing it, wait; if nobody is, remove backups/${p.name}/ by the store's own means.`,
      ja: p =>
        `別の名前を選んでください。Velero が書き込み中の場合は完了を待ち、そうでない場合はストアの機能で backups/${p.name}/ を削除してください。`,
    },
  }),
  'run-lost': error<AtName>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p =>
        `another process took this run of ${p.name} in ${p.url} for dead and ended it; this one stops and stores nothing more`,
      ja: p =>
        `別のプロセスが ${p.url} の ${p.name} の実行を停止したものと判断して終了させました。これ以上は何も保存しません`,
    },
    hint: {
      en: () =>
        'Run it again. It happens where a machine sleeps, or cannot reach the store, for over 30 minutes.',
      ja: () =>
        'もう一度実行してください。マシンのスリープやストアへの接続断が 30 分を超えた場合に発生します。',
    },
  }),
  'backup-overtaken': error<AtName>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p =>
        `another program stored a backup ${p.name} in ${p.url} while this one was written; the files of both may be mixed`,
      ja: p =>
        `書き込み中に別のプログラムが ${p.url} にバックアップ ${p.name} を保存しました。両者のファイルが混在している可能性があります`,
    },
    hint: {
      en: p =>
        `Do not trust it: run \`hozon backup delete ${p.name}\`, then take the backup again under another name.`,
      ja: p =>
        `このバックアップは信頼できません。\`hozon backup delete ${p.name}\` を実行し、別の名前で取り直してください。`,
    },
  }),
  'file-vanished': error<AtFile>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `${p.url}: "${p.file}" was stored by this run and is gone`,
      ja: p => `${p.url}: この実行で保存した "${p.file}" がなくなっています`,
    },
    hint: runAgain,
  }),
  'file-missing': error<AtName & AtFile>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.name} is in ${p.url}, but its file "${p.file}" is not`,
      ja: p => `${p.url} に ${p.name} はありますが、ファイル "${p.file}" がありません`,
    },
    hint: {
      en: () =>
        'The file was removed after it was stored, or was never stored. Bring it back from a copy or an older version in the store, or use another backup (`hozon backup get`).',
      ja: () =>
        'ファイルは保存後に削除されたか、保存されていません。コピーやストアの旧バージョンから戻すか、別のバックアップ (`hozon backup get`) を使用してください。',
    },
  }),
  'corrupt-file': error<AtFile & { readonly reason: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.url}: "${p.file}" is damaged: ${p.reason}`,
      ja: p => `${p.url}: "${p.file}" が壊れています: ${p.reason}`,
    },
    hint: {
      en: () =>
        'Bring the file back from a copy or an older version in the store, or use another backup (`hozon backup get`).',
      ja: () =>
        'コピーやストアの旧バージョンからファイルを戻すか、別のバックアップ (`hozon backup get`) を使用してください。',
    },
  }),
  'file-too-large': error<AtFile & { readonly limit: number }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.url}: "${p.file}" unpacks to more than the ${p.limit} bytes that are read of it`,
      ja: p => `${p.url}: "${p.file}" は展開すると読み取り上限の ${p.limit} バイトを超えます`,
    },
    hint: {
      en: () => 'The file was probably tampered with; look at it before you trust the backup.',
      ja: () => 'ファイルが改ざんされた可能性があります。信頼する前に確認してください。',
    },
  }),
  'wrong-name': error<AtFile & { readonly found: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p =>
        `${p.url}: "${p.file}" describes ${JSON.stringify(p.found)}, not what its folder is named after`,
      ja: p =>
        `${p.url}: "${p.file}" の内容は ${JSON.stringify(p.found)} のもので、フォルダー名と一致しません`,
    },
    hint: {
      en: () =>
        'A folder was renamed or copied; give it its first name back, since the names of all its files hold it.',
      ja: () =>
        'フォルダー名が変更されたか、コピーされています。すべてのファイル名に含まれているため、元の名前に戻してください。',
    },
  }),
  'restore-not-found': error<AtName>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `${p.url} has no restore ${p.name}`,
      ja: p => `${p.url} に復元 ${p.name} はありません`,
    },
    hint: {
      en: () => 'Run `hozon restore get` to see which there are.',
      ja: () => '`hozon restore get` で一覧を確認してください。',
    },
  }),
  'restore-exists': error<AtName>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.url} already has a restore ${p.name}`,
      ja: p => `${p.url} にはすでに復元 ${p.name} があります`,
    },
    hint: {
      en: p => `Choose another name; \`hozon restore describe ${p.name}\` shows that one.`,
      ja: p => `別の名前を選んでください。既存のものは \`hozon restore describe ${p.name}\` で確認できます。`,
    },
  }),
  'restore-running': error<Holder>({
    exit: 'locked',
    retry: 'later',
    message: {
      en: p => `restore ${p.name} in ${p.url} is under way: process ${p.pid} on ${p.host}`,
      ja: p => `${p.url} の復元 ${p.name} は実行中です: ${p.host} のプロセス ${p.pid}`,
    },
    hint: whenItEnds,
  }),
};
