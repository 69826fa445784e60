import type { Restore } from '#api/velero/restore.ts';
import { type ListedRestore, listRestores, readRestore } from '#archive/stored/restores.ts';
import { matches } from '#kube/selectors.ts';
import type { Context } from '../../context.ts';
import { heads } from '../../messages.ts';
import { type Cell, type Column, listing } from '../../output/outcome.ts';
import type { Handler } from '../../spec.ts';
import { countCell, none, phaseCell, selectorText } from '../../velero/cells.ts';
import { listedData, namedOrListed, problemNotes, unreadableCell } from '../../velero/listed.ts';
import { requirementsOf } from '../../velero/spec-flags.ts';
import { ago, moment } from '../../velero/times.ts';
import { restoreTexts } from './messages.ts';
import type { get } from './table.ts';

export const run: Handler<typeof get> = async ({ args: names, flags }, context) => {
  const selector = requirementsOf(flags.selector);
  const location = await context.location();
  const { store } = location;
  const { signal } = context;
  const found = await namedOrListed<ListedRestore>(names, {
    read: async name => ({ name, restore: await readRestore(store, name, { signal }) }),
    list: () => listRestores(store, { signal }),
  });
  const items = found.items.filter(
    ({ restore }) => selector.length === 0 || (restore && matches(selector, restore.metadata.labels ?? {})),
  );
  return listing<ListedRestore>({
    items,
    columns: columnsAt(context),
    name: item => `restore.velero.io/${item.name}`,
    data: item => item.restore ?? listedData('Restore', item),
    single: names.length === 1,
    empty: selector.length === 0 ? restoreTexts.none({ location: location.name }) : restoreTexts.noneSelected,
    notes: [...problemNotes(items), ...found.notes],
    ...(found.exit === undefined ? {} : { exit: found.exit }),
  });
};

function columnsAt({ clock }: Context): Column<ListedRestore>[] {
  const now = clock.now();
  const since = (text: string | null | undefined): Cell => {
    const when = moment(text);
    return when === undefined ? 'n/a' : ago(when, now);
  };
  return [
    { header: heads.name, cell: item => item.name },
    { header: heads.backup, cell: of(({ spec }) => spec.backupName ?? '') },
    { header: heads.status, cell: of(({ status }) => phaseCell(status?.phase), unreadableCell) },
    { header: heads.started, cell: of(({ status }) => since(status?.startTimestamp)) },
    { header: heads.completed, cell: of(({ status }) => since(status?.completionTimestamp)), yields: true },
    { header: heads.errors, cell: of(({ status }) => countCell(status?.errors, 'bad')), align: 'right' },
    { header: heads.warnings, cell: of(({ status }) => countCell(status?.warnings, 'warn')), align: 'right' },
    { header: heads.created, cell: of(({ metadata }) => since(metadata.creationTimestamp)), wide: true },
    { header: heads.selector, cell: of(({ spec }) => selectorText(spec) || none), yields: true },
  ];
}

/** A cell of a restore that could be read; of another, a dash. */
function of(cell: (restore: Restore) => Cell, otherwise: Cell = '-'): (item: ListedRestore) => Cell {
  return ({ restore }) => (restore === undefined ? otherwise : cell(restore));
}
