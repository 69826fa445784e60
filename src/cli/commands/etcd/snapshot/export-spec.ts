import { say, spec } from '../../../spec.ts';
import { createFlags } from '../../backup/create-flags.ts';
import { file, reading } from './specs.ts';

const {
  fromFile: _file,
  wait: _wait,
  orderedResources: _order,
  resourcePoliciesConfigmap: _policies,
  ...selecting
} = createFlags;

export const exported = spec({
  name: 'export',
  summary: say(
    'Make a backup of the objects in a snapshot, for hozon restore and for Velero',
    'スナップショット内のオブジェクトから、hozon restore と Velero で使えるバックアップを作成します',
  ),
  details: say(
    'The backup goes to the location (--location), as that of hozon backup create does. No hook is run, and no data of volumes is in it.',
    'バックアップは hozon backup create と同様に --location の場所に保存します。フックは実行せず、ボリュームのデータは含みません。',
  ),
  arguments: [file],
  flags: {
    backup: {
      kind: 'text',
      value: 'NAME',
      summary: say('The name of the new backup', '新しいバックアップの名前'),
    },
    ...selecting,
    ...reading,
  },
  examples: [
    {
      command:
        'hozon etcd snapshot export snapshot.db --backup shop-yesterday --include-namespaces shop --location file:///backups',
      summary: say('One namespace, into a directory', '1 つの namespace をディレクトリーに保存します'),
    },
  ],
});
