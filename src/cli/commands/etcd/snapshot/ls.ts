import type { ObjectInSnapshot } from '#etcd/objects/snapshot-reader.ts';
import { groupResource } from '#kube/objects.ts';
import { parseSelector } from '#kube/selector-text.ts';
import { matches } from '#kube/selectors.ts';
import { heads } from '../../../messages.ts';
import { type Column, listing } from '../../../output/outcome.ts';
import { type Handler, say } from '../../../spec.ts';
import { openObjects, typeIn } from './open.ts';
import type { ls } from './specs.ts';

export const run: Handler<typeof ls> = async ({ args: [file = '', word], flags }, context) => {
  const { signal } = context;
  const selector = parseSelector(flags.selector ?? '');
  const reader = await openObjects(file, flags, context);
  const wanted = word === undefined ? undefined : groupResource(await typeIn(reader, word, signal));
  const rows: Row[] = [];
  const { namespace } = flags;
  for await (const found of reader.objects({ signal, namespace })) {
    const { metadata } = found.object;
    if (wanted !== undefined && groupResource(found.type) !== wanted) continue;
    if (matches(selector, metadata.labels)) rows.push(rowOf(found));
  }
  return listing({
    items: rows.sort(inOrder),
    columns,
    name: row => `${row.type}/${row.name}`,
    empty: say(
      'No such objects are in the snapshot.',
      '該当するオブジェクトはスナップショットにありません。',
    ),
  });
};

interface Row {
  readonly type: string;
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly created?: string | undefined;
  /** Of the last change. */
  readonly revision: number;
  /** Bytes as stored. */
  readonly size: number;
  readonly key: string;
}

function rowOf({ type, object: { metadata }, path, keyValue }: ObjectInSnapshot): Row {
  return {
    type: groupResource(type),
    namespace: metadata.namespace,
    name: metadata.name,
    created: metadata.creationTimestamp,
    revision: keyValue.modRevision,
    size: keyValue.value.length,
    key: path,
  };
}

function inOrder(a: Row, b: Row): number {
  const text = ({ type, namespace = '', name }: Row): string => `${namespace}\0${type}\0${name}`;
  return text(a) < text(b) ? -1 : 1;
}

const columns: readonly Column<Row>[] = [
  { header: say('NAMESPACE', 'NAMESPACE'), cell: row => row.namespace ?? '' },
  { header: say('TYPE', '種類'), cell: row => row.type },
  { header: heads.name, cell: row => row.name },
  { header: say('CREATED', '作成日時'), cell: row => row.created ?? '', yields: true },
  { header: say('REVISION', 'リビジョン'), cell: row => String(row.revision), align: 'right' },
  { header: say('SIZE', 'サイズ'), cell: row => String(row.size), align: 'right', wide: true },
  { header: say('KEY', 'キー'), cell: row => row.key, wide: true },
];
