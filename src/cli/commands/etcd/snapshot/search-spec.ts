import { say, spec } from '../../../spec.ts';
import { file, reading, within } from './specs.ts';

export const search = spec({
  name: 'search',
  summary: say(
    'Find values in the objects of a snapshot, and the revisions that held them',
    'スナップショット内のオブジェクトから値を検索し、その値を持つリビジョンを表示します',
  ),
  details: say(
    'Of what Secrets hold it is told where it is found, not what it is. With --history, every change that the file still holds is looked at, those of deleted objects too; `get --revision` then shows the object.',
    'Secret の値は検索しますが表示しません。--history を指定すると、ファイルに残っているすべての変更 (削除されたオブジェクトを含む) を検索します。見つかったオブジェクトは `get --revision` で表示できます。',
  ),
  arguments: [
    file,
    {
      name: 'PATTERN',
      required: true,
      summary: say('The text to look for; "" for any', '検索する文字列。"" はすべての値'),
    },
    {
      name: 'TYPE',
      summary: say(
        'Only in these: pods, deploy, deployments.apps',
        '対象の種類 (例: pods、deploy、deployments.apps)',
      ),
    },
  ],
  flags: {
    regex: {
      kind: 'switch',
      summary: say('PATTERN is a regular expression', 'PATTERN を正規表現として扱います'),
    },
    ignoreCase: {
      kind: 'switch',
      short: 'i',
      summary: say('Upper and lower case are the same', '大文字と小文字を区別しません'),
    },
    field: {
      kind: 'text',
      value: 'PATH',
      summary: say(
        'Only values at or below this path: metadata.labels, spec.replicas',
        'このパス以下の値だけを検索します (例: metadata.labels、spec.replicas)',
      ),
    },
    history: {
      kind: 'switch',
      summary: say(
        'Look at every change that the file still holds, not only at what is there',
        '現在の内容だけでなく、ファイルに残っているすべての変更を検索します',
      ),
    },
    ...within,
    ...reading,
  },
  examples: [
    {
      command: 'hozon etcd snapshot search snapshot.db registry.old.example.com',
      summary: say('What still refers to a host', 'あるホストを参照しているものを探します'),
    },
    {
      command: 'hozon etcd snapshot search snapshot.db "" configmaps -n shop --field data.level --history',
      summary: say('How a field has changed', 'フィールドの変更履歴を表示します'),
    },
  ],
});
