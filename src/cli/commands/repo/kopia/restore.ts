import { parseSnapshotPath } from '#repository/browsing/paths.ts';
import { restoreKopiaSnapshot } from '#repository/kopia/restore/restore.ts';
import type { Handler } from '../../../spec.ts';
import { restoreRequest } from '../restore-request.ts';
import type { restore } from '../specs/restore.ts';
import { chooseKopiaSnapshots } from './choose.ts';
import { indexedKopia } from './open.ts';

export const run: Handler<typeof restore> = async ({ args: [wanted = ''], flags }, context) => {
  const { signal } = context;
  const { options, outcome } = await restoreRequest(flags, context);
  const repository = await indexedKopia(flags, context);
  const { wanted: id, path: below } = parseSnapshotPath(wanted);
  const [snapshot] = await chooseKopiaSnapshots(repository, { ids: [id], flags, signal }, context);
  if (snapshot === undefined) throw new Error('an id stands for a snapshot');
  return outcome(await restoreKopiaSnapshot(repository, snapshot, { ...options, below, signal }), snapshot);
};
