import { findStored } from '#repository/browsing/find-entry.ts';
import { parseSnapshotPath } from '#repository/browsing/paths.ts';
import { raise } from '#repository/errors.ts';
import { findKopiaSnapshot } from '#repository/kopia/access/snapshots.ts';
import { browsedKopiaSnapshot, kopiaBrowsable } from '#repository/kopia/browsing/browsable.ts';
import { byteStream } from '../../../output/outcome.ts';
import type { Handler } from '../../../spec.ts';
import type { dump } from '../specs/reading.ts';
import { indexedKopia } from './open.ts';

export const run: Handler<typeof dump> = async ({ args: [wanted = '', path = ''], flags }, context) => {
  const { signal } = context;
  const repository = await indexedKopia(flags, context);
  const { wanted: id, path: directory } = parseSnapshotPath(wanted);
  const snapshot = browsedKopiaSnapshot(await findKopiaSnapshot(repository, id, { signal }));
  const browsable = kopiaBrowsable(repository);
  const place = `${directory}/${path}`;
  const { type, content } = await findStored(browsable, snapshot, { path: place, signal });
  if (type !== 'file') throw raise['not-a-file']({ url: browsable.url, path: place, type });
  return byteStream(browsable.read(content, { offset: flags.offset, length: flags.length, signal }));
};
