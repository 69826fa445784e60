import type { HozonError } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import { listSnapshots, type StoredSnapshot } from '#repository/restic/access/snapshots.ts';
import { isChosen } from '#repository/restic/reading/choose.ts';
import { heads } from '../../messages.ts';
import { type Column, listing } from '../../output/outcome.ts';
import { type Handler, say } from '../../spec.ts';
import { filterOf } from './filter.ts';
import { lockedRepository } from './open.ts';
import type { snapshots } from './specs/reading.ts';

const shortId = 8;

export const run: Handler<typeof snapshots> = async ({ flags }, context) => {
  const { repository, signal } = await lockedRepository(flags, context, 'read');
  const notes: Message[] = [];
  const onDamage = (_: string, thrown: HozonError): void => {
    notes.push({ en: () => thrown.explain('en'), ja: () => thrown.explain('ja') });
  };
  const all = await listSnapshots(repository, { signal, onDamage });
  const items = all.filter(each => isChosen(each, filterOf(flags, context)));
  return listing({
    items,
    columns,
    name: ({ id }) => id,
    data: ({ id, document }) => ({ id, ...document }),
    empty: say('The repository has no such snapshot.', '該当するスナップショットはありません。'),
    notes,
    ...(notes.length === 0 ? {} : { exit: 'partial' }),
  });
};

const columns: readonly Column<StoredSnapshot>[] = [
  { header: say('ID', 'ID'), cell: ({ id }) => id.slice(0, shortId) },
  { header: heads.created, cell: ({ document }) => document.time.replace(/\.\d+/, '') },
  { header: say('HOST', 'ホスト'), cell: ({ document }) => document.hostname ?? '' },
  { header: say('TAGS', 'タグ'), cell: ({ document }) => (document.tags ?? []).join(','), yields: true },
  { header: say('PATHS', 'パス'), cell: ({ document }) => document.paths.join(', ') },
  { header: say('WHOLE ID', 'ID 全体'), cell: ({ id }) => id, wide: true },
];
