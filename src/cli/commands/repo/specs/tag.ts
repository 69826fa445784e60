import { say, spec } from '../../../spec.ts';
import { access } from './access.ts';
import { filter } from './filter.ts';
import { ofVelero } from './of-velero.ts';

export const tag = spec({
  name: 'tag',
  summary: say('Change the tags of snapshots', 'スナップショットのタグを変更します'),
  details: say(
    'A snapshot whose tags change gets another id; its first one stays in it as "original".',
    'タグを変更するとスナップショットの ID が変わります。最初の ID は "original" として残ります。',
  ),
  arguments: [
    {
      name: 'SNAPSHOTS',
      variadic: true,
      summary: say(
        'Beginnings of ids, or "latest"; unless told, all that the filter means',
        'ID の先頭部分、または "latest"。省略するとフィルターに合うすべて',
      ),
    },
  ],
  flags: {
    ...access,
    add: { kind: 'list', value: 'TAGS', summary: say('Tags to add', '追加するタグ') },
    remove: { kind: 'list', value: 'TAGS', summary: say('Tags to remove', '外すタグ') },
    set: {
      kind: 'texts',
      value: 'TAG,…',
      summary: say(
        'Tags in the place of those there are; empty: none',
        '既存のタグと置き換えるタグ。空にするとすべて外します',
      ),
    },
    ...filter,
    ...ofVelero,
  },
  examples: [
    {
      command: 'hozon repo tag --add keep latest',
      summary: say('Let a policy with --keep-tag keep it', '--keep-tag で保持されるようにします'),
    },
  ],
});
