import { say, spec } from '../../../spec.ts';
import { readAccess } from './access.ts';
import { filter } from './filter.ts';

/** The argument that names snapshots, where none stands for all. */
export const someSnapshots = {
  name: 'SNAPSHOT',
  variadic: true,
  summary: say(
    'Beginnings of ids, or "latest"; all that the flags let through unless told',
    'ID の先頭部分、または "latest"。省略するとフラグに一致するすべてが対象です',
  ),
} as const;

export const diff = spec({
  name: 'diff',
  summary: say('Show what differs between two snapshots', '2 つのスナップショットの違いを表示します'),
  details: say(
    'One path a line, behind + (added), - (removed), M (other content), U (other metadata), T (other type); M? is content that changed although times and sizes did not. What is not printable in a name is escaped as in Go. With -o json, what `restic diff --json` shows.',
    '1 行に 1 つのパスを表示します。+ は追加、- は削除、M は内容の変更、U はメタデータの変更、T は種類の変更です。M? は、時刻とサイズが同じまま内容が変わったものです。表示できない文字は Go と同じ形式でエスケープします。-o json では `restic diff --json` と同じ形式で表示します。',
  ),
  arguments: [
    {
      name: 'BEFORE',
      required: true,
      summary: say(
        'SNAPSHOT or SNAPSHOT:DIRECTORY: the beginning of an id, or "latest"',
        'SNAPSHOT または SNAPSHOT:DIRECTORY (ID の先頭部分、または "latest")',
      ),
    },
    { name: 'AFTER', required: true, summary: say('What it is compared with', '比較する相手') },
  ],
  flags: {
    ...readAccess,
    metadata: {
      kind: 'switch',
      summary: say('Show changes of metadata alone, too', 'メタデータだけの変更も表示します'),
    },
  },
});

export const find = spec({
  name: 'find',
  summary: say('Find paths or blobs in snapshots', 'スナップショット内のパスまたはブロブを検索します'),
  details: say(
    'Patterns are those of `restic find`: names with *, ? and [a-z], ** for any number of directories; what begins with / is an absolute path. What is in a directory that matches does so too. The latest snapshot comes first. With -o json, one match a line.',
    'パターンは `restic find` と同じです。*、?、[a-z] が使え、** は任意の数のディレクトリーに一致します。/ で始まるものは絶対パスです。一致したディレクトリーの中身も一致します。新しいスナップショットから順に表示します。-o json では 1 行に 1 件を表示します。',
  ),
  arguments: [
    {
      name: 'PATTERN',
      required: true,
      variadic: true,
      summary: say(
        'Patterns of paths; with --blob, --tree or --pack, beginnings of ids',
        'パスのパターン (--blob、--tree、--pack では ID の先頭部分)',
      ),
    },
  ],
  flags: {
    ...readAccess,
    ...filter,
    snapshot: {
      kind: 'list',
      value: 'IDS',
      short: 's',
      summary: say('Only in these snapshots', 'これらのスナップショットだけを検索します'),
    },
    ignoreCase: {
      kind: 'switch',
      short: 'i',
      summary: say('Whatever the case of letters', '大文字と小文字を区別しません'),
    },
    newer: {
      kind: 'text',
      value: 'TIME',
      alias: 'oldest',
      summary: say('Only what was changed then or later', 'この日時以降に変更されたものだけを表示します'),
    },
    older: {
      kind: 'text',
      value: 'TIME',
      alias: 'newest',
      summary: say('Only what was changed then or before', 'この日時以前に変更されたものだけを表示します'),
    },
    long: {
      kind: 'switch',
      short: 'l',
      summary: say('Show modes, owners, sizes and times', 'モード、所有者、サイズ、時刻も表示します'),
    },
    reverse: {
      kind: 'switch',
      short: 'R',
      summary: say('The oldest snapshot first', '古いスナップショットから順に表示します'),
    },
    blob: {
      kind: 'switch',
      summary: say('Find the files that data blobs belong to', 'データブロブを使うファイルを検索します'),
    },
    tree: {
      kind: 'switch',
      summary: say(
        'Find the directories that tree blobs describe',
        'ツリーブロブが表すディレクトリーを検索します',
      ),
    },
    pack: {
      kind: 'switch',
      summary: say('Find what the blobs of packs belong to', 'パックに含まれるブロブの使用箇所を検索します'),
    },
  },
  examples: [
    {
      command: "hozon repo find '*.conf' --newer 2026-01-31",
      summary: say('Files changed since then', 'この日以降に変更されたファイルを検索します'),
    },
  ],
});

export const stats = spec({
  name: 'stats',
  summary: say('Count what snapshots hold', 'スナップショットの内容を集計します'),
  details: say(
    'restore-size: what a restore of each would take. files-by-contents: files of different contents. blobs-per-file: of these, each blob once for each path. raw-data: what is stored, compressed and once. With -o json, what `restic stats --json` shows.',
    'restore-size: それぞれを復元したときのサイズ。files-by-contents: 内容の異なるファイル。blobs-per-file: そのブロブをパスごとに 1 回ずつ。raw-data: 圧縮され、重複なく保存されている量。-o json では `restic stats --json` と同じ形式で表示します。',
  ),
  arguments: [someSnapshots],
  flags: {
    ...readAccess,
    ...filter,
    mode: {
      kind: 'choice',
      value: 'MODE',
      choices: ['restore-size', 'files-by-contents', 'blobs-per-file', 'raw-data'],
      summary: say('What is counted (default: restore-size)', '集計の方法 (既定値: restore-size)'),
    },
  },
});
