import type { StoredBackup } from '#api/velero/backup.ts';
import { type ListedBackup, listBackups, readBackup } from '#archive/stored/backups.ts';
import { matches } from '#kube/selectors.ts';
import type { Context } from '../../context.ts';
import { heads } from '../../messages.ts';
import { type Cell, type Column, listing } from '../../output/outcome.ts';
import { type Handler, say } from '../../spec.ts';
import { countCell, none, phaseCell, selectorText } from '../../velero/cells.ts';
import { listedData, namedOrListed, problemNotes, unreadableCell } from '../../velero/listed.ts';
import { requirementsOf } from '../../velero/spec-flags.ts';
import { ago, expiry } from '../../velero/times.ts';
import { createdAt, expiresAt } from './fields.ts';
import { backupTexts } from './messages.ts';
import type { get } from './table.ts';

export const run: Handler<typeof get> = async ({ args: names, flags }, context) => {
  const selector = requirementsOf(flags.selector);
  const location = await context.location();
  const { store } = location;
  const { signal } = context;
  const found = await namedOrListed<ListedBackup>(names, {
    read: async name => ({ name, backup: await readBackup(store, name, { signal }) }),
    list: () => listBackups(store, { signal }),
  });
  const items = found.items.filter(
    ({ backup }) => selector.length === 0 || (backup && matches(selector, backup.metadata.labels ?? {})),
  );
  return listing<ListedBackup>({
    items,
    columns: columnsAt(context),
    name: item => `backup.velero.io/${item.name}`,
    data: item => item.backup ?? listedData('Backup', item),
    single: names.length === 1,
    empty: selector.length === 0 ? backupTexts.none({ location: location.name }) : backupTexts.noneSelected,
    notes: [...problemNotes(items), ...found.notes],
    ...(found.exit === undefined ? {} : { exit: found.exit }),
  });
};

function columnsAt({ clock }: Context): Column<ListedBackup>[] {
  const now = clock.now();
  return [
    { header: heads.name, cell: item => item.name },
    { header: heads.status, cell: of(({ status }) => phaseCell(status?.phase), unreadableCell) },
    { header: heads.errors, cell: of(({ status }) => countCell(status?.errors, 'bad')), align: 'right' },
    { header: heads.warnings, cell: of(({ status }) => countCell(status?.warnings, 'warn')), align: 'right' },
    { header: heads.created, cell: of(backup => relative(createdAt(backup), when => ago(when, now))) },
    { header: heads.expires, cell: of(backup => relative(expiresAt(backup), when => expiry(when, now))) },
    { header: heads.storageLocation, cell: of(({ spec }) => spec?.storageLocation ?? ''), yields: true },
    { header: heads.selector, cell: of(({ spec }) => selectorText(spec ?? {}) || none), yields: true },
    { header: say('ITEMS', 'アイテム'), cell: of(itemCount), wide: true, align: 'right' },
    {
      header: say('STARTED', '開始日時'),
      cell: of(({ status }) => status?.startTimestamp ?? ''),
      wide: true,
    },
    { header: say('EXPIRATION', '期限日時'), cell: of(({ status }) => status?.expiration ?? ''), wide: true },
  ];
}

/** A cell of a backup that could be read; of another, a dash. */
function of(cell: (backup: StoredBackup) => Cell, otherwise: Cell = '-'): (item: ListedBackup) => Cell {
  return ({ backup }) => (backup === undefined ? otherwise : cell(backup));
}

function relative(when: Date | undefined, show: (when: Date) => Cell): Cell {
  return when === undefined ? 'n/a' : show(when);
}

function itemCount({ status }: StoredBackup): string {
  return String(status?.progress?.itemsBackedUp ?? '');
}
