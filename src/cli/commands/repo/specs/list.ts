import { say, spec } from '../../../spec.ts';
import { readAccess } from './access.ts';

export const list = spec({
  name: 'list',
  summary: say('List the ids of what a repository holds', 'リポジトリーの内容の ID の一覧を表示します'),
  details: say(
    'restic: snapshots, index, packs, keys, locks. kopia: snapshots, index, packs, manifests, contents, blobs.',
    'restic では snapshots、index、packs、keys、locks、kopia では snapshots、index、packs、manifests、contents、blobs を指定できます。',
  ),
  arguments: [
    {
      name: 'TYPE',
      required: true,
      choices: ['snapshots', 'index', 'packs', 'keys', 'locks', 'manifests', 'contents', 'blobs'],
      summary: say('Which ids', 'ID の種類'),
    },
  ],
  flags: readAccess,
});
