import type { BrowsedSnapshot } from '#repository/browsing/browsable.ts';
import { byPaths, type FoundInSnapshot, searchSnapshots } from '#repository/browsing/find.ts';
import { pathTest } from '#repository/browsing/path-test.ts';
import { writeJson } from '#repository/format/go-json.ts';
import { quoteName } from '#repository/format/go-quote.ts';
import { formatTime } from '#repository/format/go-time.ts';
import type { IndexedKopia } from '#repository/kopia/access/indexed.ts';
import { browsedKopiaSnapshot, kopiaBrowsable } from '#repository/kopia/browsing/browsable.ts';
import { byContents, contentTest, wantedContents } from '#repository/kopia/reading/find-contents.ts';
import { byteStream } from '../../../output/outcome.ts';
import { pathLine, storedData, storedLine } from '../../../repository/stored-line.ts';
import { momentOf } from '../../../repository/times.ts';
import type { Handler } from '../../../spec.ts';
import { type FindKind, kindOf } from '../find-kind.ts';
import type { find } from '../specs/queries.ts';
import { chooseKopiaSnapshots } from './choose.ts';
import { indexedKopia } from './open.ts';

export const run: Handler<typeof find> = async ({ args, flags }, context) => {
  const { signal } = context;
  const { newer, older, ignoreCase = false, snapshot: ids = [], reverse = false, long = false } = flags;
  const kind = kindOf(flags);
  const times = {
    newer: newer === undefined ? undefined : momentOf(newer, '--newer'),
    older: older === undefined ? undefined : momentOf(older, '--older'),
  };
  const paths = kind === undefined ? byPaths(pathTest(args, { ignoreCase }), times) : undefined;
  const repository = await indexedKopia(flags, context);
  const chosen = await chooseKopiaSnapshots(repository, { ids, flags, signal }, context);
  const snapshots = (reverse ? chosen : chosen.toReversed()).map(browsedKopiaSnapshot);
  const browsable = kopiaBrowsable(repository);
  const json = context.globals.output === 'json';
  if (paths !== undefined) {
    const found = searchSnapshots(browsable, snapshots, { ...paths, signal });
    return byteStream(json ? lines(found, foundJson) : grouped(found, long));
  }
  const wanted = kind ?? 'blob';
  const options = { kind: wanted, test: contentTest(repository, wanted, args), signal };
  const found = searchSnapshots(browsable, snapshots, byContents(repository, options));
  return byteStream(contentLines(repository, found, { ...options, json }));
};

async function* lines<T>(all: AsyncIterable<T>, print: (each: T) => string): AsyncGenerator<Buffer> {
  for await (const each of all) yield Buffer.from(`${print(each)}\n`);
}

/** The paths of each snapshot below a line that names it. */
async function* grouped(all: AsyncIterable<FoundInSnapshot>, long: boolean): AsyncGenerator<Buffer> {
  let before: BrowsedSnapshot | undefined;
  for await (const found of all) {
    const { snapshot } = found;
    if (snapshot !== before) {
      const gap = before === undefined ? '' : '\n';
      const time = formatTime(snapshot.time).replace(/\.\d+/, '');
      yield Buffer.from(`${gap}${snapshot.id.slice(0, 8)} ${time}\n`);
      before = snapshot;
    }
    yield Buffer.from(`${long ? storedLine(found) : pathLine(found)}\n`);
  }
}

function foundJson(found: FoundInSnapshot): string {
  const { name: _name, content: _content, subtree: _subtree, ...shown } = storedData(found);
  return writeJson({ snapshot: found.snapshot.id, ...shown });
}

interface ContentLines {
  readonly kind: FindKind;
  readonly test: (id: string) => boolean;
  readonly signal: AbortSignal;
  readonly json: boolean;
}

async function* contentLines(
  repository: IndexedKopia,
  found: AsyncIterable<FoundInSnapshot>,
  { json, ...options }: ContentLines,
): AsyncGenerator<Buffer> {
  for await (const { snapshot, path, entry } of found) {
    const type = entry.directory === undefined ? 'blob' : 'tree';
    for (const id of await wantedContents(repository, entry, options)) {
      const text = json
        ? writeJson({
            object_type: type,
            id,
            path: quoteName(path),
            snapshot: snapshot.id,
            time: formatTime(snapshot.time),
          })
        : `${type} ${id} ${snapshot.id.slice(0, 8)}:${quoteName(path)}`;
      yield Buffer.from(`${text}\n`);
    }
  }
}
