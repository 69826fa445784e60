import { pathTest } from '#repository/browsing/path-test.ts';
import { writeJson } from '#repository/format/go-json.ts';
import { quoteName } from '#repository/format/go-quote.ts';
import { loadIndex } from '#repository/restic/access/indexed.ts';
import type { StoredSnapshot } from '#repository/restic/access/snapshots.ts';
import { chooseSnapshots } from '#repository/restic/reading/choose.ts';
import { type Found, findPaths } from '#repository/restic/reading/find.ts';
import { type FoundBlob, findBlobs } from '#repository/restic/reading/find-ids.ts';
import { blobTest } from '#repository/restic/reading/wanted-blobs.ts';
import { byteStream } from '../../output/outcome.ts';
import { longLine, modeText } from '../../repository/long-line.ts';
import { momentOf } from '../../repository/times.ts';
import type { FlagValues, Handler } from '../../spec.ts';
import { filterOf } from './filter.ts';
import { kindOf } from './find-kind.ts';
import { lockedRepository } from './open.ts';
import type { find } from './specs/queries.ts';

type FindFlags = FlagValues<(typeof find)['flags']>;

export const run: Handler<typeof find> = async ({ args, flags }, context) => {
  const { newer, older, ignoreCase = false } = flags;
  const kind = kindOf(flags);
  const paths = kind === undefined ? pathTest(args, { ignoreCase }) : undefined;
  const times = {
    newer: newer === undefined ? undefined : momentOf(newer, '--newer'),
    older: older === undefined ? undefined : momentOf(older, '--older'),
  };
  const { repository: opened, signal } = await lockedRepository(flags, context, 'read');
  const chosen = await chooseSnapshots(
    opened,
    { ids: flags.snapshot ?? [], ...filterOf(flags, context) },
    { signal },
  );
  const snapshots = inOrder(chosen, flags);
  const repository = await loadIndex(opened, { signal });
  const json = context.globals.output === 'json';
  if (paths !== undefined) {
    const found = findPaths(repository, snapshots, { paths, ...times, signal });
    return byteStream(json ? lines(found, foundJson) : grouped(found, flags.long === true));
  }
  const isWanted = blobTest(repository, kind ?? 'blob', args);
  return byteStream(
    lines(findBlobs(repository, snapshots, { isWanted, signal }), json ? blobJson : blobText),
  );
};

/** The latest first unless told. */
function inOrder(
  snapshots: readonly StoredSnapshot[],
  { reverse = false }: FindFlags,
): readonly StoredSnapshot[] {
  return reverse ? snapshots : snapshots.toReversed();
}

async function* lines<T>(all: AsyncIterable<T>, print: (each: T) => string): AsyncGenerator<Buffer> {
  for await (const each of all) yield Buffer.from(`${print(each)}\n`);
}

/** The paths of each snapshot below a line that names it. */
async function* grouped(all: AsyncIterable<Found>, long: boolean): AsyncGenerator<Buffer> {
  let before: StoredSnapshot | undefined;
  for await (const found of all) {
    if (found.snapshot !== before) {
      const { id, document } = found.snapshot;
      const gap = before === undefined ? '' : '\n';
      yield Buffer.from(`${gap}${id.slice(0, 8)} ${document.time.replace(/\.\d+/, '')}\n`);
      before = found.snapshot;
    }
    yield Buffer.from(`${long ? longLine(found) : quoteName(found.path)}\n`);
  }
}

function foundJson({ snapshot, path, node }: Found): string {
  const {
    name: _name,
    content: _content,
    subtree: _subtree,
    extended_attributes: _attributes,
    ...shown
  } = node;
  const permissions = modeText(node.mode ?? 0);
  return writeJson({ snapshot: snapshot.id, path: quoteName(path), permissions, ...shown });
}

function blobJson({ snapshot, type, id, path, parent }: FoundBlob): string {
  return writeJson({
    object_type: type === 'data' ? 'blob' : 'tree',
    id,
    path: quoteName(path),
    ...(parent === undefined ? {} : { parent_tree: parent }),
    snapshot: snapshot.id,
    time: snapshot.document.time,
  });
}

function blobText({ snapshot, type, id, path }: FoundBlob): string {
  return `${type === 'data' ? 'blob' : 'tree'} ${id} ${snapshot.id.slice(0, 8)}:${quoteName(path)}`;
}
