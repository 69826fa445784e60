import { parseSnapshotPath } from '#repository/browsing/paths.ts';
import { writeJson } from '#repository/format/go-json.ts';
import { quoteName } from '#repository/format/go-quote.ts';
import { loadIndex } from '#repository/restic/access/indexed.ts';
import { findSnapshot } from '#repository/restic/access/snapshots.ts';
import { type Entry, walkSnapshot } from '#repository/restic/reading/browse.ts';
import { byteStream } from '../../output/outcome.ts';
import { longLine } from '../../repository/long-line.ts';
import type { Handler } from '../../spec.ts';
import { lockedRepository } from './open.ts';
import type { ls } from './specs/reading.ts';

export const run: Handler<typeof ls> = async ({ args: [wanted = '', directory], flags }, context) => {
  const { repository: opened, signal } = await lockedRepository(flags, context, 'read');
  const { wanted: id, path } = parseSnapshotPath(wanted);
  const snapshot = await findSnapshot(opened, id, { signal });
  const repository = await loadIndex(opened, { signal });
  const below = directory === undefined ? path : `${path}/${directory}`;
  const entries = walkSnapshot(repository, snapshot, { below, recursive: flags.recursive ?? true, signal });
  const textLine = flags.long === true ? longLine : pathLine;
  return byteStream(lines(entries, context.globals.output === 'json' ? jsonLine : textLine));
};

async function* lines(
  entries: AsyncIterable<Entry>,
  lineOf: (entry: Entry) => string,
): AsyncGenerator<Buffer> {
  for await (const entry of entries) yield Buffer.from(`${lineOf(entry)}\n`);
}

function pathLine({ path }: Entry): string {
  return quoteName(path);
}

function jsonLine({ path, node }: Entry): string {
  return writeJson({ path: quoteName(path), ...node });
}
