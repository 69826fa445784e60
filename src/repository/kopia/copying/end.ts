import type { StoreOptions } from '#storage/object-store.ts';
import type { Browsable } from '../../browsing/browsable.ts';
import type { CopySource } from '../../copying/copy.ts';
import { kopiaOrigin } from '../../copying/origin.ts';
import type { IndexedKopia } from '../access/indexed.ts';
import { listKopiaSnapshots } from '../access/snapshots.ts';

/** A kopia repository as one that is copied from, or that copies are looked for in. @throws `repository.damaged` and what the store throws */
export async function kopiaEnd(
  repository: IndexedKopia,
  browsable: Browsable,
  options: StoreOptions = {},
): Promise<CopySource> {
  const stored = await listKopiaSnapshots(repository, options);
  const tags = new Map(stored.map(({ id, snapshot }) => [id, snapshot.tags]));
  return {
    browsable,
    snapshots: await browsable.snapshots(options),
    fromAbove: false,
    originOf: snapshot => kopiaOrigin(repository.uniqueId, snapshot),
    kopiaTagsOf: ({ id }) => tags.get(id),
  };
}
