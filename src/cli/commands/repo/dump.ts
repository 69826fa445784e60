import { parseSnapshotPath } from '#repository/browsing/paths.ts';
import { loadIndex } from '#repository/restic/access/indexed.ts';
import { findSnapshot } from '#repository/restic/access/snapshots.ts';
import { findEntry, readContent } from '#repository/restic/reading/browse.ts';
import { byteStream } from '../../output/outcome.ts';
import type { Handler } from '../../spec.ts';
import { lockedRepository } from './open.ts';
import type { dump } from './specs/reading.ts';

export const run: Handler<typeof dump> = async ({ args: [wanted = '', path = ''], flags }, context) => {
  const { offset = 0, length = Number.POSITIVE_INFINITY } = flags;
  const { repository: opened, signal } = await lockedRepository(flags, context, 'read');
  const { wanted: id, path: directory } = parseSnapshotPath(wanted);
  const snapshot = await findSnapshot(opened, id, { signal });
  const repository = await loadIndex(opened, { signal });
  const entry = await findEntry(repository, snapshot, { path: `${directory}/${path}`, signal });
  return byteStream(readContent(repository, entry, { offset, length, signal }));
};
