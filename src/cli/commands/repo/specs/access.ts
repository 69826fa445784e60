import { say } from '../../../spec.ts';

/** The flags that every command on a repository has. */
export const access = {
  repo: {
    kind: 'text',
    value: 'URL',
    short: 'r',
    complete: 'locations',
    summary: say(
      "Where the repository is: a URL, a location's name, restic's form, or velero:LOCATION/NAMESPACE (default: RESTIC_REPOSITORY)",
      'リポジトリーの URL、場所の名前、restic の形式、または velero:LOCATION/NAMESPACE (既定値: RESTIC_REPOSITORY)',
    ),
  },
  repositoryFile: {
    kind: 'text',
    value: 'FILE',
    complete: 'files',
    summary: say(
      "A file that says where, in restic's form (default: RESTIC_REPOSITORY_FILE)",
      'リポジトリーの場所を restic の形式で記載したファイル (既定値: RESTIC_REPOSITORY_FILE)',
    ),
  },
  passwordFile: {
    kind: 'text',
    value: 'FILE',
    short: 'p',
    complete: 'files',
    summary: say(
      'A file that holds the password (default: RESTIC_PASSWORD_FILE)',
      'パスワードを記載したファイル (既定値: RESTIC_PASSWORD_FILE)',
    ),
  },
  passwordCommand: {
    kind: 'text',
    value: 'COMMAND',
    summary: say(
      'A command that prints the password; no shell runs it (default: RESTIC_PASSWORD_COMMAND)',
      'パスワードを出力するコマンド。シェルは使いません (既定値: RESTIC_PASSWORD_COMMAND)',
    ),
  },
  passwordEnv: {
    kind: 'text',
    value: 'NAME',
    summary: say(
      'The variable that holds the password (default: RESTIC_PASSWORD, or KOPIA_PASSWORD for a kopia repository)',
      'パスワードを持つ環境変数の名前 (既定値: RESTIC_PASSWORD、kopia リポジトリーでは KOPIA_PASSWORD)',
    ),
  },
  retryLock: {
    kind: 'duration',
    format: 'restic',
    value: 'DURATION',
    summary: say(
      'How long to wait for others who have locked the repository',
      'ほかの処理によるロックの解除を待つ時間',
    ),
  },
  cache: {
    kind: 'switch',
    shownNegated: true,
    summary: say(
      'Keep no cache of snapshots, indexes and directories on this machine',
      'スナップショット、インデックス、ディレクトリーのキャッシュをこのマシンに保存しません',
    ),
  },
  cacheDir: {
    kind: 'text',
    value: 'DIRECTORY',
    complete: 'files',
    summary: say(
      'Where caches are (default: ~/.cache/hozon/<format>): of repositories elsewhere, and of large kopia indexes',
      'キャッシュの場所 (既定値: ~/.cache/hozon/<format>)。リモートのリポジトリーと、kopia の大きなインデックスが対象です',
    ),
  },
  limitUpload: {
    kind: 'number',
    value: 'KIB',
    summary: say('Send at most so many KiB a second', '送信速度の上限 (KiB/秒)'),
  },
  limitDownload: {
    kind: 'number',
    value: 'KIB',
    summary: say('Receive at most so many KiB a second', '受信速度の上限 (KiB/秒)'),
  },
} as const;

/** The flags of commands that only read. */
export const readAccess = {
  ...access,
  lock: {
    kind: 'switch',
    format: 'restic',
    shownNegated: true,
    summary: say('Read without a lock', 'ロックせずに読み取ります'),
  },
} as const;

/** The argument that names a snapshot. */
export const snapshot = {
  name: 'SNAPSHOT',
  required: true,
  summary: say('The beginning of its id, or "latest"', 'ID の先頭部分、または "latest"'),
} as const;
