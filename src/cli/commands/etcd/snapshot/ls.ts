import { listObjects } from '#etcd/objects/list-objects.ts';
import type { ListedObject } from '#etcd/objects/object-table.ts';
import { mayMean } from '#etcd/objects/type-names.ts';
import { Records } from '#etcd/snapshot/records.ts';
import { Discovery } from '#kube/discovery.ts';
import { groupResource } from '#kube/objects.ts';
import { parseSelector } from '#kube/selector-text.ts';
import { heads } from '../../../messages.ts';
import { type Column, listing } from '../../../output/outcome.ts';
import { type Handler, say } from '../../../spec.ts';
import { keysOf } from './keys.ts';
import { openSnapshot, typeAmong, valuesIn } from './open.ts';
import type { ls } from './specs.ts';

export const run: Handler<typeof ls> = async ({ args: [file = '', word], flags }, context) => {
  if (flags.keys === true) return keysOf(file, word, flags, context);
  const { signal, progress } = context;
  const { namespace, revision } = flags;
  const selector = parseSelector(flags.selector ?? '');
  const bolt = await openSnapshot(file, context);
  const records = new Records(bolt);
  const reading = { ...(await valuesIn(flags, context)), revision, signal, progress };
  const isWanted = word === undefined ? undefined : mayMean(word);
  const { objects, types } = await listObjects(records, { ...reading, isWanted, namespace, selector });
  if (word !== undefined) {
    const near = new Discovery(types).resolve(word);
    const all = async () => (await listObjects(records, { ...reading, isWanted: () => false })).types;
    const type = near ?? typeAmong(namespace === undefined ? types : await all(), word, bolt.path);
    objects.keepOnly(groupResource(type));
  }
  return listing({
    items: objects,
    columns,
    name: row => `${row.type}/${row.name}`,
    empty: say(
      'No such objects are in the snapshot.',
      '該当するオブジェクトはスナップショットにありません。',
    ),
  });
};

const columns: readonly Column<ListedObject>[] = [
  { header: say('NAMESPACE', 'NAMESPACE'), cell: row => row.namespace ?? '' },
  { header: say('TYPE', '種類'), cell: row => row.type },
  { header: heads.name, cell: row => row.name },
  { header: say('CREATED', '作成日時'), cell: row => row.created ?? '', yields: true },
  { header: say('REVISION', 'リビジョン'), cell: row => String(row.revision), align: 'right' },
  { header: say('SIZE', 'サイズ'), cell: row => String(row.size), align: 'right', wide: true },
  { header: say('KEY', 'キー'), cell: row => row.key, wide: true },
];
