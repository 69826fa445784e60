import type { BoltFile } from '#etcd/bolt/bolt-file.ts';
import { listObjects, type ObjectList, type WantedObjects } from '#etcd/objects/list-objects.ts';
import type { ListedObject, ObjectTable } from '#etcd/objects/object-table.ts';
import { mayMean, storedType, typeNear } from '#etcd/objects/type-names.ts';
import { Records } from '#etcd/snapshot/records.ts';
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
  const list: List = wanted => listObjects(records, { ...reading, ...wanted });
  const wanted = { namespace, selector };
  const objects =
    word === undefined ? (await list(wanted)).objects : await objectsOf(word, wanted, { list, bolt });
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

type List = (wanted: WantedObjects) => Promise<ObjectList>;

/** Those of the type that a word means. What it may mean is kept as the file is read; where it means another type, that is read for it. */
async function objectsOf(
  word: string,
  within: Pick<WantedObjects, 'namespace' | 'selector'>,
  { list, bolt }: { readonly list: List; readonly bolt: BoltFile },
): Promise<ObjectTable> {
  const isWanted = mayMean(word);
  const { objects, types } = await list({ ...within, isWanted });
  const isWhole = within.namespace === undefined;
  const near = isWhole ? undefined : typeNear(types, word);
  const all = async () => (isWhole ? types : (await list({ isWanted: () => false })).types);
  const type = near ?? typeAmong(await all(), word, bolt.path);
  const name = groupResource(type);
  // As it was told while it was read: without the names of its definition.
  if (!isWanted(storedType(type)))
    return (await list({ ...within, isWanted: other => groupResource(other) === name })).objects;
  objects.keepOnly(name);
  return objects;
}

const columns: readonly Column<ListedObject>[] = [
  { header: say('NAMESPACE', 'NAMESPACE'), cell: row => row.namespace ?? '' },
  { header: say('TYPE', '種類'), cell: row => row.type },
  { header: heads.name, cell: row => row.name },
  { header: say('CREATED', '作成日時'), cell: row => row.created ?? '', yields: true },
  { header: say('REVISION', 'リビジョン'), cell: row => String(row.revision), align: 'right' },
  { header: say('SIZE', 'サイズ'), cell: row => String(row.size), align: 'right', wide: true },
  { header: say('KEY', 'キー'), cell: row => row.key, wide: true },
];
