import { say } from '../../../spec.ts';

/** The flags that name a second repository, from which something is taken. */
export const fromAccess = {
  fromRepo: {
    kind: 'text',
    value: 'URL',
    complete: 'locations',
    summary: say(
      "The other repository: a URL, a location's name or restic's form (default: RESTIC_FROM_REPOSITORY)",
      'もう一方のリポジトリーの URL、場所の名前、または restic の形式 (既定値: RESTIC_FROM_REPOSITORY)',
    ),
  },
  fromRepositoryFile: {
    kind: 'text',
    value: 'FILE',
    complete: 'files',
    summary: say(
      "A file that says where, in restic's form (default: RESTIC_FROM_REPOSITORY_FILE)",
      'その場所を restic の形式で記載したファイル (既定値: RESTIC_FROM_REPOSITORY_FILE)',
    ),
  },
  fromPasswordFile: {
    kind: 'text',
    value: 'FILE',
    complete: 'files',
    summary: say(
      'A file that holds its password (default: RESTIC_FROM_PASSWORD_FILE)',
      'そのパスワードを記載したファイル (既定値: RESTIC_FROM_PASSWORD_FILE)',
    ),
  },
  fromPasswordCommand: {
    kind: 'text',
    value: 'COMMAND',
    summary: say(
      'A command that prints its password (default: RESTIC_FROM_PASSWORD_COMMAND)',
      'そのパスワードを出力するコマンド (既定値: RESTIC_FROM_PASSWORD_COMMAND)',
    ),
  },
  fromPasswordEnv: {
    kind: 'text',
    value: 'NAME',
    summary: say(
      'The variable that holds its password (default: RESTIC_FROM_PASSWORD)',
      'そのパスワードを持つ環境変数の名前 (既定値: RESTIC_FROM_PASSWORD)',
    ),
  },
} as const;
