import { say, spec } from '../../../spec.ts';
import { access } from './access.ts';
import { filter } from './filter.ts';
import { ofVelero } from './of-velero.ts';

const { retryLock: _, ...withoutWaiting } = access;

export const pin = spec({
  name: 'pin',
  summary: say(
    'Keep snapshots of a kopia repository whatever its policies say, or let them go',
    'kopia リポジトリーのスナップショットを、ポリシーにかかわらず保持するよう固定または解除します',
  ),
  details: say(
    'A pin is a name of your choice; a snapshot stays as long as it has any. One whose pins change gets another id.',
    '固定には任意の名前を付けます。1 つでも残っているスナップショットは削除されません。固定を変更するとスナップショットの ID が変わります。',
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
    ...withoutWaiting,
    add: { kind: 'list', value: 'PINS', summary: say('Pins to add', '追加する固定の名前') },
    remove: { kind: 'list', value: 'PINS', summary: say('Pins to remove', '解除する固定の名前') },
    ...filter,
    ...ofVelero,
  },
  examples: [
    {
      command: 'hozon repo pin --add before-upgrade latest',
      summary: say('Keep the state before an upgrade', 'アップグレード前の状態を保持します'),
    },
  ],
});
