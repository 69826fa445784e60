import { verifyCopies } from '#repository/copying/verify.ts';
import { type IndexedRepository, loadIndex } from '#repository/restic/access/indexed.ts';
import { listSnapshots, type StoredSnapshot } from '#repository/restic/access/snapshots.ts';
import { resticBrowsable } from '#repository/restic/browsing/browsable.ts';
import { type CopiedSnapshot, type CopyEnds, copySnapshots } from '#repository/restic/copying/copy.ts';
import { resticEnd } from '#repository/restic/copying/end.ts';
import { Copies } from '#repository/restic/copying/same-snapshot.ts';
import { chooseSnapshots } from '#repository/restic/reading/choose.ts';
import { heads } from '../../messages.ts';
import { type Column, listing, type Outcome } from '../../output/outcome.ts';
import { say } from '../../spec.ts';
import type { WantedCopy } from './copy-any.ts';
import { statuses, verified } from './copy-view.ts';
import { filterOf } from './filter.ts';
import { lockedRepository } from './open.ts';

/** What became of a snapshot, or would. */
interface Row extends Omit<CopiedSnapshot, 'kind' | 'id'> {
  readonly kind: CopiedSnapshot['kind'] | 'missing';
  readonly id: string | undefined;
}

/** Copies snapshots between restic repositories, blob by blob. @throws as opening and copying do */
export async function copyAs({ ids, flags, context, other }: WantedCopy): Promise<Outcome> {
  const { dryRun = false, verify = false } = flags;
  const source = await lockedRepository(other.flags, other.context, 'read');
  const target = await lockedRepository(flags, context, dryRun ? 'read' : 'append');
  const signal = AbortSignal.any([source.signal, target.signal]);
  if (source.repository.config.polynomial !== target.repository.config.polynomial) context.note(otherChunks);
  const chosen = { ids, ...filterOf(flags, context) };
  const snapshots = await chooseSnapshots(source.repository, chosen, { signal });
  const from = await loadIndex(source.repository, { signal });
  const to = await loadIndex(target.repository, { signal });
  const options = { progress: context.progress, signal };
  const items: readonly Row[] = dryRun
    ? await wouldBe(to, snapshots, signal)
    : await Array.fromAsync(copySnapshots({ from, to }, snapshots, options));
  const ends = { from, to: verify && !dryRun ? await loadIndex(target.repository, { signal }) : to };
  return listing({
    items,
    columns,
    name: ({ source, id = source.id }) => id,
    data: ({ kind, source, id }) => ({ status: kind, source: source.id, id, ...source.document }),
    empty: say('There is no such snapshot to copy.', 'コピーするスナップショットはありません。'),
    ...(verify && !dryRun ? verified(await compared(ends, items, signal), items.length) : {}),
  });
}

async function wouldBe(
  to: IndexedRepository,
  snapshots: readonly StoredSnapshot[],
  signal: AbortSignal,
): Promise<readonly Row[]> {
  const copies = new Copies(await listSnapshots(to, { signal }));
  return snapshots.map(source => {
    const id = copies.of(source)?.id;
    return { kind: id === undefined ? 'missing' : 'present', source, id };
  });
}

async function compared(
  { from, to }: CopyEnds,
  items: readonly Row[],
  signal: AbortSignal,
): ReturnType<typeof verifyCopies> {
  const [one, other] = [
    await resticEnd(from, resticBrowsable(from), { signal }),
    await resticEnd(to, resticBrowsable(to), { signal }),
  ];
  const sources = new Map(one.snapshots.map(each => [each.id, each]));
  const copies = new Map(other.snapshots.map(each => [each.id, each]));
  const pairs = items.flatMap(({ source, id = '' }) => {
    const [whole, copy] = [sources.get(source.id), copies.get(id)];
    return whole === undefined || copy === undefined ? [] : [{ source: whole, copy }];
  });
  const landing = { canHold: () => true, named: <T>(entries: readonly T[]) => entries };
  return verifyCopies(one, other, pairs, { landing, signal });
}

const otherChunks = say(
  'The repositories cut files in different places: later backups will not share content with the copies. A repository made with `hozon repo init --copy-chunker-params` does.',
  '2 つのリポジトリーはファイルの分割位置が異なるため、以後のバックアップはコピーした内容と重複排除されません。`hozon repo init --copy-chunker-params` で作成したリポジトリーでは重複排除されます。',
);

const columns: readonly Column<Row>[] = [
  { header: say('STATUS', '状態'), cell: ({ kind }) => statuses[kind] },
  { header: say('SOURCE', 'コピー元'), cell: ({ source }) => source.id.slice(0, 8) },
  { header: say('COPY', 'コピー'), cell: ({ id }) => id?.slice(0, 8) ?? '' },
  { header: heads.created, cell: ({ source }) => source.document.time.replace(/\.\d+/, '') },
  { header: say('HOST', 'ホスト'), cell: ({ source }) => source.document.hostname ?? '' },
  { header: say('PATHS', 'パス'), cell: ({ source }) => source.document.paths.join(', '), yields: true },
];
