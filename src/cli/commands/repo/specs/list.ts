import { say, spec } from '../../../spec.ts';
import { readAccess } from './access.ts';

export const list = spec({
  name: 'list',
  summary: say('List the ids of the files of a repository', 'リポジトリーのファイルの ID の一覧を表示します'),
  arguments: [
    {
      name: 'TYPE',
      required: true,
      choices: ['snapshots', 'index', 'packs', 'keys', 'locks'],
      summary: say('Which files', 'ファイルの種類'),
    },
  ],
  flags: readAccess,
});
