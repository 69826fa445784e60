import { say } from '../../../spec.ts';

/** The flags that every command on a repository has. */
export const access = {
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

/** The argument that names a snapshot. */
export const snapshot = {
  name: 'SNAPSHOT',
  required: true,
  summary: say('The beginning of its id, or "latest"', 'ID の先頭部分、または "latest"'),
} as const;
