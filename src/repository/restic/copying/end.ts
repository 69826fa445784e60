import type { StoreOptions } from '#storage/object-store.ts';
import type { Browsable } from '../../browsing/browsable.ts';
import type { CopySource } from '../../copying/copy.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import { listSnapshots } from '../access/snapshots.ts';
import { originalOf } from './same-snapshot.ts';

/** A restic repository as one that is copied from, or that copies are looked for in. @throws `repository.damaged` and what the store throws */
export async function resticEnd(
  repository: IndexedRepository,
  browsable: Browsable,
  options: StoreOptions = {},
): Promise<CopySource> {
  const stored = await listSnapshots(repository, options);
  const originals = new Map(stored.map(each => [each.id, originalOf(each)]));
  return {
    browsable,
    snapshots: await browsable.snapshots(options),
    fromAbove: true,
    originOf: ({ id }) => originals.get(id) ?? id,
  };
}
