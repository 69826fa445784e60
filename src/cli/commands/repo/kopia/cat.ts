import { type JsonObject, writeJson } from '#repository/format/go-json.ts';
import type { IndexedKopia } from '#repository/kopia/access/indexed.ts';
import { readObject } from '#repository/kopia/access/objects.ts';
import type { OpenKopia } from '#repository/kopia/access/open.ts';
import { readSealedBlob } from '#repository/kopia/access/sealed-blobs.ts';
import { findKopiaSnapshot } from '#repository/kopia/access/snapshots.ts';
import { parseIndex } from '#repository/kopia/format/index.ts';
import { isObjectId } from '#repository/kopia/format/object-id.ts';
import { cliErrors } from '../../../errors.ts';
import { byteStream } from '../../../output/outcome.ts';
import type { Handler } from '../../../spec.ts';
import type { cat } from '../specs/reading.ts';
import { indexedKopia, openKopiaRepository } from './open.ts';

export const run: Handler<typeof cat> = async ({ args: [type = '', id = ''], flags }, context) => {
  const { signal } = context;
  if (type === 'config') {
    return byteStream(once(configText(await openKopiaRepository(flags, context))));
  }
  if (id === '') throw cliErrors.raise['missing-argument']({ argument: 'ID', help: 'hozon repo cat --help' });
  const isObject = type === 'tree' || type === 'blob';
  if (isObject && !isObjectId(id)) {
    throw cliErrors.raise['bad-value']({ flag: 'ID', given: id, expected: 'k… | I… | 0-9a-f' });
  }
  const repository = await indexedKopia(flags, context);
  if (isObject) return byteStream(readObject(repository, id, { signal }));
  if (type === 'index') return byteStream(entriesOf(repository, id, signal));
  const { manifest } = await findKopiaSnapshot(repository, id, { signal });
  return byteStream(once(writeJson(manifest.data ?? null)));
};

/** The format as it is stored, without the secrets that everything is sealed and called by. */
function configText({ format, uniqueId }: OpenKopia): string {
  const { secret: _, masterKey: __, ...shown } = format.document;
  const config: JsonObject = { uniqueID: uniqueId.toString('base64'), ...shown };
  return writeJson(config);
}

/** What an index blob says, one content a line. */
async function* entriesOf(
  repository: IndexedKopia,
  blob: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const file = parseIndex(await readSealedBlob(repository, blob, { signal }), repository.sealer.overhead);
  for (let number = 0; number < file.count; number++) {
    yield Buffer.from(`${JSON.stringify(file.entry(number))}\n`);
  }
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${text}\n`);
}
