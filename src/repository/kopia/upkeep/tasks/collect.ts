import type { HozonError } from '#foundation/errors.ts';
import { raise } from '../../../errors.ts';
import { listKopiaSnapshots } from '../../access/snapshots.ts';
import type { DirectoryEntry } from '../../format/directory.ts';
import { type CollectionPlan, type ContentTotal, planCollection } from '../collection-plan.ts';
import { moveContents } from '../moving-contents.ts';
import { markUsed } from '../used-contents.ts';
import { ledgerOf, type MaintenanceWork, type TaskResult } from './work.ts';

/**
 * Marks deleted what no snapshot uses, and makes live again what one does.
 *
 * @throws `repository.snapshots-unreadable`, `kopia-content-missing`, `damaged`, `file-missing`: what cannot be followed to its
 * end might be using anything, and so nothing is collected
 */
export async function collect(work: MaintenanceWork): Promise<TaskResult> {
  const { repository, began, safety } = work;
  const used = await markUsed(repository, await everyRoot(work), work);
  const plan = planCollection({ index: repository.index, used, began }, safety);
  if (!work.dryRun) await apply(work, plan);
  return { kind: 'snapshotGCStats', data: statsOf(plan) };
}

/** kopia takes a snapshot that it cannot read for one that there is not. */
async function everyRoot({ repository, signal }: MaintenanceWork): Promise<readonly DirectoryEntry[]> {
  const unread: { readonly id: string; readonly thrown: HozonError }[] = [];
  const snapshots = await listKopiaSnapshots(repository, {
    signal,
    onDamage: (id, thrown) => unread.push({ id, thrown }),
  });
  const [first] = unread;
  if (first !== undefined) {
    const { url } = repository.store;
    const reason = first.thrown.explain('en');
    throw raise['snapshots-unreadable']({ url, count: unread.length, id: first.id, reason });
  }
  return snapshots.flatMap(({ snapshot }) => snapshot.rootEntry ?? []);
}

async function apply(work: MaintenanceWork, { remove, restore }: CollectionPlan): Promise<void> {
  const { repository, signal } = work;
  const ledger = ledgerOf(work);
  await moveContents(repository, restore, ledger, { ...work, undelete: true });
  for (const content of remove) {
    signal?.throwIfAborted();
    await ledger.deleted(repository.index.id(content));
    if (ledger.isDue) await ledger.commit();
  }
  await ledger.commit();
}

function statsOf({ totals }: CollectionPlan): TaskResult['data'] {
  return {
    ...stats('unreferenced', totals.unused),
    ...stats('deleted', totals.removed),
    ...stats('unreferencedRecent', totals.recent),
    ...stats('inUse', totals.used),
    ...stats('inUseSystem', totals.system),
    ...stats('recovered', totals.restored),
  };
}

function stats(name: string, { contents, bytes }: ContentTotal): TaskResult['data'] {
  return { [`${name}ContentCount`]: contents, [`${name}ContentSize`]: bytes };
}
