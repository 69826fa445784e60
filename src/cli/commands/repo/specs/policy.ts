import { say, spec } from '../../../spec.ts';
import { access } from './access.ts';

export const policy = spec({
  name: 'policy',
  summary: say(
    'Show and change policies of a kopia repository',
    'kopia リポジトリーのポリシーを表示、変更します',
  ),
  details: say(
    'A policy says how long snapshots are kept, what is left out of them, how files are compressed, and what is an error. Those of a path, of the paths above it, of USER@HOST, of @HOST and the global one are merged, the narrowest counts most; "show" says what holds, and where each part comes from. Members are named by their paths, such as retention.keepLatest, files.ignore, compression.compressorName.',
    'ポリシーでは、スナップショットの保持期間、除外するファイル、圧縮方法、エラーの扱いを指定します。パス、その上位のパス、USER@HOST、@HOST、全体 (global) のポリシーが統合され、対象が狭いものほど優先されます。show は有効な値とその指定元を表示します。項目は retention.keepLatest、files.ignore、compression.compressorName のように指定します。',
  ),
  arguments: [
    {
      name: 'ACTION',
      required: true,
      choices: ['list', 'show', 'set', 'remove'],
      summary: say('What to do', '操作の種類'),
    },
    {
      name: 'TARGET',
      complete: 'files',
      summary: say(
        'global, @HOST, USER@HOST, USER@HOST:PATH or a path of this user and host',
        'global、@HOST、USER@HOST、USER@HOST:PATH、または現在のユーザーとホストのパス',
      ),
    },
  ],
  flags: {
    ...access,
    set: {
      kind: 'texts',
      value: 'MEMBER=VALUE',
      summary: say(
        'Say a value; of a list, with commas between',
        '値を指定します。リストはコンマで区切ります',
      ),
    },
    add: {
      kind: 'texts',
      value: 'MEMBER=TEXT',
      summary: say('Add to a list', 'リストに追加します'),
    },
    drop: {
      kind: 'texts',
      value: 'MEMBER=TEXT',
      summary: say('Take out of a list', 'リストから取り除きます'),
    },
    inherit: {
      kind: 'list',
      value: 'MEMBERS',
      summary: say('Leave it to wider policies again', '上位のポリシーに従う状態に戻します'),
    },
  },
  examples: [
    {
      command:
        'hozon repo policy set global --set retention.keepDaily=14 --set compression.compressorName=zstd --repo /backups -p ~/.key',
      summary: say('Keep two weeks, and compress files', '2 週間分を保持し、ファイルを圧縮します'),
    },
    {
      command: 'hozon repo policy set /srv --add "files.ignore=*.tmp" --repo /backups -p ~/.key',
      summary: say('Leave files out', 'ファイルを除外します'),
    },
    {
      command: 'hozon repo policy show /srv --repo /backups -p ~/.key',
      summary: say('What holds for a directory', 'ディレクトリーに有効なポリシーを表示します'),
    },
  ],
});
