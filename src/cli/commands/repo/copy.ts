import { loadIndex } from '#repository/restic/access/indexed.ts';
import { type CopiedSnapshot, copySnapshots } from '#repository/restic/copying/copy.ts';
import { chooseSnapshots } from '#repository/restic/reading/choose.ts';
import { heads } from '../../messages.ts';
import { type Column, listing } from '../../output/outcome.ts';
import { type Handler, say } from '../../spec.ts';
import { filterOf } from './filter.ts';
import { lockedFrom } from './from.ts';
import { lockedRepository } from './open.ts';
import type { copy } from './specs/copying.ts';

export const run: Handler<typeof copy> = async ({ args, flags }, context) => {
  const source = await lockedFrom(flags, context);
  const target = await lockedRepository(flags, context, 'append');
  const signal = AbortSignal.any([source.signal, target.signal]);
  if (source.repository.config.polynomial !== target.repository.config.polynomial) {
    context.note(otherChunks);
  }
  const chosen = { ids: args, ...filterOf(flags, context) };
  const snapshots = await chooseSnapshots(source.repository, chosen, { signal });
  const from = await loadIndex(source.repository, { signal });
  const to = await loadIndex(target.repository, { signal });
  const { progress } = context;
  const items = await Array.fromAsync(copySnapshots({ from, to }, snapshots, { progress, signal }));
  return listing({
    items,
    columns,
    name: ({ id }) => id,
    data: ({ kind, source, id }) => ({ status: kind, source: source.id, id, ...source.document }),
    empty: say('There is no such snapshot to copy.', 'コピーするスナップショットはありません。'),
  });
};

const otherChunks = say(
  'The repositories cut files in different places: later backups will not share content with the copies. A repository made with `hozon repo init --copy-chunker-params` does.',
  '2 つのリポジトリーはファイルの分割位置が異なるため、以後のバックアップはコピーした内容と重複排除されません。`hozon repo init --copy-chunker-params` で作成したリポジトリーでは重複排除されます。',
);

const statuses = {
  copied: { text: say('copied', 'コピー済み'), tone: 'good' },
  present: { text: say('present', '既存'), tone: 'dim' },
} as const;

const columns: readonly Column<CopiedSnapshot>[] = [
  { header: say('STATUS', '状態'), cell: ({ kind }) => statuses[kind] },
  { header: say('SOURCE', 'コピー元'), cell: ({ source }) => source.id.slice(0, 8) },
  { header: say('COPY', 'コピー'), cell: ({ id }) => id.slice(0, 8) },
  { header: heads.created, cell: ({ source }) => source.document.time.replace(/\.\d+/, '') },
  { header: say('HOST', 'ホスト'), cell: ({ source }) => source.document.hostname ?? '' },
  { header: say('PATHS', 'パス'), cell: ({ source }) => source.document.paths.join(', '), yields: true },
];
