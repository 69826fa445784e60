import { say, spec } from '../../../spec.ts';
import { readAccess } from './access.ts';

export const key = spec({
  name: 'key',
  summary: say('List, add, remove and change passwords', 'パスワードの一覧表示、追加、削除、変更を行います'),
  details: say(
    'Each key opens the repository with a password of its own. The new password is asked for twice on a terminal unless a flag names it.',
    'キーごとに別のパスワードでリポジトリーを開けます。新しいパスワードは、フラグで指定しない場合、端末で 2 回入力します。',
  ),
  arguments: [
    {
      name: 'ACTION',
      required: true,
      choices: ['list', 'add', 'remove', 'passwd'],
      summary: say('What to do', '操作の種類'),
    },
    { name: 'ID', summary: say('The beginning of its id, to remove it', '削除するキーの ID の先頭部分') },
  ],
  flags: {
    ...readAccess,
    newPasswordFile: {
      kind: 'text',
      value: 'FILE',
      complete: 'files',
      summary: say('A file that holds the new password', '新しいパスワードを記載したファイル'),
    },
    newPasswordCommand: {
      kind: 'text',
      value: 'COMMAND',
      summary: say('A command that prints the new password', '新しいパスワードを出力するコマンド'),
    },
    newPasswordEnv: {
      kind: 'text',
      value: 'NAME',
      summary: say('The variable that holds the new password', '新しいパスワードを持つ環境変数の名前'),
    },
    user: {
      kind: 'text',
      value: 'NAME',
      summary: say('The user that the new key names', '新しいキーに記録するユーザー名'),
    },
    host: {
      kind: 'text',
      value: 'NAME',
      summary: say('The host that the new key names', '新しいキーに記録するホスト名'),
    },
    confirm: { kind: 'switch', summary: say('Do not ask before a key is removed', '確認せずに削除します') },
  },
  examples: [
    {
      command: 'hozon repo key add --new-password-file ~/.colleague --user colleague',
      summary: say('Let somebody else in', '別の人がリポジトリーを開けるようにします'),
    },
  ],
});
