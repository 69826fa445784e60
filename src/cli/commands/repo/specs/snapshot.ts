import { say, spec } from '../../../spec.ts';
import { access } from './access.ts';
import { groupBy } from './group-by.ts';
import { packing } from './packing.ts';
import { excluding } from './patterns.ts';

/** Which files are stored, with restic's meanings. */
const selecting = {
  ...excluding,
  excludeIfPresent: {
    kind: 'texts',
    value: 'NAME[:HEADER]',
    summary: say(
      'Leave out directories that hold such a file, beginning with HEADER',
      '指定した名前の (HEADER で始まる) ファイルを含むディレクトリーの中身を除外します',
    ),
  },
  excludeCaches: {
    kind: 'switch',
    summary: say(
      'Leave out directories marked with CACHEDIR.TAG',
      'CACHEDIR.TAG で示されたキャッシュディレクトリーを除外します',
    ),
  },
  excludeLargerThan: {
    kind: 'text',
    value: 'SIZE',
    summary: say(
      'Leave out larger files: bytes, or with k, M, G, T',
      'これより大きいファイルを除外します (バイト数、または k、M、G、T を付けた数)',
    ),
  },
  oneFileSystem: {
    kind: 'switch',
    short: 'x',
    summary: say('Stay on the file systems of the paths', '指定したパスのファイルシステムだけを対象にします'),
  },
  filesFrom: {
    kind: 'texts',
    format: 'restic',
    value: 'FILE',
    complete: 'files',
    summary: say(
      'Also store what the patterns in a file name; "-" is stdin',
      'ファイルに記載したパターンが指すものも保存します ("-" は標準入力)',
    ),
  },
  filesFromVerbatim: {
    kind: 'texts',
    format: 'restic',
    value: 'FILE',
    complete: 'files',
    summary: say('The same for paths, one a line', '同上。1 行に 1 つのパスをそのまま読み取ります'),
  },
  filesFromRaw: {
    kind: 'texts',
    format: 'restic',
    value: 'FILE',
    complete: 'files',
    summary: say('The same for paths ended by zero bytes', '同上。NUL バイトで終わるパスを読み取ります'),
  },
} as const;

/** What stdin is. */
const streaming = {
  stdin: {
    kind: 'switch',
    summary: say('Store stdin as one file', '標準入力を 1 つのファイルとして保存します'),
  },
  stdinFilename: {
    kind: 'text',
    value: 'PATH',
    summary: say('What that file is called ("stdin")', 'そのファイルの名前 (既定値: stdin)'),
  },
  tar: {
    kind: 'switch',
    summary: say(
      'Store what is in the tar on stdin; PATH says what it is of',
      '標準入力の tar の中身を保存します。PATH はその元のパスです',
    ),
  },
} as const;

/** What the snapshot says of itself. */
const describing = {
  tag: {
    kind: 'list',
    value: 'TAGS',
    summary: say(
      'Tags of the snapshot; KEY:VALUE in kopia repositories',
      'スナップショットに付けるタグ (kopia リポジトリーでは KEY:VALUE)',
    ),
  },
  host: {
    kind: 'text',
    value: 'NAME',
    short: 'H',
    summary: say(
      'The host it is of (default: RESTIC_HOST, or this one)',
      'スナップショットのホスト名 (既定値: RESTIC_HOST またはこのホスト)',
    ),
  },
  time: {
    kind: 'text',
    value: 'TIME',
    summary: say(
      'When it was taken, as "2026-01-31 12:00:00" (now)',
      '取得日時。例: "2026-01-31 12:00:00" (既定値: 現在)',
    ),
  },
} as const;

/** What only kopia's snapshots say of themselves. */
const describingKopia = {
  description: {
    kind: 'text',
    format: 'kopia',
    value: 'TEXT',
    summary: say('What it is about', 'スナップショットの説明'),
  },
  pin: {
    kind: 'texts',
    format: 'kopia',
    value: 'REASON',
    summary: say('Why it is never to be expired', '期限切れで削除させない理由'),
  },
  source: {
    kind: 'text',
    format: 'kopia',
    value: 'USER@HOST:PATH',
    summary: say(
      'What it says it is of (default: this user, this host and PATH)',
      '保存元として記録する値 (既定値: 現在のユーザー、このホスト、PATH)',
    ),
  },
  volume: {
    kind: 'text',
    format: 'kopia',
    value: 'POD/VOLUME|CLAIM',
    summary: say(
      "In a repository of Velero's: the volume that PATH is, of a pod or a claim",
      'Velero のリポジトリーで、PATH にあたるボリューム (Pod のもの、または PVC)',
    ),
  },
} as const;

/** How a run that takes long secures what it has stored. */
const securing = {
  checkpointInterval: {
    kind: 'duration',
    format: 'kopia',
    value: 'DURATION',
    summary: say(
      'After which what is stored is kept as an incomplete snapshot (45m, which is the most)',
      '保存済みのデータを不完全なスナップショットとして残す間隔 (既定値かつ上限: 45m)',
    ),
  },
} as const;

/** What is compared with, and how. */
const comparing = {
  parent: {
    kind: 'text',
    value: 'SNAPSHOT',
    summary: say(
      'Compare with this one (default: the newest of this host and paths)',
      '比較対象のスナップショット (既定値: 同じホストとパスの最新のもの)',
    ),
  },
  groupBy,
  force: {
    kind: 'switch',
    short: 'f',
    summary: say('Read every file again', 'すべてのファイルを読み直します'),
  },
  ignoreInode: {
    kind: 'switch',
    format: 'restic',
    summary: say('Do not compare inodes, nor ctimes', 'inode 番号と ctime を比較しません'),
  },
  ignoreCtime: {
    kind: 'switch',
    format: 'restic',
    summary: say('Do not compare ctimes', 'ctime を比較しません'),
  },
  skipIfUnchanged: {
    kind: 'switch',
    summary: say(
      'Make no snapshot where nothing has changed',
      '変更がない場合はスナップショットを作成しません',
    ),
  },
} as const;

export const snapshot = spec({
  name: 'snapshot',
  aliases: ['backup'],
  summary: say(
    'Store files as a snapshot in a repository',
    'ファイルをリポジトリーにスナップショットとして保存します',
  ),
  details: say(
    'Only what has changed since the last snapshot of the same paths is read. What cannot be read is named, the rest is stored, and the exit code is 3. An interrupted run leaves no snapshot; the next one goes on from what it stored. In a kopia repository each path is a snapshot of its own, policies and `.kopiaignore` files say what is left out and how files are compressed, and what the format cannot hold is counted: where that leaves out data, the exit code is 3 too.',
    '同じパスの前回のスナップショットから変更されたものだけを読み取ります。読み取れないものがあれば表示し、残りを保存して終了コード 3 で終了します。中断した場合スナップショットは作成されませんが、保存済みのデータは次回に再利用されます。kopia リポジトリーでは、パスごとに 1 つのスナップショットを作成し、除外するファイルと圧縮方法はポリシーと `.kopiaignore` ファイルに従います。形式上保存できないものは件数を表示し、データが失われる場合も終了コード 3 で終了します。',
  ),
  arguments: [
    {
      name: 'PATH',
      variadic: true,
      complete: 'files',
      summary: say('Files and directories', 'ファイルまたはディレクトリー'),
    },
  ],
  flags: {
    ...access,
    ...selecting,
    ...streaming,
    ...describing,
    ...describingKopia,
    ...comparing,
    ...packing,
    ...securing,
    withAtime: {
      kind: 'switch',
      format: 'restic',
      summary: say('Store times of last access too', '最終アクセス時刻も保存します'),
    },
    compression: {
      kind: 'choice',
      format: 'restic',
      value: 'HOW',
      choices: ['auto', 'off', 'max'],
      summary: say(
        'How hard to compress (default: RESTIC_COMPRESSION, or auto)',
        '圧縮の強さ (既定値: RESTIC_COMPRESSION または auto)',
      ),
    },
    scan: {
      kind: 'switch',
      shownNegated: true,
      summary: say(
        'Do not count ahead what there is to store, which shows how far the work is',
        '進捗表示のために保存対象を先に数えることをしません',
      ),
    },
    dryRun: {
      kind: 'switch',
      short: 'n',
      summary: say('Write nothing, say what would be', '書き込まずに結果だけを表示します'),
    },
  },
  examples: [
    {
      command: 'hozon repo snapshot /etc /var/lib/etcd --exclude "*.tmp" --repo s3://backups/hosts -p ~/.key',
      summary: say('Two directories of this host', 'このホストの 2 つのディレクトリー'),
    },
    {
      command: 'pg_dumpall | hozon repo snapshot --stdin --stdin-filename all.sql --repo /backups -p ~/.key',
      summary: say('What a program writes', 'プログラムの出力'),
    },
    {
      command: 'oc exec db-0 -- tar c -C /data . | hozon repo snapshot --tar /data --repo /backups -p ~/.key',
      summary: say('The files of a pod', 'Pod 内のファイル'),
    },
  ],
});
