import type { ObjectHead } from '#etcd/objects/snapshot-reader.ts';
import { groupResource } from '#kube/objects.ts';
import { parseSelector } from '#kube/selector-text.ts';
import { matches } from '#kube/selectors.ts';
import { heads } from '../../../messages.ts';
import { type Column, listing } from '../../../output/outcome.ts';
import { type Handler, say } from '../../../spec.ts';
import { openWithin } from './open.ts';
import type { ls } from './specs.ts';

export const run: Handler<typeof ls> = async ({ args: [file = '', word], flags }, context) => {
  const { signal } = context;
  const { namespace } = flags;
  const selector = parseSelector(flags.selector ?? '');
  const { reader, type } = await openWithin(file, { ...flags, word }, context);
  const rows: Row[] = [];
  const same = new SameTexts();
  const take = (head: ObjectHead): void => {
    if (type !== undefined && groupResource(head.type) !== type) return;
    if (matches(selector, head.metadata.labels)) rows.push(rowOf(head, same));
  };
  await reader.eachHead(take, { signal, namespace });
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

function rowOf({ type, metadata, path, revision, size }: ObjectHead, same: SameTexts): Row {
  const { namespace, name, creationTimestamp } = metadata;
  return {
    type: same.of(groupResource(type)),
    namespace: namespace && same.of(namespace),
    name,
    created: creationTimestamp && same.of(creationTimestamp),
    revision,
    size,
    key: path,
  };
}

/** Keeps one of all texts that are equal: of millions of rows the memory is mostly texts. */
class SameTexts {
  readonly #known = new Map<string, string>();

  of(text: string): string {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    this.#known.set(text, text);
    return text;
  }
}

function inOrder(a: Row, b: Row): number {
  const [of, other] = [a.namespace ?? '', b.namespace ?? ''];
  if (of !== other) return of < other ? -1 : 1;
  if (a.type !== b.type) return a.type < b.type ? -1 : 1;
  return a.name < b.name ? -1 : 1;
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
