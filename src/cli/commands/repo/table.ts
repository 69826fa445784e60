import { type NounNode, on, say, spec } from '../../spec.ts';

const access = {
  repo: {
    kind: 'text',
    value: 'URL',
    complete: 'locations',
    summary: say(
      'Where the repository is: a URL or the name of a location',
      'リポジトリーの URL または場所の名前',
    ),
  },
  passwordFile: {
    kind: 'text',
    value: 'FILE',
    complete: 'files',
    summary: say('A file that holds the password', 'パスワードを記載したファイル'),
  },
} as const;

const snapshot = {
  name: 'SNAPSHOT',
  required: true,
  summary: say('The beginning of its id, or "latest"', 'ID の先頭部分、または "latest"'),
} as const;

export const init = spec({
  name: 'init',
  summary: say('Make a restic repository (version 2)', 'restic リポジトリー (バージョン 2) を作成します'),
  details: say(
    'Without its password, nobody can read what is stored there: keep a copy of it elsewhere.',
    'パスワードがなければ保存した内容は誰にも読み取れません。パスワードの控えを別の場所に保管してください。',
  ),
  flags: access,
});

export const snapshots = spec({
  name: 'snapshots',
  summary: say(
    'List the snapshots of a restic repository',
    'restic リポジトリーのスナップショットの一覧を表示します',
  ),
  flags: {
    ...access,
    tag: {
      kind: 'list',
      value: 'TAGS',
      summary: say('Only those that have all these tags', 'すべてのタグが付いたものだけを表示します'),
    },
    host: {
      kind: 'text',
      value: 'NAME',
      summary: say('Only those of this host', 'このホストのものだけを表示します'),
    },
  },
  examples: [
    {
      command:
        'hozon repo snapshots --repo s3://backups/restic?region=eu-west-1 --password-file ~/.restic-password',
      summary: say('What an S3 bucket holds', 'S3 バケットの内容を表示します'),
    },
  ],
});

export const ls = spec({
  name: 'ls',
  summary: say('List what a snapshot holds', 'スナップショットの内容の一覧を表示します'),
  details: say(
    'One path a line; what is not printable in a name is escaped as in Go. With -o json, one entry a line.',
    '1 行に 1 つのパスを表示します。表示できない文字は Go と同じ形式でエスケープします。-o json では 1 行に 1 エントリーを表示します。',
  ),
  arguments: [
    snapshot,
    { name: 'DIRECTORY', summary: say('Only what is below it', 'このディレクトリーの下だけを表示します') },
  ],
  flags: access,
});

export const dump = spec({
  name: 'dump',
  summary: say('Write the content of a file to stdout', 'ファイルの内容を標準出力に書き出します'),
  arguments: [
    snapshot,
    { name: 'PATH', required: true, summary: say('The path of the file', 'ファイルのパス') },
  ],
  flags: {
    ...access,
    offset: {
      kind: 'number',
      value: 'BYTES',
      summary: say('Leave out this many bytes at the beginning', '先頭から指定したバイト数を飛ばします'),
    },
    length: {
      kind: 'number',
      value: 'BYTES',
      summary: say('Write this many bytes at most', '書き出す最大バイト数'),
    },
  },
});

export const cat = spec({
  name: 'cat',
  summary: say('Show a document of the repository', 'リポジトリー内の文書を表示します'),
  arguments: [
    {
      name: 'TYPE',
      required: true,
      choices: ['config', 'snapshot', 'index', 'tree', 'blob'],
      summary: say('What to show', '表示するものの種類'),
    },
    { name: 'ID', summary: say('Which one; not for config', '対象の ID (config では不要)') },
  ],
  flags: access,
});

export const check = spec({
  name: 'check',
  summary: say(
    'Check a restic repository and name the paths that damage affects',
    'restic リポジトリーを検査し、破損の影響を受けるパスを表示します',
  ),
  details: say(
    'Nothing is written, and no lock is taken. A snapshot whose file is gone altogether cannot be found missing.',
    '書き込みもロックも行いません。ファイルごと失われたスナップショットは検出できません。',
  ),
  flags: {
    ...access,
    readData: {
      kind: 'switch',
      summary: say('Read every byte', 'すべてのデータを読み取ります'),
    },
  },
});

/** `hozon repo …`. */
export const repo: NounNode = {
  name: 'repo',
  aliases: ['repository'],
  summary: say('Restic repositories', 'restic リポジトリー'),
  commands: [
    on(cat, () => import('./cat.ts')),
    on(check, () => import('./check.ts')),
    on(dump, () => import('./dump.ts')),
    on(init, () => import('./init.ts')),
    on(ls, () => import('./ls.ts')),
    on(snapshots, () => import('./snapshots.ts')),
  ],
};
