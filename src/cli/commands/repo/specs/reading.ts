import { say, spec } from '../../../spec.ts';
import { readAccess, snapshot } from './access.ts';
import { filter } from './filter.ts';

const snapshotOrDirectory = {
  ...snapshot,
  summary: say(
    'The beginning of its id, or "latest"; SNAPSHOT:DIRECTORY for a part of it',
    'ID の先頭部分、または "latest"。一部だけの場合は SNAPSHOT:DIRECTORY',
  ),
} as const;

export const snapshots = spec({
  name: 'snapshots',
  summary: say('List the snapshots of a repository', 'リポジトリーのスナップショットの一覧を表示します'),
  flags: {
    ...readAccess,
    ...filter,
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
    snapshotOrDirectory,
    { name: 'DIRECTORY', summary: say('Only what is below it', 'このディレクトリーの下だけを表示します') },
  ],
  flags: {
    ...readAccess,
    long: {
      kind: 'switch',
      short: 'l',
      summary: say('Show modes, owners, sizes and times', 'モード、所有者、サイズ、時刻も表示します'),
    },
    recursive: {
      kind: 'switch',
      shownNegated: true,
      summary: say('Not what is in directories below it', '下位のディレクトリーの中身は表示しません'),
    },
  },
});

export const dump = spec({
  name: 'dump',
  summary: say('Write the content of a file to stdout', 'ファイルの内容を標準出力に書き出します'),
  arguments: [
    snapshotOrDirectory,
    { name: 'PATH', required: true, summary: say('The path of the file', 'ファイルのパス') },
  ],
  flags: {
    ...readAccess,
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
  flags: readAccess,
});
