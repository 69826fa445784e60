import type { HozonError } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import { formatTime } from '#repository/format/go-time.ts';
import { listKopiaSnapshots, type StoredKopiaSnapshot } from '#repository/kopia/access/snapshots.ts';
import { tagTexts } from '#repository/kopia/browsing/browsable.ts';
import { heads } from '../../../messages.ts';
import { type Column, listing } from '../../../output/outcome.ts';
import { type Handler, say } from '../../../spec.ts';
import type { snapshots } from '../specs/reading.ts';
import { isMeant } from './choose.ts';
import { indexedKopia } from './open.ts';

export const run: Handler<typeof snapshots> = async ({ flags }, context) => {
  const { signal } = context;
  const repository = await indexedKopia(flags, context);
  const notes: Message[] = [];
  const onDamage = (_: string, thrown: HozonError): void => {
    notes.push({ en: () => thrown.explain('en'), ja: () => thrown.explain('ja') });
  };
  const all = await listKopiaSnapshots(repository, { signal, onDamage });
  return listing({
    items: all.filter(each => isMeant(each, flags, context)),
    columns,
    name: ({ id }) => id,
    data: snapshotData,
    empty: say('The repository has no such snapshot.', '該当するスナップショットはありません。'),
    notes,
    ...(notes.length === 0 ? {} : { exit: 'partial' }),
  });
};

/** With the names that restic's snapshots have, where they mean the same. */
export function snapshotData(stored: StoredKopiaSnapshot): Readonly<Record<string, unknown>> {
  const { id, snapshot } = stored;
  const { source, description, startTime, endTime, incomplete, rootEntry, pins } = snapshot;
  const { size, files, dirs, symlinks, failed } = rootEntry?.summary ?? {};
  const tags = tagTexts(stored.snapshot.tags);
  return {
    id,
    time: formatTime(startTime),
    ended: formatTime(endTime),
    ...(rootEntry === undefined ? {} : { tree: rootEntry.object }),
    paths: [source.path],
    hostname: source.host,
    username: source.userName,
    ...(tags.length === 0 ? {} : { tags }),
    ...(description === '' ? {} : { description }),
    ...(pins.length === 0 ? {} : { pins }),
    ...(incomplete === '' ? {} : { incomplete }),
    ...(rootEntry?.summary === undefined
      ? {}
      : { summary: { total_bytes_processed: size, total_files_processed: files, dirs, symlinks, failed } }),
  };
}

const columns: readonly Column<StoredKopiaSnapshot>[] = [
  { header: say('ID', 'ID'), cell: ({ id }) => id.slice(0, 8) },
  {
    header: heads.created,
    cell: ({ snapshot }) => formatTime(snapshot.startTime).replace(/\.\d+/, ''),
  },
  { header: say('HOST', 'ホスト'), cell: ({ snapshot }) => snapshot.source.host },
  { header: say('USER', 'ユーザー'), cell: ({ snapshot }) => snapshot.source.userName, wide: true },
  { header: say('TAGS', 'タグ'), cell: stored => tagTexts(stored.snapshot.tags).join(','), yields: true },
  { header: say('KEPT FOR', '固定'), cell: ({ snapshot }) => snapshot.pins.join(','), wide: true },
  {
    header: say('PATHS', 'パス'),
    cell: ({ snapshot: { source, incomplete } }) =>
      incomplete === '' ? source.path : { text: incompleteText(source.path, incomplete), tone: 'warn' },
  },
  { header: say('WHOLE ID', 'ID 全体'), cell: ({ id }) => id, wide: true },
];

function incompleteText(path: string, why: string): Message {
  return say(`${path} (incomplete: ${why})`, `${path} (不完全: ${why})`);
}
