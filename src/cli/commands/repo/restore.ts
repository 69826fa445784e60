import { parseSnapshotPath } from '#repository/browsing/paths.ts';
import { loadIndex } from '#repository/restic/access/indexed.ts';
import { chooseSnapshots } from '#repository/restic/reading/choose.ts';
import { restoreSnapshot } from '#repository/restic/restore/restore.ts';
import type { Handler } from '../../spec.ts';
import { filterOf } from './filter.ts';
import { lockedRepository } from './open.ts';
import { restoreRequest } from './restore-request.ts';
import type { restore } from './specs/restore.ts';

export const run: Handler<typeof restore> = async ({ args: [wanted = ''], flags }, context) => {
  const { options, outcome } = await restoreRequest(flags, context);
  const { repository: opened, signal } = await lockedRepository(flags, context, 'read');
  const { wanted: id, path: below } = parseSnapshotPath(wanted);
  const [snapshot] = await chooseSnapshots(opened, { ids: [id], ...filterOf(flags, context) }, { signal });
  if (snapshot === undefined) throw new Error('an id stands for a snapshot');
  const repository = await loadIndex(opened, { signal });
  return outcome(await restoreSnapshot(repository, snapshot, { ...options, below, signal }), snapshot);
};
