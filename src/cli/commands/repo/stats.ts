import { loadIndex } from '#repository/restic/access/indexed.ts';
import { chooseSnapshots } from '#repository/restic/reading/choose.ts';
import { statsOf } from '#repository/restic/reading/stats.ts';
import type { Handler } from '../../spec.ts';
import { filterOf } from './filter.ts';
import { lockedRepository } from './open.ts';
import type { stats } from './specs/queries.ts';
import { statsOutcome } from './stats-view.ts';

export const run: Handler<typeof stats> = async ({ args, flags }, context) => {
  const { mode = 'restore-size' } = flags;
  const { repository: opened, signal } = await lockedRepository(flags, context, 'read');
  const snapshots = await chooseSnapshots(opened, { ids: args, ...filterOf(flags, context) }, { signal });
  const repository = await loadIndex(opened, { signal });
  const counted = await statsOf(repository, snapshots, { mode, signal });
  return statsOutcome(counted, opened.config.id);
};
