import { browsedKopiaSnapshot } from '#repository/kopia/browsing/browsable.ts';
import { kopiaStats } from '#repository/kopia/reading/stats.ts';
import type { Handler } from '../../../spec.ts';
import type { stats } from '../specs/queries.ts';
import { statsOutcome } from '../stats-view.ts';
import { chooseKopiaSnapshots } from './choose.ts';
import { indexedKopia } from './open.ts';

export const run: Handler<typeof stats> = async ({ args, flags }, context) => {
  const { signal } = context;
  const { mode = 'restore-size' } = flags;
  const repository = await indexedKopia(flags, context);
  const chosen = await chooseKopiaSnapshots(repository, { ids: args, flags, signal }, context);
  const counted = await kopiaStats(repository, chosen.map(browsedKopiaSnapshot), { mode, signal });
  return statsOutcome(counted, repository.uniqueId.toString('hex'));
};
