import { diffStored } from '#repository/browsing/diff.ts';
import { findStored } from '#repository/browsing/find-entry.ts';
import { parseSnapshotPath } from '#repository/browsing/paths.ts';
import { raise } from '#repository/errors.ts';
import { findKopiaSnapshot } from '#repository/kopia/access/snapshots.ts';
import { browsedKopiaSnapshot, kopiaBrowsable } from '#repository/kopia/browsing/browsable.ts';
import { ContentSides } from '#repository/kopia/reading/content-sides.ts';
import type { Handler } from '../../../spec.ts';
import { diffOutcome } from '../diff-view.ts';
import type { diff } from '../specs/queries.ts';
import { indexedKopia } from './open.ts';

export const run: Handler<typeof diff> = async ({ args: [first = '', second = ''], flags }, context) => {
  const { signal } = context;
  const repository = await indexedKopia(flags, context);
  const browsable = kopiaBrowsable(repository);
  const directoryOf = async (named: string) => {
    const { wanted, path } = parseSnapshotPath(named);
    const snapshot = browsedKopiaSnapshot(await findKopiaSnapshot(repository, wanted, { signal }));
    const entry = await findStored(browsable, snapshot, { path, signal });
    if (entry.directory !== undefined) return entry;
    throw raise['not-a-directory']({ url: browsable.url, path, type: entry.type });
  };
  const both = { removed: await directoryOf(first), added: await directoryOf(second) };
  const parts = new ContentSides(repository, { signal });
  const changes = diffStored(browsable, both, { metadata: flags.metadata, parts, signal });
  return diffOutcome(changes, [first, second], context);
};
