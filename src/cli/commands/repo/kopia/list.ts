import type { IndexedKopia } from '#repository/kopia/access/indexed.ts';
import { loadManifests } from '#repository/kopia/access/manifests.ts';
import type { OpenKopia } from '#repository/kopia/access/open.ts';
import { listKopiaSnapshots } from '#repository/kopia/access/snapshots.ts';
import type { Context } from '../../../context.ts';
import { cliErrors } from '../../../errors.ts';
import { byteStream } from '../../../output/outcome.ts';
import type { Handler } from '../../../spec.ts';
import type { list } from '../specs/list.ts';
import { indexedKopia, openKopiaRepository } from './open.ts';

type Flags = Parameters<typeof run>[0]['flags'];
type Ids = (flags: Flags, context: Context) => AsyncIterable<string>;

/** What there is in a kopia repository, by the word for it. */
const kinds: Readonly<Record<string, Ids>> = {
  snapshots: async function* (flags, context) {
    for (const { id } of await listKopiaSnapshots(await indexedKopia(flags, context), context)) yield id;
  },
  manifests: async function* (flags, context) {
    for (const { id } of (await loadManifests(await indexedKopia(flags, context), context)).all) yield id;
  },
  contents: async function* (flags, context) {
    yield* contentsOf(await indexedKopia(flags, context));
  },
  index: async function* (flags, context) {
    const { epoch } = await indexedKopia(flags, context);
    for (const { id } of epoch.indexBlobs) yield id;
  },
  packs: async function* (flags, context) {
    const repository = await openKopiaRepository(flags, context);
    for (const prefix of ['p', 'q']) yield* blobsOf(repository, prefix, context);
  },
  blobs: async function* (flags, context) {
    yield* blobsOf(await openKopiaRepository(flags, context), '', context);
  },
};

export const run: Handler<typeof list> = async ({ args: [type = ''], flags }, context) => {
  const ids = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  if (ids === undefined) {
    const expected = Object.keys(kinds).join(' | ');
    throw cliErrors.raise['bad-value']({ flag: 'TYPE', given: type, expected });
  }
  return byteStream(lines(ids(flags, context)));
};

function* contentsOf({ index }: IndexedKopia): Generator<string> {
  for (const number of index.numbers()) if (!index.isDeleted(number)) yield index.id(number);
}

async function* blobsOf({ blobs }: OpenKopia, prefix: string, { signal }: Context): AsyncGenerator<string> {
  for await (const { id } of blobs.list(prefix, { signal })) yield id;
}

async function* lines(ids: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const id of ids) yield Buffer.from(`${id}\n`);
}
