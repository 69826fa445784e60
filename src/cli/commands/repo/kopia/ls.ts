import { findStored } from '#repository/browsing/find-entry.ts';
import { parseSnapshotPath, segmentsOf } from '#repository/browsing/paths.ts';
import { type FoundEntry, walkStored } from '#repository/browsing/walk.ts';
import { findKopiaSnapshot } from '#repository/kopia/access/snapshots.ts';
import { browsedKopiaSnapshot, kopiaBrowsable } from '#repository/kopia/browsing/browsable.ts';
import { bytePath } from '#repository/trees/byte-path.ts';
import { byteStream } from '../../../output/outcome.ts';
import { pathLine, storedJson, storedLine } from '../../../repository/stored-line.ts';
import type { Handler } from '../../../spec.ts';
import type { ls } from '../specs/reading.ts';
import { indexedKopia } from './open.ts';

export const run: Handler<typeof ls> = async ({ args: [wanted = '', directory], flags }, context) => {
  const { signal, globals } = context;
  const repository = await indexedKopia(flags, context);
  const { wanted: id, path } = parseSnapshotPath(wanted);
  const snapshot = browsedKopiaSnapshot(await findKopiaSnapshot(repository, id, { signal }));
  const below = directory === undefined ? path : `${path}/${directory}`;
  const browsable = kopiaBrowsable(repository);
  const entry = await findStored(browsable, snapshot, { path: below, signal });
  const json = globals.output === 'json';
  const long = flags.long === true;
  const found = walkStored(
    browsable,
    { entry, path: pathText(below) },
    { recursive: flags.recursive ?? true, targets: long || json, signal },
  );
  return byteStream(lines(found, json ? storedJson : long ? storedLine : pathLine));
};

/** Of what was typed, with one slash before each name. */
function pathText(path: string): string {
  return segmentsOf(path)
    .map(names => `/${bytePath(names.at(-1) ?? Buffer.alloc(0))}`)
    .join('');
}

async function* lines(
  found: AsyncIterable<FoundEntry>,
  lineOf: (found: FoundEntry) => string,
): AsyncGenerator<Buffer> {
  for await (const each of found) yield Buffer.from(`${lineOf(each)}\n`);
}
