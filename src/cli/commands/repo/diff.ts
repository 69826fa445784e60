import { parseSnapshotPath } from '#repository/browsing/paths.ts';
import { loadIndex } from '#repository/restic/access/indexed.ts';
import { findSnapshot } from '#repository/restic/access/snapshots.ts';
import { findTree } from '#repository/restic/reading/browse.ts';
import { diffTrees } from '#repository/restic/reading/diff.ts';
import type { Handler } from '../../spec.ts';
import { diffOutcome } from './diff-view.ts';
import { lockedRepository } from './open.ts';
import type { diff } from './specs/queries.ts';

export const run: Handler<typeof diff> = async ({ args: [first = '', second = ''], flags }, context) => {
  const { repository: opened, signal } = await lockedRepository(flags, context, 'read');
  const wanted = [first, second].map(parseSnapshotPath);
  const snapshots = await Promise.all(wanted.map(each => findSnapshot(opened, each.wanted, { signal })));
  const repository = await loadIndex(opened, { signal });
  const [before = '', after = ''] = await Promise.all(
    snapshots.map((snapshot, at) =>
      findTree(repository, snapshot, { path: wanted[at]?.path ?? '/', signal }),
    ),
  );
  const changes = diffTrees(repository, { before, after }, { metadata: flags.metadata, signal });
  return diffOutcome(changes, [first, second], context);
};
